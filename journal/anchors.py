"""Anchors: the chain's head, written where the database's owner can't reach it.

Whoever owns the database can cut the chain's tail, or recompute the chain whole: nothing inside it would tell. So each sealing
round that moves the head appends one line (rang, empreinte, instant) to the day's file of a folder, `VIGIE_ANCRES`, and the
first round of a day writes the head even when it did not move. The day's head is its file's last line; a cut tail shows from the
next verification on, not from the next day.

Each file is also copied to the object store, under a name of this installation's own (several machines may seal): the open day
every five minutes, a closed day once and for all. The store being down delays the copy and nothing else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone

from journal.rules import Tete

logger = logging.getLogger(__name__)

PREFIX = "ancres/"
REFRESH = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Ancre:
    """One anchor: at `le` (ISO instant), the chain had `rang` seals and ended with `empreinte` (hexadecimal). `ou`: file and line."""

    rang: int
    empreinte: str
    le: str
    ou: str


@dataclass(frozen=True)
class AncreIllisible:
    """A line that is no anchor: torn by a crash, or tampered with."""

    ou: str


def folder() -> Path:
    return Path(settings.ANCRES_DIR)


# -- writing -----------------------------------------------------------------------------------------------------------


def ancrer(tete: Tete) -> bool:
    """Append the head to the day's file unless it is there already, then copy to the store. Whether a line was added.

    Never raises for a folder or a store that can't be written: sealing goes on, the log says it, the next round tries again.
    """
    if tete.rang == 0:
        return False
    added = False
    try:
        folder().mkdir(parents=True, exist_ok=True)
        added = _append(folder() / f"{timezone.localdate():%Y-%m-%d}.jsonl", tete)
        copier()
    except OSError as error:
        logger.error("ancre impossible", extra={"erreur": type(error).__name__})
    return added


def _append(file: Path, tete: Tete) -> bool:
    last = _last_line(sorted(folder().glob("*.jsonl")))
    with file.open("a+b") as day, _locked(day):
        fresh = day.seek(0, os.SEEK_END) == 0
        if last is not None:
            same = last == (tete.rang, tete.empreinte.hex())
            if same and not fresh:
                return False
            if last[0] > tete.rang or (last[0] == tete.rang and not same):
                logger.error("ancre contredite", extra={"rang_ancre": last[0], "rang": tete.rang})
        text = json.dumps({"rang": tete.rang, "empreinte": tete.empreinte.hex(), "le": timezone.now().isoformat()})
        day.write(_after_torn_line(day, fresh) + text.encode() + b"\n")
        day.flush()
        os.fsync(day.fileno())
    return True


def _after_torn_line(day: IO[bytes], fresh: bool) -> bytes:
    """A crash may have left half a line: the next anchor starts on a line of its own."""
    if fresh:
        return b""
    day.seek(-1, os.SEEK_END)
    return b"" if day.read(1) == b"\n" else b"\n"


def _last_line(files: list[Path]) -> tuple[int, str] | None:
    for file in reversed(files):
        for line in reversed(file.read_bytes().splitlines()):
            found = _parse(line, "")
            if isinstance(found, Ancre):
                return found.rang, found.empreinte
    return None


@contextlib.contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    """Two workers of one machine never write half a line into each other's."""
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


# -- copying to the store ----------------------------------------------------------------------------------------------


def copier(*, maintenant: dt.datetime | None = None) -> int:
    """Send the files that have grown since they were last sent. How many went; stops at the first refusal of the store.

    Whatever could not go is sent by a later round: what has been sent is remembered by size, after the store's answer.
    """
    maintenant = maintenant or timezone.now()
    today = f"{timezone.localdate(maintenant):%Y-%m-%d}"
    sent: dict[str, dict[str, Any]] = _read_sent()
    count = 0
    for file in sorted(folder().glob("*.jsonl")):
        known = sent.get(file.stem, {"taille": 0, "le": None})
        size = file.stat().st_size
        recent = known["le"] is not None and maintenant - dt.datetime.fromisoformat(known["le"]) < REFRESH
        if size == known["taille"] or (file.stem == today and recent):
            continue
        body = file.read_bytes()
        try:
            _bucket().Object(f"{PREFIX}{_station()}/{file.name}").put(Body=body, ContentType="application/json")
        except (BotoCoreError, ClientError) as error:
            logger.warning("ancre non copiee", extra={"erreur": type(error).__name__})
            return count
        sent[file.stem] = {"taille": len(body), "le": maintenant.isoformat()}
        _write_sent(sent)
        count += 1
    return count


def _bucket() -> Any:
    """The bucket itself: a storage would give a fresh name to a file it knows, and a day's anchors keep theirs."""
    return storages["default"].bucket  # type: ignore[attr-defined]


def _read_sent() -> dict[str, dict[str, Any]]:
    try:
        return dict(json.loads((folder() / "envois.json").read_text()))
    except (OSError, ValueError):
        return {}


def _write_sent(sent: dict[str, dict[str, Any]]) -> None:
    draft = folder() / f"envois.{os.getpid()}.tmp"
    draft.write_text(json.dumps(sent, sort_keys=True))
    draft.replace(folder() / "envois.json")


def _station() -> str:
    """This folder's own name in the store, drawn once: two machines never overwrite each other's copies."""
    name = folder() / "poste"
    if not name.exists():
        draft = folder() / f"poste.{os.getpid()}.tmp"
        draft.write_text(secrets.token_hex(6))
        with contextlib.suppress(FileExistsError):
            os.link(draft, name)
        draft.unlink()
    return name.read_text().strip()


# -- reading -----------------------------------------------------------------------------------------------------------


def lire_dossier(dossier: Path) -> Iterator[Ancre | AncreIllisible]:
    """The anchors of a folder, oldest file first."""
    for file in sorted(dossier.glob("*.jsonl")):
        yield from _lines(file.read_bytes(), file.name)


def lire_entrepot() -> Iterator[Ancre | AncreIllisible]:
    """The anchors copied to the object store, by every machine. Raises BotoCoreError or ClientError when it does not answer."""
    for item in _bucket().objects.filter(Prefix=PREFIX):
        yield from _lines(item.get()["Body"].read(), item.key)


def _lines(body: bytes, name: str) -> Iterator[Ancre | AncreIllisible]:
    for number, line in enumerate(body.splitlines(), start=1):
        yield _parse(line, f"{name}:{number}")


def _parse(line: bytes, ou: str) -> Ancre | AncreIllisible:
    try:
        found = json.loads(line)
        return Ancre(int(found["rang"]), bytes.fromhex(found["empreinte"]).hex(), str(found["le"]), ou)
    except (ValueError, KeyError, TypeError):
        return AncreIllisible(ou)
