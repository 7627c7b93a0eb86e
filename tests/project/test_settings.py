"""A wrong value stops the start with one line that names the variable; production refuses what only a demonstration may."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from medical.trousseau import TrousseauLocal

ROOT = Path(__file__).resolve().parents[2]
KEY = "k7Jq2vXw9ZrT4nB8mYd3LcF6hGs1Pa5QeUoWxRtKyMvN"
PRODUCTION = {
    "VIGIE_ENV": "production",
    "VIGIE_PUBLIC_URL": "https://vigie.example",
    "VIGIE_BULLE_URL": "https://bulle.example",
    "VIGIE_SECRET_KEY": KEY,
    "VIGIE_SECRET_KEY_BULLE": KEY[::-1],
    "VIGIE_MEDICAL_KEYS": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "DATABASE_URL": "postgres://vigie_web:x@base.example/vigie",
    "DATABASE_BULLE_URL": "postgres://vigie_bulle:y@base.example/vigie",
    "DATABASE_OWNER_URL": "postgres://vigie_owner:z@base.example/vigie",
    "BROKER_URL": "redis://:x@courtier.example/0",
    "S3_ENDPOINT_URL": "http://s3.example",
    "S3_PUBLIC_ENDPOINT_URL": "https://s3.example",
    "S3_ACCESS_KEY_ID": "a",
    "S3_SECRET_ACCESS_KEY": "b",
    "S3_MEDICAL_ACCESS_KEY_ID": "c",
    "S3_MEDICAL_SECRET_ACCESS_KEY": "d",
    "EMAIL_URL": "smtps://u:p@smtp.example",
}


START = """
import gc, json, os, sys
import celery.app.base, celery.fixups.django, csp.constants, django.conf, dotenv, structlog  # of others, and nearly all the time of a start

gc.freeze()  # what all share is nobody’s to look through when it ends
for line in sys.stdin:
    asked = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    for name, number in (("sortie", 1), ("erreurs", 2)):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    import project.settings
    print(getattr(project.settings, asked["show"]))
    break
