"""The bulle's copies of the libraries' tables must follow the libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection

DIFFERENCES = """
WITH colonnes AS (
    SELECT n.nspname AS schema, c.relname AS nom, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attidentity
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND n.nspname IN ('public', 'medical')),
doubles AS (SELECT nom FROM colonnes GROUP BY nom HAVING count(DISTINCT schema) = 2)
SELECT DISTINCT nom FROM colonnes NATURAL JOIN doubles
GROUP BY nom, attname, type, attnotnull, attidentity HAVING count(*) <> 2 ORDER BY nom
"""


def tables_that_differ() -> list[str]:
    """Names of tables whose columns are not the same in `medical` as in `public`."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES)
        return [name for (name,) in cursor.fetchall()]


@register(Tags.database)
def shadows_follow(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A warning and not an error: `migrate` runs this before the migration that puts things right."""
    if not databases or settings.PROCESS == "web":
        return []
    return [
        Warning(
            f"La table medical.{name} n'a plus les colonnes de public.{name}.",
            hint="Une bibliothèque a changé sa table : écrivez la même migration pour la bulle (ADR 0012).",
            id="accounts.W001",
        )
        for name in tables_that_differ()
    ]
