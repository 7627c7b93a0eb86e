"""Read the environment and `.env`; refuse a wrong value with one line that names the variable."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from dotenv import load_dotenv

T = TypeVar("T")


class SettingRefused(SystemExit):
    """Stops the program. Python prints the message alone, without a traceback, and exits with status 1."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"Réglage refusé : {name} {why}")
        self.name = name


def load(root: Path) -> None:
    """Variables of `.env` (or of the file that VIGIE_ENV_FILE names) that the environment does not set."""
    load_dotenv(os.environ.get("VIGIE_ENV_FILE") or root / ".env", override=False)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def _parsed(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    value = text(name)
    if not value:
        return default
    try:
        return parse(value)
    except ValueError:
        raise SettingRefused(name, f"doit être {expected} (reçu : « {_shown(value)} »).") from None


def _shown(value: str) -> str:
    """A value fit for a screen: never a password, never more than a line."""
    return re.sub(r"//[^@/]*@", "//…@", value.splitlines()[0])[:80]


def integer(name: str, default: int, low: int = 0, high: int = 2**31) -> int:
    def parse(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return _parsed(name, default, parse, f"un entier de {low} à {high}")


def port(name: str, default: int) -> int:
    return integer(name, default, 1, 65535)


def boolean(name: str, default: bool) -> bool:
    words = {"1": True, "true": True, "oui": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "non": False, "no": False, "off": False}

    def parse(value: str) -> bool:
        if value.lower() not in words:
            raise ValueError
        return words[value.lower()]

    return _parsed(name, default, parse, "oui ou non")


def choice(name: str, default: str, options: tuple[str, ...]) -> str:
    def parse(value: str) -> str:
        if value not in options:
            raise ValueError
        return value

    return _parsed(name, default, parse, "l'un de " + ", ".join(options))


def words(name: str, default: list[str] | None = None) -> list[str]:
    return [word.strip() for word in text(name).split(",") if word.strip()] or list(default or [])


def lines(name: str) -> list[str]:
    """The lines of the file that a variable names, empty ones and comments (#) left out."""
    path = text(name)
    if not path:
        return []
    try:
        read = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingRefused(name, "nomme un fichier qui ne se lit pas.") from None
    found = [line.strip() for line in read.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not found:
        raise SettingRefused(name, "nomme un fichier vide.")
    return found


def sealing_keys(name: str, entries: list[str]) -> list[str]:
    """« identifier:base64 of 32 bytes », each once. What is refused is told by its rank: it may be a key."""
    seen = set()
    for rank, entry in enumerate(entries, 1):
        identifier, _, encoded = entry.partition(":")
        try:
            size = len(base64.b64decode(encoded, validate=True))
        except ValueError:
            size = 0
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", identifier) or size != 32:
            raise SettingRefused(name, f"doit donner « identifiant:base64 de 32 octets » (entrée {rank}).")
        if identifier in seen:
            raise SettingRefused(name, f"donne deux fois l’identifiant « {identifier} ».")
        seen.add(identifier)
    return entries


def standard_base64(urlsafe: str) -> str:
    """A secret as `secrets.token_urlsafe` writes it, in the alphabet of the settings."""
    return base64.b64encode(base64.urlsafe_b64decode(urlsafe + "=" * (-len(urlsafe) % 4))).decode()


def url(name: str, default: str, schemes: tuple[str, ...], *, bare: bool = False) -> str:
    """An address with one of the schemes and a host. `bare` refuses a path, a query and credentials."""

    def parse(value: str) -> str:
        parts = urlsplit(value)
        _ = parts.port  # raises ValueError when it is not a port
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError
        if bare and (parts.path.strip("/") or parts.query or parts.username):
            raise ValueError
        return value.rstrip("/") if bare else value

    return _parsed(name, default, parse, "une adresse " + " ou ".join(f"{scheme}://…" for scheme in schemes))


def database(name: str, default: str) -> dict[str, Any]:
    """A PostgreSQL address as Django's settings."""
    value = url(name, default, ("postgres", "postgresql"))
    parts = urlsplit(value)
    base = unquote(parts.path.lstrip("/"))
    if not base or not parts.username:
        raise SettingRefused(name, "doit nommer un utilisateur et une base : postgres://utilisateur:motdepasse@hôte/base.")
    options: dict[str, Any] = {}
    for pair in filter(None, parts.query.split("&")):
        key, _, content = pair.partition("=")
        if key not in {"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "target_session_attrs"}:
            raise SettingRefused(name, f"porte une option inconnue : « {key} ».")
        options[key] = unquote(content)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": parts.hostname,
        "PORT": str(parts.port or 5432),
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": base,
        "OPTIONS": options,
    }