"""
"""Each start is a process of its own, forked where nothing of ours is imported yet; what stops it ends it as it ends any Python."""


@pytest.fixture(scope="module", autouse=True)
def starts() -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", START], cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        _STARTS.append(process)
        yield
        _STARTS.pop()


_STARTS: list[subprocess.Popen[str]] = []


def read_settings(tmp_path: Path, show: str = "VIGIE_ENV", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "VIGIE_HOME": str(tmp_path),
        "VIGIE_ENV_FILE": os.devnull,
        "PYTHONPATH": str(ROOT),
        **variables,
    }
    (process,) = _STARTS
    assert process.stdin is not None and process.stdout is not None
    with tempfile.TemporaryDirectory() as beside:  # the home stays as the start leaves it
        said = {name: Path(beside, name) for name in ("sortie", "erreurs")}
        asked = {"environment": environment, "folder": str(tmp_path), "show": show} | {name: str(path) for name, path in said.items()}
        print(json.dumps(asked), file=process.stdin, flush=True)
        code = int(process.stdout.readline())
        return subprocess.CompletedProcess(["project.settings"], code, said["sortie"].read_text(), said["erreurs"].read_text())


@pytest.mark.parametrize("process", ["web", "bulle", "owner"])
def test_complete_production_starts(tmp_path: Path, process: str) -> None:
    done = read_settings(tmp_path, VIGIE_PROCESS=process, **PRODUCTION)
    assert (done.returncode, done.stdout.strip()) == (0, "production"), done.stderr


def test_migrations_need_the_owner_login_alone(tmp_path: Path) -> None:
    kept = ("VIGIE_ENV", "VIGIE_PUBLIC_URL", "VIGIE_BULLE_URL", "DATABASE_OWNER_URL")
    done = read_settings(tmp_path, VIGIE_PROCESS="owner", **{name: PRODUCTION[name] for name in kept})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIGIE_DEMO", "oui"),
        ("VIGIE_DEBUG", "oui"),
        ("VIGIE_PUBLIC_URL", "http://vigie.example"),
        ("VIGIE_BULLE_URL", "http://bulle.example"),
        ("VIGIE_SECRET_KEY", ""),
        ("VIGIE_SECRET_KEY", "court"),
        ("VIGIE_SECRET_KEY_BULLE", KEY),
        ("DATABASE_URL", ""),
        ("BROKER_URL", ""),
        ("S3_ENDPOINT_URL", ""),
        ("S3_PUBLIC_ENDPOINT_URL", "http://s3.example"),
        ("S3_SECRET_ACCESS_KEY", ""),
        ("EMAIL_URL", ""),
        ("EMAIL_URL", "outbox://local"),
        ("VIGIE_RETOUR_EMAIL", "Vigie <retours@vigie.example>"),
        ("VIGIE_REBONDS_MAILDIR", "retours"),
        ("VIGIE_HOSTS", "*"),
        ("VIGIE_MFA_REQUIRED", "non"),
    ],
)
def test_production_refuses(tmp_path: Path, name: str, value: str) -> None:
    refused(read_settings(tmp_path, **{**PRODUCTION, name: value}), name)


@pytest.mark.parametrize("secret", ["", "sans-nom-mais-assez-long", "nom:court"])
def test_a_provider_tells_bounces_under_a_secret(tmp_path: Path, secret: str) -> None:
    """Without it nobody would hear of them: production says so at once."""
    provider = PRODUCTION | {"EMAIL_URL": "anymail://mailjet"}
    refused(read_settings(tmp_path, **provider, ANYMAIL_WEBHOOK_SECRET=secret), "ANYMAIL_WEBHOOK_SECRET")
    done = read_settings(tmp_path, "EMAIL_BACKEND", **provider, ANYMAIL_WEBHOOK_SECRET="vigie:un-secret-assez-long")
    assert done.stdout.strip() == "anymail.backends.mailjet.EmailBackend", done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "huit mille"),
        ("PORT", "70000"),
        ("BULLE_PORT", "-1"),
        ("DATABASE_URL", "mysql://a:b@h/x"),
        ("DATABASE_URL", "postgres://hote-sans-base"),
        ("DATABASE_BULLE_URL", "nimporte quoi"),
        ("DATABASE_OWNER_URL", "postgres://a:b@h:port/x"),
        ("BROKER_URL", "amqp://h"),
        ("S3_ENDPOINT_URL", "s3.example"),
        ("EMAIL_URL", "sendmail"),
        ("CLAMD_URL", "http://h"),
        ("VIGIE_ENV", "prod"),
        ("VIGIE_PROCESS", "worker"),
        ("VIGIE_DEMO", "peut-être"),
        ("OIDC_PROCONNECT_URL", "ftp://x"),
        ("S3_MEDICAL_BUCKET", "vigie-pieces"),
    ],
)
def test_wrong_value_is_named_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    refused(read_settings(tmp_path, **{name: value}), name)


def refused(done: subprocess.CompletedProcess[str], name: str) -> None:
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert name in lines[0]


def test_password_is_not_shown(tmp_path: Path) -> None:
    done = read_settings(tmp_path, DATABASE_URL="mysql://vigie:tres-secret@h/x")
    assert "tres-secret" not in done.stderr


def test_real_store_asks_for_its_keys(tmp_path: Path) -> None:
    refused(read_settings(tmp_path, S3_ENDPOINT_URL="http://s3.example"), "S3_ACCESS_KEY_ID")


def test_provider_without_secret_is_refused(tmp_path: Path) -> None:
    given = {"OIDC_PSC_URL": "https://psc.example", "OIDC_PSC_CLIENT_ID": "vigie"}
    refused(read_settings(tmp_path, **given), "OIDC_PSC_SECRET")


@pytest.mark.parametrize("name", ["S3_MEDICAL_ACCESS_KEY_ID", "S3_MEDICAL_SECRET_ACCESS_KEY", "MEDICAL_KEYS"])
def test_web_holds_nothing_of_the_bulle(tmp_path: Path, name: str) -> None:
    assert read_settings(tmp_path, name, VIGIE_PROCESS="web", **PRODUCTION).stdout.strip() in ("", "[]")
    assert read_settings(tmp_path, name, VIGIE_PROCESS="bulle", **PRODUCTION).stdout.strip() not in ("", "[]")


@pytest.mark.parametrize(
    "cles",
    [
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "k1:MDEyMzQ1Njc4OWFiY2RlZg==",
        "k1:pas-du-base64",
        "deux mots:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=,k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    ],
    ids=["no identifier", "16 bytes", "not base64", "space", "twice"],
)
def test_a_wrong_key_of_the_bulle_stops_its_start_and_is_not_shown(tmp_path: Path, cles: str) -> None:
    done = read_settings(tmp_path, VIGIE_PROCESS="bulle", **PRODUCTION | {"VIGIE_MEDICAL_KEYS": cles})
    refused(done, "VIGIE_MEDICAL_KEYS")
    assert "MDEy" not in done.stderr and "pas-du" not in done.stderr
    given = tmp_path / "cles"
    given.write_text("# clés\n" + cles.replace(",", "\n") + "\n")
    refused(read_settings(tmp_path, VIGIE_PROCESS="bulle", VIGIE_MEDICAL_KEYS_FILE=str(given), **PRODUCTION), "VIGIE_MEDICAL_KEYS_FILE")


def test_keys_of_the_bulle_from_a_file_or_a_service(tmp_path: Path) -> None:
    given = tmp_path / "cles"
    given.write_text(
        "# la nouvelle d’abord\nk2:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n\nk1:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=\n"
    )
    done = read_settings(tmp_path, "MEDICAL_KEYS", VIGIE_PROCESS="bulle", VIGIE_MEDICAL_KEYS_FILE=str(given), **PRODUCTION)
    assert [key.split(":")[0] for key in ast.literal_eval(done.stdout)] == ["k2", "k1"]
    service = PRODUCTION | {"VIGIE_MEDICAL_KEYS": "", "VIGIE_MEDICAL_KMS_KEYS": "1234-abcd"}
    assert "1234-abcd" in read_settings(tmp_path, "MEDICAL_KMS_KEYS", VIGIE_PROCESS="bulle", **service).stdout
    refused(read_settings(tmp_path, VIGIE_PROCESS="bulle", **PRODUCTION | {"VIGIE_MEDICAL_KMS_KEYS": "1234"}), "VIGIE_MEDICAL_KMS_KEYS")
    by_alias = service | {"VIGIE_MEDICAL_KMS_KEYS": "alias/vigie"}
    refused(read_settings(tmp_path, VIGIE_PROCESS="bulle", **by_alias), "VIGIE_MEDICAL_KMS_KEYS")


def test_the_key_that_a_first_start_draws_is_one(tmp_path: Path) -> None:
    """As the embedded parts keep it, in the alphabet of `secrets.token_urlsafe`."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "medical_kek").write_text("-_" * 21 + "8\n")
    (key,) = ast.literal_eval(read_settings(tmp_path, "MEDICAL_KEYS", VIGIE_PROCESS="bulle").stdout)
    assert TrousseauLocal([key]).courante == "local"


def test_processes_share_no_cookie_and_no_key(tmp_path: Path) -> None:
    for name in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECRET_KEY", "ROOT_URLCONF"):
        answers = {read_settings(tmp_path, name, VIGIE_PROCESS=who, **PRODUCTION).stdout for who in ("web", "bulle")}
        assert len(answers) == 2, name


def test_reading_settings_writes_nothing(tmp_path: Path) -> None:
    assert read_settings(tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "reglages").write_text("PORT=8123\n")
    assert read_settings(tmp_path, "BULLE_PORT", VIGIE_ENV_FILE=str(tmp_path / "reglages")).stdout.strip() == "8124"
