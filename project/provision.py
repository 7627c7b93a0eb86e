"""Logins, grants and schemas: the separation that must hold against a stolen password. Safe to run again and again.

NOLOGIN owners `vigie_tables` and `vigie_medical`; logins `vigie_owner` (migrations), `vigie_web`, `vigie_bulle`.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

OWNERS = ("vigie_tables", "vigie_medical")
LOGINS = ("vigie_owner", "vigie_web", "vigie_bulle")
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist", "citext")
OPTIONAL_EXTENSIONS = ("pg_stat_statements",)

DISCREET_LOG = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
"""For our logins, in the server's own log: an error's code and message, never the statement or the row, whose values name people."""

# What tells anybody, table by table, that the bulle has just written: its counters, sizes and locks (docs/decisions/0016).
DISCREET_CATALOGUE = """
DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND (
      (p.proname LIKE 'pg\\_stat\\_get\\_%' AND p.proargtypes[0] = 'oid'::regtype)
      OR p.proname IN ('pg_lock_status', 'pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size'))
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor', f);
  END LOOP;
  IF to_regclass('pg_stat_statements') IS NOT NULL THEN
    REVOKE ALL ON pg_stat_statements FROM PUBLIC;
    GRANT SELECT ON pg_stat_statements TO pg_monitor;
  END IF;
END $$;
"""

# {0} is the database. Written so that the owner of the database may run it too, where an administrator made the roles.
DATABASE_SQL = """
REVOKE ALL ON DATABASE {0} FROM PUBLIC;
GRANT CONNECT ON DATABASE {0} TO vigie_owner, vigie_web, vigie_bulle;
GRANT TEMPORARY ON DATABASE {0} TO vigie_owner, vigie_tables, vigie_medical;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO vigie_tables;
GRANT USAGE ON SCHEMA public TO vigie_owner, vigie_medical, vigie_web, vigie_bulle;

CREATE SCHEMA IF NOT EXISTS medical AUTHORIZATION vigie_medical;
REVOKE ALL ON SCHEMA medical FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA medical TO vigie_tables;
GRANT USAGE ON SCHEMA medical TO vigie_owner, vigie_bulle;

ALTER DEFAULT PRIVILEGES FOR ROLE vigie_tables IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO vigie_web, vigie_bulle;
ALTER DEFAULT PRIVILEGES FOR ROLE vigie_tables IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO vigie_web, vigie_bulle;
ALTER DEFAULT PRIVILEGES FOR ROLE vigie_tables IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE, REFERENCES ON TABLES TO vigie_medical;
ALTER DEFAULT PRIVILEGES FOR ROLE vigie_tables IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO vigie_medical;
ALTER DEFAULT PRIVILEGES FOR ROLE vigie_tables IN SCHEMA medical
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO vigie_bulle;
ALTER DEFAULT PRIVILEGES FOR ROLE vigie_tables IN SCHEMA medical
  GRANT USAGE, SELECT ON SEQUENCES TO vigie_bulle;
ALTER DEFAULT PRIVILEGES FOR ROLE vigie_medical IN SCHEMA medical
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO vigie_bulle;
ALTER DEFAULT PRIVILEGES FOR ROLE vigie_medical IN SCHEMA medical
  GRANT USAGE, SELECT ON SEQUENCES TO vigie_bulle;
"""


def _connect(dsn: str, database: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(psycopg.conninfo.make_conninfo(dsn, **({"dbname": database} if database else {})), autocommit=True)


def provision_cluster(dsn: str, passwords: Mapping[str, str]) -> None:
    """Create the roles, set the passwords. Needs an administrator of the server."""
    with _connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('vigie.provision'))")
        for role in (*OWNERS, *LOGINS):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            name = sql.Identifier(role)
            if known is None:
                connection.execute(sql.SQL("CREATE ROLE {}").format(name))
            login = sql.SQL("LOGIN" if role in LOGINS else "NOLOGIN")
            connection.execute(
                sql.SQL("ALTER ROLE {} {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS").format(name, login)
            )
            if role in passwords:
                connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(passwords[role])))
        connection.execute("GRANT vigie_tables, vigie_medical TO vigie_owner")
        for role in LOGINS:
            for setting, value in DISCREET_LOG.items():
                _if_allowed(connection, sql.SQL("ALTER ROLE {} SET {} = {}").format(*map(sql.Identifier, (role, setting)), value))


def provision_database(dsn: str, database: str) -> None:
    """Create the database when it is missing, its schemas, extensions and default grants."""
    with _connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('vigie.provision'))")
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(database)))
    with _connect(dsn, database) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('vigie.provision'))")
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        for extension in OPTIONAL_EXTENSIONS:
            _if_allowed(connection, sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        connection.execute(sql.SQL(DATABASE_SQL).format(sql.Identifier(database)))
        _if_allowed(connection, sql.SQL(DISCREET_CATALOGUE))


def _if_allowed(connection: psycopg.Connection[tuple[object, ...]], statement: sql.SQL | sql.Composed) -> None:
    """What only a superuser may do, where we are one; elsewhere the operator does it (docs/exploitation.md)."""
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.Error:
        pass
