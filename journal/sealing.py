"""The sealer: chains, some seconds after they were written, the entries that no earlier one can join any more.

Writers never wait for one another: nothing is chained while writing. An entry carries the id of the transaction that wrote it
(`xid`); every transaction below `pg_snapshot_xmin` has ended, and those to come get higher ids. So the entries below that mark,
ordered by (xid, id), are a sequence to which only the end can be added, and that is what gets chained.

One sealer works at a time: a second one finds the advisory lock taken and leaves.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from journal import anchors
from journal.models import Sceau
from journal.rules import COLUMNS, EMPTY, Tete, link

logger = logging.getLogger(__name__)

LOCK = 0x56494749  # « VIGI »: the sealer's advisory lock
BATCH = 2000
BATCHES_PER_ROUND = 200

EXPRESSIONS = ", ".join(f"e.{name}::text::bigint" if name == "xid" else f"e.{name}" for name in COLUMNS)

HEAD = """
SELECT s.rang, s.empreinte, e.xid::text::bigint, e.id
FROM journal_sceau s JOIN journal_entree e ON e.id = s.entree_id
ORDER BY s.rang DESC LIMIT 1
"""

NEXT = f"""
SELECT {EXPRESSIONS} FROM journal_entree e
WHERE (e.xid, e.id) > (%s::text::xid8, %s) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.xid, e.id LIMIT %s
"""  # noqa: S608 -- names of columns, all ours


class CompteurRecule(Exception):
    """The server's transaction counter is behind what has been recorded: the database was restored by a logical copy.

    New rows would pass for old ones. docs/journal.md says how to move the counter on; until then nothing is sealed or consumed.
    """

    def __init__(self, xid: int) -> None:
        super().__init__(
            f"Le compteur de transactions du serveur est en deçà de {xid}, déjà enregistré : base restaurée par copie logique ? "
            "Voir docs/journal.md, « Restaurer »."
        )


@dataclass(frozen=True)
class Bilan:
    """What a round did: `scelles` entries chained, `occupe` when another sealer was at work, the `tete` it left."""

    scelles: int
    occupe: bool
    tete: Tete


def read_head() -> Tete:
    """The end of the chain, as committed."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        row = cursor.fetchone()
    return EMPTY if row is None else Tete(rang=row[0], empreinte=bytes(row[1]), xid=row[2], entree_id=row[3])


def check_counter(xid: int) -> None:
    """Raise CompteurRecule when the server has not yet reached the transaction `xid` that we hold a trace of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot())", [xid])
        if cursor.fetchone()[0]:
            raise CompteurRecule(xid)


def sceller(*, lot: int = BATCH) -> Bilan:
    """Chain what can be, in transactions of `lot` entries, then anchor the head outside the database.

    Safe to run twice and at once. The anchor follows the commit: a crash between the two is mended by the next round, which
    anchors the head it finds. Raises CompteurRecule.
    """
    total = 0
    for _ in range(BATCHES_PER_ROUND):
        scelles = _seal_batch(lot)
        if scelles is None:
            return Bilan(scelles=total, occupe=True, tete=read_head())
        total += scelles
        if scelles < lot:
            break
    tete = read_head()
    anchors.ancrer(tete)
    return Bilan(scelles=total, occupe=False, tete=tete)


def _seal_batch(lot: int) -> int | None:
    """Chain at most `lot` entries in one transaction. None when another sealer holds the lock."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        tete = read_head()
        check_counter(tete.xid)
        cursor.execute(NEXT, [str(tete.xid), tete.entree_id, lot])
        entrees: list[tuple[Any, ...]] = cursor.fetchall()
        scelle_le = timezone.now()
        sceaux, precedent = [], tete.empreinte
        for rang, entree in enumerate(entrees, start=tete.rang + 1):
            empreinte = link(precedent, rang, scelle_le, entree)
            sceaux.append(Sceau(rang=rang, entree_id=entree[0], precedent=precedent, empreinte=empreinte, scelle_le=scelle_le))
            precedent = empreinte
        Sceau.objects.bulk_create(sceaux)
    if sceaux:
        logger.info("journal scelle", extra={"scelles": len(sceaux), "rang": sceaux[-1].rang})
    return len(sceaux)
