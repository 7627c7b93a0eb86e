"""Who is asking, where, with which secrets and which database login: what every other part of the settings stands on."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from project import environment as env
from project.embedded.home import Home, default_home
from project.environment import SettingRefused

BASE_DIR = Path(__file__).resolve().parents[2]
env.load(BASE_DIR)

# -- who, where ------------------------------------------------------------------------------------------------------

VIGIE_ENV = env.choice("VIGIE_ENV", "demonstration", ("demonstration", "test", "preproduction", "production"))
PROCESS = env.choice("VIGIE_PROCESS", "web", ("web", "bulle", "owner"))
PRODUCTION = VIGIE_ENV == "production"
VIGIE_HOME = default_home()
DEMO = env.boolean("VIGIE_DEMO", VIGIE_ENV == "demonstration")
DEBUG = env.boolean("VIGIE_DEBUG", False)

# The tests have parts and secrets of their own, planned (not started) here.
HOME = Home(VIGIE_HOME / "tests", fast=True) if VIGIE_ENV == "test" else Home(VIGIE_HOME)
TEST_DATABASE = "vigie"
if PRODUCTION:
    EMBEDDED: dict[str, str] = {}
else:
    if VIGIE_ENV == "test" and not env.text("DATABASE_URL"):
        HOME.plan()
        for _login in ("postgres", "vigie_web", "vigie_bulle", "vigie_owner"):
            HOME.secret(f"postgres_{_login}")
        for _secret in ("valkey", "s3_key_id", "s3_key", "s3_medical_key_id", "s3_medical_key"):
            HOME.secret(_secret)
    EMBEDDED = HOME.addresses()

PORT = env.port("PORT", 8000)
BULLE_PORT = env.port("BULLE_PORT", PORT + 1)
PUBLIC_URL = env.url("VIGIE_PUBLIC_URL", f"http://localhost:{PORT}", ("http", "https"), bare=True)
BULLE_URL = env.url("VIGIE_BULLE_URL", f"http://localhost:{BULLE_PORT}", ("http", "https"), bare=True)
OWN_URL = BULLE_URL if PROCESS == "bulle" else PUBLIC_URL
SECURE = OWN_URL.startswith("https://")


def required(name: str, fallback: str | None) -> str:
    """A value that production must give and that the embedded parts stand for elsewhere."""
    given = env.text(name)
    if given:
        return given
    # Migrations run with the owner's database login and nothing else.
    if PRODUCTION and (PROCESS != "owner" or name == "DATABASE_OWNER_URL"):
        raise SettingRefused(name, "est obligatoire en production.")
    return fallback or ""


if PRODUCTION:
    if DEMO:
        raise SettingRefused("VIGIE_DEMO", "est interdit en production : les comptes de démonstration y sont publics.")
    if DEBUG:
        raise SettingRefused("VIGIE_DEBUG", "est interdit en production.")
    for _name, _address in (("VIGIE_PUBLIC_URL", PUBLIC_URL), ("VIGIE_BULLE_URL", BULLE_URL)):
        if not _address.startswith("https://"):
            raise SettingRefused(_name, "doit commencer par https:// en production.")

# Printed by `make run`, generated once per VIGIE_HOME; no account has it outside the demonstration.
DEMO_PASSWORD = (env.text("VIGIE_DEMO_PASSWORD") or HOME.read_secret("demo_password") or "") if DEMO else ""

# -- secrets ---------------------------------------------------------------------------------------------------------


def _secret_key(name: str, remembered: str) -> str:
    key = required(name, HOME.read_secret(remembered) or secrets.token_urlsafe(48))
    if PRODUCTION and (len(key) < 40 or len(set(key)) < 10 or key == HOME.read_secret(remembered)):
        raise SettingRefused(name, "doit être un secret tiré au hasard d'au moins 40 caractères, propre à la production.")
    return key


_KEY_NAMES = {"web": ("VIGIE_SECRET_KEY", "secret_key"), "bulle": ("VIGIE_SECRET_KEY_BULLE", "secret_key_bulle")}
SECRET_KEY = secrets.token_urlsafe(48) if PROCESS == "owner" else _secret_key(*_KEY_NAMES[PROCESS])
if PROCESS != "owner" and env.text("VIGIE_SECRET_KEY") and env.text("VIGIE_SECRET_KEY") == env.text("VIGIE_SECRET_KEY_BULLE"):
    raise SettingRefused("VIGIE_SECRET_KEY_BULLE", "doit différer de VIGIE_SECRET_KEY.")

# Key-encryption keys of the bulle, only the bulle has them; the first one encrypts. « identifier:base64 of 32 bytes » in a variable or
# one a line in a file, or the names of keys that a key management service holds.
MEDICAL_KEYS: list[str] = []
MEDICAL_KMS_KEYS: list[str] = []
MEDICAL_KMS_ENDPOINT_URL = ""
if PROCESS == "bulle":
    _keys_from = "VIGIE_MEDICAL_KEYS_FILE" if env.text("VIGIE_MEDICAL_KEYS_FILE") else "VIGIE_MEDICAL_KEYS"
    MEDICAL_KEYS = env.sealing_keys(_keys_from, env.lines("VIGIE_MEDICAL_KEYS_FILE") or env.words("VIGIE_MEDICAL_KEYS"))
    MEDICAL_KMS_KEYS = env.words("VIGIE_MEDICAL_KMS_KEYS")
    if MEDICAL_KMS_KEYS and MEDICAL_KEYS:
        raise SettingRefused("VIGIE_MEDICAL_KMS_KEYS", f"ne va pas avec {_keys_from} : les clés sont ici ou là, pas aux deux.")
    if any("alias/" in _key for _key in MEDICAL_KMS_KEYS):
        raise SettingRefused("VIGIE_MEDICAL_KMS_KEYS", "nomme une clé par son identifiant ou son ARN, jamais par un alias.")
    MEDICAL_KMS_ENDPOINT_URL = env.url("VIGIE_MEDICAL_KMS_URL", "", ("http", "https"), bare=True)
if PROCESS == "bulle" and not MEDICAL_KEYS and not MEDICAL_KMS_KEYS:
    required("VIGIE_MEDICAL_KEYS", "-")
    _remembered = HOME.read_secret("medical_kek")
    MEDICAL_KEYS = [f"local:{env.standard_base64(_remembered)}"] if _remembered else []

# -- database --------------------------------------------------------------------------------------------------------

_DATABASE_NAMES = {"web": "DATABASE_URL", "bulle": "DATABASE_BULLE_URL", "owner": "DATABASE_OWNER_URL"}
_LOGINS = {"web": "vigie_web", "bulle": "vigie_bulle", "owner": "vigie_owner"}
_given = [_name for _name in _DATABASE_NAMES.values() if env.text(_name)]
for _name in _given:
    env.database(_name, "")  # a wrong address stops every process, not only the one that uses it


def database_settings(process: str) -> dict[str, Any]:
    name = _DATABASE_NAMES[process]
    nowhere = f"postgres://{_LOGINS[process]}@127.0.0.1:1/vigie"
    found = env.database(name, required(name, EMBEDDED.get(name, nowhere)))
    parameters = {
        # The bulle's own tables of credentials and sessions come before those of the same name that the web's login may write.
        "search_path": {"web": "public", "bulle": "medical,public", "owner": "public,medical"}[process],
        "lock_timeout": "10s" if process == "owner" else "5s",
        "statement_timeout": "0" if process == "owner" else "30s",
        "idle_in_transaction_session_timeout": "0" if process == "owner" else "60s",
        "application_name": f"vigie-{process}",
    }
    if process == "owner":
        parameters["role"] = "vigie_tables"
    found["OPTIONS"] |= {"options": " ".join(f"-c {key}={value}" for key, value in parameters.items())}
    found["OPTIONS"].setdefault("connect_timeout", 5)
    found["CONN_MAX_AGE"] = 0 if process == "owner" else 60
    found["CONN_HEALTH_CHECKS"] = True
    return found


DATABASES = {"default": database_settings(PROCESS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
