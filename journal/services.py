"""Writing to the journal and the outbox. Both happen inside the caller's transaction, or not at all."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from django.conf import settings
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from journal.models import Evenement

SYSTEME = "système"


class Acteur(Protocol):
    """Whoever acts: an account, or None for the system itself."""

    pk: Any

    def get_full_name(self) -> str: ...


def digest_of(donnees: dict[str, Any], sel: bytes) -> bytes:
    """SHA-256 over the salt and the canonical JSON (sorted keys, no spaces, UTF-8) of a payload: 32 bytes."""
    canonical = json.dumps(donnees, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(sel + canonical).digest()


def _refuse_float(text: str) -> None:
    raise ValueError(f"A journal payload holds amounts as texts: {text}")


@dataclass(frozen=True)
class Objet:
    """What an entry or an event is about; `donnees` must be JSON as it stands (dates and amounts as strings), without a medical value."""

    objet_type: str
    objet_id: int
    sinistre_id: int | None = None
    donnees: dict[str, Any] | None = None


APPEND = """WITH entree AS (
        INSERT INTO journal_entree
            (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id)
    INSERT INTO journal_contenu (entree_id, donnees, sel) SELECT id, %s::jsonb, %s FROM entree"""


APPEND_ALL = """WITH ligne AS (
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::text[], %s::bytea[])
            WITH ORDINALITY AS l (objet_id, sinistre_id, empreinte, donnees, sel, rang)),
    entree AS (
        INSERT INTO journal_entree
            (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)
        SELECT %s, %s, %s, %s, %s, %s, objet_id, sinistre_id, '', empreinte FROM ligne ORDER BY rang RETURNING id, empreinte)
    INSERT INTO journal_contenu (entree_id, donnees, sel)
    SELECT entree.id, ligne.donnees::jsonb, ligne.sel FROM entree JOIN ligne USING (empreinte)"""
"""Many entries in one statement. An entry finds its payload by its digest, which holds sixteen random bytes."""

TELL_ALL = """INSERT INTO journal_evenement (le, type, objet_type, objet_id, sinistre_id, donnees)
    SELECT %s, %s, %s, objet_id, sinistre_id, donnees::jsonb
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) WITH ORDINALITY AS l (objet_id, sinistre_id, donnees, rang) ORDER BY rang"""


def consigner(
    *,
    acteur: Acteur | None,
    action: str,
    objet_type: str,
    objet_id: int,
    sinistre_id: int | None = None,
    motif: str = "",
    donnees: dict[str, Any] | None = None,
) -> None:
    """Append one journal entry with its payload, in one statement.

    Raises ValueError for a number that is not whole: the database may give it back in other digits, and its digest would differ.
    Raises TransactionManagementError outside a transaction: an act and its entry commit together or not at all.
    """
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(APPEND, _entry(acteur, action, Objet(objet_type, objet_id, sinistre_id, donnees), motif))


def consigner_tous(*, acteur: Acteur | None, action: str, objets: Sequence[Objet]) -> None:
    """One entry for each object of one act, in their order, in one statement for each type of object. Raises as `consigner`."""
    _require_transaction()
    for objet_type, siens in groupby(objets, key=lambda objet: objet.objet_type):
        lignes = [(objet.objet_id, objet.sinistre_id, *_payload(objet)) for objet in siens]
        with connection.cursor() as cursor:
            cursor.execute(APPEND_ALL, [*_columns(lignes), timezone.now(), *_author(acteur), settings.PROCESS, action, objet_type])


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("A journal entry is written inside the transaction of the act it records.")


def _entry(acteur: Acteur | None, action: str, objet: Objet, motif: str) -> list[Any]:
    empreinte, donnees, sel = _payload(objet)
    return [
        timezone.now(),
        *_author(acteur),
        settings.PROCESS,
        action,
        objet.objet_type,
        objet.objet_id,
        objet.sinistre_id,
        motif,
        empreinte,
        donnees,
        sel,
    ]


def _payload(objet: Objet) -> tuple[bytes, str, bytes]:
    """The digest of its payload, the payload as JSON, and its salt. Raises ValueError."""
    # What the database will give back: keys are texts, tuples are lists.
    donnees = json.loads(json.dumps(objet.donnees or {}), parse_float=_refuse_float)
    sel = secrets.token_bytes(16)
    return digest_of(donnees, sel), json.dumps(donnees, ensure_ascii=False), sel


def _author(acteur: Acteur | None) -> tuple[Any, str]:
    return (acteur.pk, acteur.get_full_name()[:150]) if acteur is not None else (None, SYSTEME)


def _columns(lignes: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(colonne) for colonne in zip(*lignes, strict=True)]


def annoncer(*, type: str, objet_type: str, objet_id: int, sinistre_id: int | None = None, donnees: dict[str, Any] | None = None) -> None:
    """Append one event to the outbox, in the caller's transaction. Payload: ids and codes only, never a name."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("An event is announced inside the transaction of the act it tells.")
    Evenement.objects.create(
        le=timezone.now(), type=type, objet_type=objet_type, objet_id=objet_id, sinistre_id=sinistre_id, donnees=donnees or {}
    )


def annoncer_tous(*, type: str, objets: Sequence[Objet], dits: Sequence[dict[str, Any]] | None = None) -> None:
    """One event for each object, in their order, in one statement for each type of object. Of their data, ids alone are told; `dits` has
    what each event carries beside them, in the same order: ids and codes only."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("An event is announced inside the transaction of the act it tells.")
    avec = list(zip(objets, dits if dits is not None else [{} for _ in objets], strict=True))
    for objet_type, siens in groupby(avec, key=lambda un: un[0].objet_type):
        lignes = [(objet.objet_id, objet.sinistre_id, json.dumps(dit, ensure_ascii=False)) for objet, dit in siens]
        with connection.cursor() as cursor:
            cursor.execute(TELL_ALL, [timezone.now(), type, objet_type, *_columns(lignes)])
