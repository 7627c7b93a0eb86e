"""What the web's stolen password, settings and store credentials open of the bulle: nothing.

The catalogue of the real database is read, so that a table, view or function added tomorrow is judged without being named here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError
from django.conf import settings as django_settings
from psycopg import errors, sql

from documents.s3 import CLIENT
from medical.trousseau import CleIndisponible, trousseau
from project.provision import provision_cluster
from tests import base
from tests.project.test_settings import PRODUCTION

ROOT = Path(__file__).resolve().parents[2]
WEB = "vigie_web"
RELATIONS = """SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'medical' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') ORDER BY c.relname"""


@pytest.fixture
def admin(admin_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(admin_dsn) as connection:
        yield connection


@pytest.fixture
def web(web_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(web_dsn, autocommit=True) as connection:
        yield connection


def _medical(admin: psycopg.Connection[Any], *kinds: str) -> list[tuple[int, str]]:
    return [(oid, name) for oid, name, kind in admin.execute(RELATIONS).fetchall() if kind in kinds]


# -- the database ----------------------------------------------------------------------------------------------------------------


def test_the_web_has_no_privilege_on_anything_of_the_schema(admin: psycopg.Connection[Any]) -> None:
    tables = _medical(admin, "r", "p", "v", "m", "f")
    assert {"medical_cle", "medical_fichier", "medical_opinion", "medical_mission"} <= {name for _, name in tables}
    for oid, name in tables:
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
            assert admin.execute("SELECT has_table_privilege(%s, %s::oid, %s)", (WEB, oid, privilege)).fetchone() == (False,), name
        for privilege in ("SELECT", "INSERT", "UPDATE", "REFERENCES"):
            found = admin.execute("SELECT has_any_column_privilege(%s, %s::oid, %s)", (WEB, oid, privilege)).fetchone()
            assert found == (False,), (name, privilege)
    sequences = _medical(admin, "S")
    assert sequences
    for oid, name in sequences:
        for privilege in ("USAGE", "SELECT", "UPDATE"):
            assert admin.execute("SELECT has_sequence_privilege(%s, %s::oid, %s)", (WEB, oid, privilege)).fetchone() == (False,), name
    for privilege in ("USAGE", "CREATE"):
        assert admin.execute("SELECT has_schema_privilege(%s, 'medical', %s)", (WEB, privilege)).fetchone() == (False,)


def test_the_web_reads_and_writes_no_row(admin: psycopg.Connection[Any], web: psycopg.Connection[Any]) -> None:
    """Said by the server to the login itself, whatever the catalogue says."""
    for _, name in _medical(admin, "r", "p", "v", "m", "f"):
        table = sql.Identifier("medical", name)
        for statement in (
            "SELECT count(*) FROM {}", "SELECT * FROM {} LIMIT 1", "TABLE {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES",
            "COPY {} TO STDOUT", "CREATE TEMP TABLE x (LIKE {})", "ANALYZE {}",
        ):  # fmt: skip
            with pytest.raises(errors.InsufficientPrivilege):
                web.execute(sql.SQL(statement).format(table))
    for _, name in _medical(admin, "S"):
        with pytest.raises(errors.InsufficientPrivilege):
            web.execute("SELECT nextval(%s)", (f'medical."{name}"',))


def test_no_function_view_or_rule_outside_reaches_in(admin: psycopg.Connection[Any]) -> None:
    """A view or a « SECURITY DEFINER » function of another schema would read under its owner's rights."""
    definers = admin.execute(
        """SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner
           WHERE p.prosecdef AND has_function_privilege(%s, p.oid, 'EXECUTE')
             AND has_schema_privilege(o.oid, 'medical', 'USAGE')""",
        (WEB,),
    ).fetchall()
    assert definers == []
    inside = admin.execute(
        """SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'medical'
             AND has_function_privilege(%s, p.oid, 'EXECUTE') AND p.prosecdef""",
        (WEB,),
    ).fetchall()
    assert inside == []
    views = admin.execute(
        """SELECT DISTINCT v.oid::regclass::text FROM pg_depend d
             JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
             JOIN pg_class v ON v.oid = r.ev_class JOIN pg_namespace vn ON vn.oid = v.relnamespace
             JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
           WHERE tn.nspname = 'medical' AND vn.nspname <> 'medical'"""
    ).fetchall()
    assert views == []
    keys = admin.execute(
        """SELECT k.conname FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_namespace an ON an.oid = a.relnamespace
             JOIN pg_class b ON b.oid = k.confrelid JOIN pg_namespace bn ON bn.oid = b.relnamespace
           WHERE k.contype = 'f' AND an.nspname <> 'medical' AND bn.nspname = 'medical'"""
    ).fetchall()
    assert keys == [], "nothing outside points into the bulle"


def test_the_web_is_nobody_else(admin: psycopg.Connection[Any], web: psycopg.Connection[Any]) -> None:
    memberships = admin.execute("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", (WEB,)).fetchall()
    assert memberships == []
    others = [name for (name,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolname <> %s", (WEB,)).fetchall()]
    assert {"vigie_bulle", "vigie_owner", "vigie_medical", "vigie_tables"} <= set(others)
    for other in others:
        for statement in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}"):
            with pytest.raises(errors.InsufficientPrivilege):
                web.execute(sql.SQL(statement).format(sql.Identifier(other)))


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT USAGE ON SCHEMA medical TO vigie_web",
        "ALTER SCHEMA medical OWNER TO vigie_web",
        "ALTER DEFAULT PRIVILEGES FOR ROLE vigie_medical GRANT SELECT ON TABLES TO vigie_web",
        "CREATE VIEW public.vue AS SELECT 1",
        "CREATE EXTENSION dblink",
        "SELECT lo_import('/etc/hostname')",
        "SELECT pg_ls_dir('base')",
        "SELECT pg_create_logical_replication_slot('canari', 'pgoutput')",
        "SELECT pg_logical_emit_message(true, 'a', 'b'), pg_read_binary_file('PG_VERSION')",
        "CREATE PUBLICATION tout FOR TABLES IN SCHEMA medical",
        "ALTER ROLE vigie_bulle PASSWORD 'pris'",
        "ALTER ROLE vigie_web BYPASSRLS",
        "ALTER SYSTEM SET log_statement = 'all'",
        "SET log_statement = 'all'",
        "SET log_min_error_statement = 'error'",
        "SET log_error_verbosity = 'verbose'",
    ],
)
def test_no_way_round(web: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        web.execute(statement)  # type: ignore[arg-type]


def test_statistics_and_other_sessions_show_nothing(bulle_dsn: str, admin: psycopg.Connection[Any], web: psycopg.Connection[Any]) -> None:
    """The planner keeps sample values of columns; a session's text is shown to members of its role only."""
    canari = "canariSession7F3A"
    with psycopg.connect(bulle_dsn) as bulle:
        bulle.execute(f"SELECT '{canari}' FROM medical.medical_cle")
        admin.execute("ANALYZE medical.medical_cle")
        assert web.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'medical'").fetchone() == (0,)
        seen = web.execute("SELECT query FROM pg_stat_activity WHERE usename = 'vigie_bulle'").fetchall()
        assert seen, "the bulle's session is there"
        assert canari not in str(seen)
        if admin.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'").fetchone():
            try:
                known = web.execute("SELECT query FROM pg_stat_statements").fetchall()
            except (errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState):
                known = []
            assert canari not in str(known)


@pytest.fixture
def superuser(admin: psycopg.Connection[Any]) -> None:
    """What follows only a superuser can set up: on a server where we are none, it is the operator's (docs/exploitation.md)."""
    if admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() != (True,):
        pytest.skip("the administrator of this server is no superuser")


def test_counters_sizes_and_locks_do_not_tell_when_the_bulle_writes(
    superuser: None, admin: psycopg.Connection[Any], web: psycopg.Connection[Any]
) -> None:
    """Polled each second, they would date a request for a soutien, which nothing else outside does."""
    (oid,) = [oid for oid, name in _medical(admin, "r") if name == "medical_soutien"]
    functions = [
        name
        for (name,) in admin.execute(
            r"""SELECT p.oid::regproc::text FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
                AND (p.proname LIKE 'pg\_stat\_get\_%' OR p.proname ~ '^pg_(relation|table|indexes|total_relation)_size$')
                AND p.proargtypes[0] IN ('oid'::regtype, 'regclass'::regtype) AND p.pronargs = 1"""
        ).fetchall()
    ]
    assert {"pg_stat_get_tuples_inserted", "pg_stat_get_live_tuples", "pg_total_relation_size"} <= set(functions)
    for function in functions:
        with pytest.raises(errors.InsufficientPrivilege):
            web.execute(f"SELECT {function}({oid})")
    for view in ("pg_stat_all_tables", "pg_stat_user_indexes", "pg_stat_xact_all_tables", "pg_statio_all_sequences", "pg_locks"):
        with pytest.raises(errors.InsufficientPrivilege):
            web.execute(sql.SQL("TABLE {}").format(sql.Identifier(view)))
    if admin.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'").fetchone():
        with pytest.raises(errors.InsufficientPrivilege):
            web.execute("SELECT calls FROM pg_stat_statements")


def test_the_servers_own_log_keeps_no_statement_and_no_row(superuser: None, bulle_dsn: str, web_dsn: str) -> None:
    """A refused insert would be written there with its values: whose soutien it is, in which programme."""
    provision_cluster(base.conninfo("DATABASE_ADMIN_URL", "postgres"), {})
    for dsn in (bulle_dsn, web_dsn):
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SHOW log_min_error_statement").fetchone() == ("panic",)
            assert connection.execute("SHOW log_error_verbosity").fetchone() == ("terse",)


# -- the process and the store -------------------------------------------------------------------------------------------------

SETTINGS = "\n".join(
    (
        "import project.settings as settings",
        "for name in dir(settings):",
        "    print(name, repr(getattr(settings, name)) if name.isupper() else '')",
    )
)
SECRETS = {
    "VIGIE_MEDICAL_KEYS": "essai:Y2FuYXJpY2FuYXJpY2FuYXJpY2FuYXJpY2FuYXJpMDA=",
    "VIGIE_SECRET_KEY_BULLE": "canariSignature0123456789abcdefghijklmnopqrstuvwxyz",
    "S3_MEDICAL_ACCESS_KEY_ID": "canariAcces",
    "S3_MEDICAL_SECRET_ACCESS_KEY": "canariSecret",
    "DATABASE_BULLE_URL": "postgres://vigie_bulle:canariBase@base.example/vigie",
}


def test_the_webs_settings_hold_no_key_and_no_credential(tmp_path: Path) -> None:
    """Even where its machine's environment names them all, the web's process does not read them; the bulle's does."""
    variables = PRODUCTION | SECRETS
    web, bulle = (_settings_of(tmp_path, process, **variables) for process in ("web", "bulle"))
    for secret in SECRETS.values():
        word = "canariBase" if "canariBase" in secret else secret
        assert word in bulle, "the search would find it"
        assert word not in web
    assert "MEDICAL_KEYS []" in web
    assert "S3_MEDICAL_ACCESS_KEY_ID ''" in web and "S3_MEDICAL_ENDPOINT_URL ''" in web


def _settings_of(tmp_path: Path, process: str, **variables: str) -> str:
    home = {"PATH": os.environ["PATH"], "VIGIE_HOME": str(tmp_path), "VIGIE_ENV_FILE": os.devnull, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS], env=home | variables | {"VIGIE_PROCESS": process}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_webs_process_has_no_ring() -> None:
    with pytest.raises(CleIndisponible):
        trousseau().wrap(b"0" * 32, b"essai")
    with pytest.raises(CleIndisponible):
        trousseau().unwrap("test", b"0" * 60, b"essai")


def _client(endpoint: str, key: str, secret: str) -> Any:
    credentials: dict[str, Any] = {"aws_access_key_id": key, "aws_secret_access_key": secret}
    return boto3.client("s3", endpoint_url=endpoint, region_name=django_settings.S3_REGION, config=CLIENT, **credentials)


def test_the_webs_store_credentials_open_nothing_medical(buckets: None) -> None:
    medical = base.bulle_settings()
    bucket = os.environ.get("S3_MEDICAL_BUCKET") or django_settings.S3_MEDICAL_BUCKET
    own = _client(
        medical["S3_MEDICAL_ENDPOINT_URL"], medical["S3_MEDICAL_ACCESS_KEY_ID"], medical["S3_MEDICAL_SECRET_ACCESS_KEY"]
    )  # fmt: skip
    own.put_object(Bucket=bucket, Key="essai", Body=b"chiffre")
    try:
        assert own.get_object(Bucket=bucket, Key="essai")["Body"].read() == b"chiffre"
        stranger = _client(medical["S3_MEDICAL_ENDPOINT_URL"], django_settings.S3_ACCESS_KEY_ID, django_settings.S3_SECRET_ACCESS_KEY)
        for act, arguments in (
            ("list_objects_v2", {}), ("get_object", {"Key": "essai"}), ("head_object", {"Key": "essai"}),
            ("put_object", {"Key": "essai", "Body": b"autre"}), ("delete_object", {"Key": "essai"}),
        ):  # fmt: skip
            with pytest.raises(ClientError) as refused:
                getattr(stranger, act)(Bucket=bucket, **arguments)
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403, act
        # The web's own store does not serve that bucket either, whatever name one tries.
        home = _client(django_settings.S3_ENDPOINT_URL, django_settings.S3_ACCESS_KEY_ID, django_settings.S3_SECRET_ACCESS_KEY)
        with pytest.raises(ClientError):
            home.get_object(Bucket=bucket, Key="essai")
        assert own.get_object(Bucket=bucket, Key="essai")["Body"].read() == b"chiffre"
    finally:
        own.delete_object(Bucket=bucket, Key="essai")
