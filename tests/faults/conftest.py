"""Faults at a chosen statement, and a picture of the whole database to compare with."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.db import DatabaseError, connection

IGNORED = {"django_session", "django_migrations"}


class Fault(DatabaseError):
    """What the database says at the statement we chose."""


def picture(*, but: frozenset[str] = frozenset(), schema: str = "public") -> dict[str, str]:
    """A digest of every row of every table of this schema, by table: the login must be allowed to read it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
        name, prepare = _digests(schema, tuple(table for (table,) in cursor.fetchall() if table not in IGNORED | but))
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(prepare)
        cursor.execute(f"EXECUTE {name}")
        return dict(cursor.fetchall())


@functools.cache
def _digests(schema: str, tables: tuple[str, ...]) -> tuple[str, str]:
    """One statement for all, its name and how it is prepared: a hundred tables take the server longer to plan than to read."""
    every_row = "coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\"), '')"
    asked = " UNION ALL ".join(
        f"SELECT '{table}', encode(sha256(convert_to({every_row}, 'UTF8')), 'hex') FROM {schema}.\"{table}\" t" for table in tables
    )
    name = f"picture_{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
    return name, f"PREPARE {name} AS {asked}"


def count_statements(act: Callable[[], object]) -> int:
    """How many statements `act` sends, savepoints included; what it did is rolled back by the caller."""
    sent = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counting):
        act()
    return sent


@contextlib.contextmanager
def fault_at(rank: int, *, after: bool) -> Iterator[None]:
    """Raise at the `rank`-th statement (from 1): before it reaches the database, or `after` it has done its work there.

    Only the first one fails: what the code does afterwards (rolling back, journaling a refusal) reaches the database.
    """
    sent = 0

    def failing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == rank:
            if after and not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):  # those are the transaction's own
                execute(sql, params, many, context)
            raise Fault(f"fault at statement {rank}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(failing):
        yield
