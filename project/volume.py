"""A million sinistres in minutes: rows made inside PostgreSQL, for measures of speed only.

Everything hangs from one contract and from collectivités named « Volume … », so that the rows can be told from real ones. Triggers are
off and secondary indexes and foreign keys down while the rows go in; putting them back checks every row, so that what the loader
leaves satisfies every constraint of the schema. One transaction: a load cut short leaves nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from project.demonstration.donnees import FEMMES, HOMMES, NOMS
from project.demonstration.socle import siret
from project.volume_sql import STEPS, TABLES

CONTRAT = "VOLUME"
PER_COLLECTIVITE = 500
DOMAIN = "volume.example"


class DejaCharge(Exception):
    """The volume is there already. The message is French."""


@dataclass(frozen=True)
class Debit:
    """What one step did: its table, its rows, its seconds."""

    table: str
    lignes: int
    secondes: float

    def __str__(self) -> str:
        rythme = self.lignes / self.secondes if self.secondes else 0
        return f"{self.table:<28} {self.lignes:>10,} lignes {self.secondes:>7.1f} s {rythme:>10,.0f} lignes/s".replace(",", "\u202f")


def load(connection: psycopg.Connection[Any], nombre: int, *, journal: bool, dire: Callable[[str], None]) -> list[Debit]:
    """Load `nombre` sinistres through the owner's connection, which must be outside a transaction, in autocommit.

    The lists of pièces are loaded already. Raises DejaCharge. Returns what each step did.
    """
    debits: list[Debit] = []
    # A cursor of psycopg's own: a connection lent by Django reads rows otherwise.
    with connection.transaction(), psycopg.Cursor(connection) as cursor:
        cursor.execute("SELECT 1 FROM contracts_contratgroupe WHERE numero = %s", [CONTRAT])
        if cursor.fetchone():
            raise DejaCharge("Le volume est déjà chargé dans cette base.")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL work_mem = '64MB'")
        _prepare(cursor, nombre)
        debout = _Schema(cursor)
        debout.take_down()
        for table, requete in STEPS:
            if table.startswith("journal_") and not journal:
                continue
            depart = time.monotonic()
            cursor.execute(requete)
            debits.append(Debit(table, max(cursor.rowcount, 0), time.monotonic() - depart))
            dire(str(debits[-1]))
        depart = time.monotonic()
        _advance_sequences(cursor, nombre)
        debout.put_back()
        dire(f"Index et clés étrangères remis en {time.monotonic() - depart:.1f} s.")
    depart = time.monotonic()
    for table in TABLES:
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
    dire(f"VACUUM ANALYZE en {time.monotonic() - depart:.1f} s.")
    return debits


def _prepare(cursor: psycopg.Cursor[Any], nombre: int) -> None:
    """Parameters and vocabulary as temporary tables, then the few rows that are not worth a formula."""
    collectivites = max(5, nombre // PER_COLLECTIVITE)
    cursor.execute("CREATE TEMP TABLE volume (cle text PRIMARY KEY, valeur bigint NOT NULL) ON COMMIT DROP")
    for cle, valeur in (("n", nombre), ("agents", max(1, nombre // 2)), ("collectivites", collectivites)):
        cursor.execute("INSERT INTO volume VALUES (%s, %s)", [cle, valeur])
    for table in TABLES:
        cursor.execute(
            sql.SQL("INSERT INTO volume SELECT {}, coalesce(max(id), 0) FROM {}").format(sql.Literal(table), sql.Identifier(table))
        )
    cursor.execute("INSERT INTO volume SELECT 'numero', nextval('sinistre_numero_seq')")
    cursor.execute("INSERT INTO volume SELECT 'bordereau', nextval('bordereau_numero_seq')")
    cursor.execute("CREATE FUNCTION pg_temp.v(text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT valeur FROM volume WHERE cle = $1'")
    # Knuth's multiplicative hash: rows look drawn at random, and are the same each time.
    cursor.execute("CREATE FUNCTION pg_temp.h(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT ($1 * 2654435761) % 4294967296'")
    for table, mots in (("volume_noms", NOMS), ("volume_prenoms", FEMMES + HOMMES)):
        cursor.execute(f"CREATE TEMP TABLE {table} (rang bigint PRIMARY KEY, mot text NOT NULL) ON COMMIT DROP")
        cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s)", list(enumerate(mots)))  # noqa: S608 names of ours
    cursor.executemany(
        "INSERT INTO accounts_collectivite (siret, nom, departement, email) VALUES (%s, %s, '34', '')",
        [(siret(f"9{rang:07d}", 1), f"Volume {rang:05d}") for rang in range(1, collectivites + 1)],
    )
    cursor.execute(
        "INSERT INTO accounts_organisme (genre, nom, siret) VALUES ('ASSUREUR', 'Volume assurances', %s)", [siret("90000000", 1)]
    )


class _Schema:
    """Secondary indexes, foreign keys, exclusion constraints and triggers of the loaded tables: taken down, put back as they were."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self.cursor = cursor
        self.contraintes = cursor.execute(
            """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
               WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('f', 'x') ORDER BY contype DESC, conname""",
            [list(TABLES)],
        ).fetchall()
        self.index = cursor.execute(
            """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
               WHERE i.indrelid = ANY (%s::regclass[]) AND NOT i.indisunique
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid) ORDER BY 1""",
            [list(TABLES)],
        ).fetchall()

    def take_down(self) -> None:
        for table, nom, _ in self.contraintes:
            self.cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{nom}"')
        for nom, _ in self.index:
            self.cursor.execute(f"DROP INDEX {nom}")
        for table in TABLES:
            self.cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))

    def put_back(self) -> None:
        for table in TABLES:
            self.cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
        for _, definition in self.index:
            self.cursor.execute(definition)
        for table, nom, definition in self.contraintes:
            self.cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{nom}" {definition}')


def _advance_sequences(cursor: psycopg.Cursor[Any], nombre: int) -> None:
    for table in TABLES:
        cursor.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), greatest((SELECT max(id) FROM {}), 1))").format(
                sql.Literal(table), sql.Identifier(table)
            )
        )
    cursor.execute("SELECT setval('sinistre_numero_seq', pg_temp.v('numero') + %s)", [nombre])
    cursor.execute("SELECT setval('bordereau_numero_seq', pg_temp.v('bordereau') + pg_temp.v('collectivites'))")
