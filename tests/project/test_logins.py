"""What each database login may do, and which ones a start refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql

from project.logins import fault
from tests.base import TestDatabase, url

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def secret_table(test_database: TestDatabase, owner_dsn: str) -> Iterator[str]:
    """A table of the medical schema, as a migration makes one."""
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("SET ROLE vigie_medical")
        owner.execute("CREATE TABLE medical.essai (id int PRIMARY KEY, texte text)")
        owner.execute("INSERT INTO medical.essai VALUES (1, 'canari')")
        yield "medical.essai"
        owner.execute("DROP TABLE medical.essai")


def test_web_reads_nothing_medical(secret_table: str, web_dsn: str) -> None:
    with psycopg.connect(web_dsn) as web, pytest.raises(errors.InsufficientPrivilege):
        web.execute("SELECT * FROM medical.essai")


def test_bulle_reads_and_writes_medical(secret_table: str, bulle_dsn: str) -> None:
    with psycopg.connect(bulle_dsn) as bulle:
        assert bulle.execute("SELECT texte FROM medical.essai").fetchone() == ("canari",)
        bulle.execute("UPDATE medical.essai SET texte = 'x'")
        bulle.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE django_session",
        "CREATE TABLE essai (id int)",
        "CREATE TABLE medical.essai2 (id int)",
        "ALTER TABLE django_session ADD COLUMN x int",
        "DROP TABLE django_session",
        "CREATE SCHEMA essai",
        "CREATE ROLE essai",
        "SET ROLE vigie_tables",
        "SET ROLE vigie_medical",
        "ALTER TABLE django_session DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE FUNCTION essai() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TEMPORARY TABLE essai (id int)",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
@pytest.mark.parametrize("who", ["web", "bulle"])
def test_application_login_can_not(test_database: TestDatabase, who: str, statement: str) -> None:
    with psycopg.connect(test_database.dsn(who)) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(sql.SQL(statement))  # type: ignore[arg-type]


def test_application_logins_write_ordinary_tables(web_dsn: str, bulle_dsn: str) -> None:
    for dsn in (web_dsn, bulle_dsn):
        with psycopg.connect(dsn) as connection:
            connection.execute("INSERT INTO django_content_type (app_label, model) VALUES ('essai', 'essai')")
            connection.execute("UPDATE django_content_type SET model = 'autre' WHERE app_label = 'essai'")
            connection.execute("DELETE FROM django_content_type WHERE app_label = 'essai'")
            connection.rollback()


def test_start_accepts_the_right_login_only(test_database: TestDatabase) -> None:
    expected = {
        ("web", "web"): None,
        ("bulle", "bulle"): None,
        ("bulle", "web"): "medical",
        ("owner", "web"): "membre",
        ("owner", "bulle"): "membre",
        ("admin", "web"): "superutilisateur",
    }
    for (login, process), word in expected.items():
        with psycopg.connect(test_database.dsn(login)) as connection, connection.cursor() as cursor:
            found = fault(cursor, process)
        assert (found is None) if word is None else (found is not None and word in found), (login, process, found)


@pytest.mark.parametrize("variable", ["DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "DATABASE_BULLE_URL"])
def test_web_process_refuses_to_start(test_database: TestDatabase, variable: str) -> None:
    environment = {
        **os.environ,
        "VIGIE_PROCESS": "web",
        "DJANGO_SETTINGS_MODULE": "project.settings_test",
        "DATABASE_URL": url(variable, test_database.name),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", "import project.wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("Réglage refusé : DATABASE_URL")
    assert "Traceback" not in done.stderr


def test_timeouts_are_set(db: None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute("SELECT current_setting(%s)", (name,))
            assert cursor.fetchone()[0] != "0", name
