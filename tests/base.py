"""A migrated template per digest of the migrations, and one copy of it per session of tests."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import psycopg
from django.conf import settings
from psycopg import sql

from project import environment as env
from project.provision import provision_database
from project.settings import database_settings

ROOT = Path(__file__).resolve().parents[1]
MARK = "vigie_modele_"
LOGINS = {"web": "DATABASE_URL", "bulle": "DATABASE_BULLE_URL", "owner": "DATABASE_OWNER_URL", "admin": "DATABASE_ADMIN_URL"}


def address(name: str) -> dict[str, Any]:
    """Where and who, from the variable or the embedded parts."""
    given = os.environ.get(name) or settings.EMBEDDED.get(name)
    if name == "DATABASE_ADMIN_URL" and os.environ.get("DATABASE_URL") and not os.environ.get(name):
        given = os.environ.get("DATABASE_OWNER_URL")  # must then be allowed to create databases
    return env.database(name, given or "")


def conninfo(name: str, database: str) -> str:
    found = address(name)
    extra = {"options": "-c role=vigie_tables -c search_path=public,medical"} if name == "DATABASE_OWNER_URL" else {}
    return psycopg.conninfo.make_conninfo(
        host=found["HOST"], port=found["PORT"], user=found["USER"], password=found["PASSWORD"], dbname=database, **extra
    )


def url(name: str, database: str) -> str:
    found = address(name)
    return f"postgres://{quote(found['USER'])}:{quote(found['PASSWORD'])}@{found['HOST']}:{found['PORT']}/{database}"


def digest() -> str:
    """Changes whenever the migrated database could."""
    total = hashlib.sha256()
    files = [
        *(path for room in settings.ROOMS for path in (ROOT / room).glob("migrations/**/*.*") if path.suffix in {".py", ".sql"}),
        ROOT / "requirements" / "base.txt",
        ROOT / "project" / "provision.py",
        Path(__file__),
    ]
    for path in sorted(files):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    total.update(repr(settings.INSTALLED_APPS).encode())
    return total.hexdigest()[:16]


@dataclass
class TestDatabase:
    name: str
    _current: ClassVar[TestDatabase | None] = None
    __test__ = False

    @classmethod
    def current(cls) -> TestDatabase:
        assert cls._current is not None
        return cls._current

    @classmethod
    def create(cls) -> TestDatabase:
        template = f"{MARK}{digest()}"
        name = f"vigie_test_{os.getpid()}"
        with psycopg.connect(conninfo("DATABASE_ADMIN_URL", "postgres"), autocommit=True) as admin:
            admin.execute("SELECT pg_advisory_lock(hashtext('vigie.tests'))")
            known = {row[0] for row in admin.execute("SELECT datname FROM pg_database").fetchall()}
            for stale in known:
                # Copies of sessions that were killed, and templates of other migrations.
                dead = stale.startswith("vigie_test_") and not Path(f"/proc/{stale.rsplit('_', 1)[1]}").exists()
                if (dead and sys.platform == "linux") or (stale.startswith(MARK) and stale != template):
                    with contextlib.suppress(psycopg.Error):
                        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(stale)))
            if template not in known:
                cls._build_template(admin, template)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
            admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO vigie_owner, vigie_web, vigie_bulle").format(sql.Identifier(name)))
            admin.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO vigie_owner, vigie_tables").format(sql.Identifier(name)))
        cls._current = cls(name)
        for variable in ("DATABASE_URL", "DATABASE_BULLE_URL", "DATABASE_OWNER_URL"):
            os.environ[f"VIGIE_TEST_{variable}"] = url(variable, name)
        return cls._current

    @staticmethod
    def _build_template(admin: psycopg.Connection[Any], template: str) -> None:
        draft = f"{template}_{os.getpid()}"
        provision_database(conninfo("DATABASE_ADMIN_URL", "postgres"), draft)
        try:
            environment = {
                **os.environ,
                "VIGIE_ENV": "test",
                "VIGIE_PROCESS": "owner",
                "DJANGO_SETTINGS_MODULE": "project.settings_test",
                "DATABASE_OWNER_URL": url("DATABASE_OWNER_URL", draft),
            }
            done = subprocess.run(
                [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks", "-v0"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise RuntimeError(f"migrate failed:\n{done.stdout}{done.stderr}")
            keep_departure(draft)
            admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(template)))
        except BaseException:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
            raise

    def drop(self) -> None:
        with psycopg.connect(conninfo("DATABASE_ADMIN_URL", "postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def dsn(self, who: str) -> str:
        return conninfo(LOGINS[who], self.name)

    def put_back(self) -> None:
        """Empty every table that was written to, then copy back what the migrations had put there."""
        with psycopg.connect(self.dsn("admin")) as admin:
            admin.execute("SET lock_timeout = '10s'")
            free = False
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege), admin.transaction():
                admin.execute("SET session_replication_role = replica")  # no trigger, no foreign key
                free = True
            kept = [tuple(row[0].split(".", 1)) for row in admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'depart'")]
            sizes = _sizes(admin)
            if free and all(size < A_FEW_ROWS for size in sizes.values()):
                written = [table for table, size in sizes.items() if size and not (table in kept and _as_kept(admin, table))]
                for table in written:
                    admin.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(*table)))
            else:
                written = list(sizes)
                admin.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(sql.Identifier(*table) for table in written)))
            for table in set(kept).intersection(written):
                _copy_back(admin, table)


def _as_kept(admin: psycopg.Connection[Any], table: tuple[str, str]) -> bool:
    """Whether the table holds what the migrations had put there, and nothing else."""
    now, then = sql.Identifier(*table), sql.Identifier("depart", ".".join(table))
    asked = sql.SQL("SELECT 1 FROM ((TABLE {0} EXCEPT ALL TABLE {1}) UNION ALL (TABLE {1} EXCEPT ALL TABLE {0})) AS d LIMIT 1")
    return admin.execute(asked.format(now, then)).fetchone() is None


def _copy_back(admin: psycopg.Connection[Any], table: tuple[str, str]) -> None:
    columns = [
        sql.Identifier(str(row[0]))
        for row in admin.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = format('%%I.%%I', %s::text, %s::text)::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            table,
        ).fetchall()
    ]
    admin.execute(
        sql.SQL("INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM {2}").format(
            sql.Identifier(*table), sql.SQL(", ").join(columns), sql.Identifier("depart", ".".join(table))
        )
    )


A_FEW_ROWS = 1 << 20
"""Bytes of a table up to which its rows are deleted: a new file for each of all the tables, and of their indexes, takes longer."""


def _sizes(connection: psycopg.Connection[Any]) -> dict[tuple[str, str], int]:
    """The tables and their bytes, dead rows included; 0 for those that nobody has written to."""
    rows = connection.execute(
        "SELECT schemaname, tablename, pg_relation_size(format('%I.%I', schemaname, tablename)::regclass) FROM pg_tables"
        " WHERE schemaname IN ('public', 'medical') AND tablename <> 'django_migrations'"
    ).fetchall()
    return {(str(schema), str(name)): int(size) for schema, name, size in rows}


def keep_departure(database: str) -> None:
    """Copy aside the rows that migrations wrote, for `put_back`."""
    with psycopg.connect(conninfo("DATABASE_ADMIN_URL", database)) as admin:
        admin.execute("CREATE SCHEMA depart")
        for schema, name in _sizes(admin):
            table = sql.Identifier(schema, name)
            if admin.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(table)).fetchone():
                copy = sql.Identifier("depart", f"{schema}.{name}")
                admin.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(copy, table))


TEST_MEDICAL_KEY = "test:" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


def environment(process: str = "web") -> dict[str, str]:
    """For a process that a test starts (a worker, a web process, a command): the same servers, database, queues and buckets."""
    database = TestDatabase.current().name
    return {
        **os.environ,
        **({"VIGIE_MEDICAL_KEYS": TEST_MEDICAL_KEY} if process == "bulle" else {}),
        "DJANGO_SETTINGS_MODULE": "project.settings_test",
        "VIGIE_ENV": "test",
        "VIGIE_PROCESS": process,
        **({"VIGIE_SECRET_KEY": settings.SECRET_KEY} if process == "web" else {}),  # without one written down, each process makes its own
        "PYTHONPATH": str(ROOT),
        **{name: url(name, database) for name in ("DATABASE_URL", "DATABASE_BULLE_URL", "DATABASE_OWNER_URL")},
    }


# -- the bulle ---------------------------------------------------------------------------------------------------------


def bulle_connection() -> dict[str, Any]:
    found = database_settings("bulle")
    return {key: found[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "OPTIONS")}


def bulle_settings() -> dict[str, Any]:
    """What the settings hold in the bulle's process."""
    home = settings.HOME
    return {
        "PROCESS": "bulle",
        "ROOT_URLCONF": "project.urls_bulle",
        "SECRET_KEY": "bulle-" + settings.SECRET_KEY,
        "SESSION_COOKIE_NAME": "vigie_bulle",
        "CSRF_COOKIE_NAME": "vigie_bulle_csrf",
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.MemoryFileUploadHandler"],
        "MEDICAL_KMS_KEYS": [],
        "MEDICAL_KMS_ENDPOINT_URL": "",
        "MEDICAL_KEYS": [TEST_MEDICAL_KEY],
        "S3_MEDICAL_ENDPOINT_URL": os.environ.get("S3_MEDICAL_ENDPOINT_URL")
        or (os.environ.get("S3_ENDPOINT_URL") or settings.EMBEDDED["S3_MEDICAL_ENDPOINT_URL"]),
        "S3_MEDICAL_ACCESS_KEY_ID": os.environ.get("S3_MEDICAL_ACCESS_KEY_ID") or home.read_secret("s3_medical_key_id"),
        "S3_MEDICAL_SECRET_ACCESS_KEY": os.environ.get("S3_MEDICAL_SECRET_ACCESS_KEY") or home.read_secret("s3_medical_key"),
    }


# -- S3 servers named by variables ---------------------------------------------------------------------------------------


def _clients() -> list[tuple[Any, str]]:
    import boto3

    medical = bulle_settings()
    pairs = [
        (settings.S3_ENDPOINT_URL, settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY, settings.S3_BUCKET),
        (
            *(medical["S3_MEDICAL_ENDPOINT_URL"], medical["S3_MEDICAL_ACCESS_KEY_ID"]),
            *(medical["S3_MEDICAL_SECRET_ACCESS_KEY"], settings.S3_MEDICAL_BUCKET),
        ),
    ]
    return [
        (
            boto3.client("s3", endpoint_url=where, aws_access_key_id=key, aws_secret_access_key=secret, region_name=settings.S3_REGION),
            bucket,
        )
        for where, key, secret, bucket in pairs
    ]


def create_buckets() -> None:
    for client, bucket in _clients():
        client.create_bucket(Bucket=bucket)


def empty_buckets() -> None:
    for client, bucket in _clients():
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for item in page.get("Contents", []):
                client.delete_object(Bucket=bucket, Key=item["Key"])
        client.delete_bucket(Bucket=bucket)
