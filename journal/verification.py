"""Reading the whole journal again, to tell whether somebody rewrote it.

It goes page by page, each page a statement of its own: a long transaction would hold back the sealer and every consumer, which
wait for the oldest one running. What is sealed never changes, so a verification of the part sealed when it started needs no
common snapshot.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from journal.anchors import Ancre, AncreIllisible
from journal.rules import COLUMNS, GENESIS, link
from journal.sealing import EXPRESSIONS, read_head
from journal.services import digest_of

PAGE = 5000

SEALED = f"""
SELECT s.rang, s.precedent, s.empreinte, s.scelle_le, s.entree_id, c.donnees::text, c.sel, {EXPRESSIONS}
FROM journal_sceau s
LEFT JOIN journal_entree e ON e.id = s.entree_id
LEFT JOIN journal_contenu c ON c.entree_id = s.entree_id
WHERE s.rang > %s AND s.rang <= %s ORDER BY s.rang LIMIT %s
"""  # noqa: S608 -- names of columns, all ours

UNSEALED = """
SELECT e.id, e.le, (e.xid, e.id) <= (%s::text::xid8, %s), e.xid >= pg_snapshot_xmax(pg_current_snapshot())
FROM journal_entree e LEFT JOIN journal_sceau s ON s.entree_id = e.id
WHERE e.id > %s AND e.id <= %s AND s.rang IS NULL ORDER BY e.id
"""

ID_PAGE = "SELECT max(id) FROM (SELECT id FROM journal_entree WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS page"
MIN_ID = -(2**63)


@dataclass(frozen=True)
class Constat:
    """One thing that is wrong: the rang in the chain or the entry's id where there is one, and a French sentence."""

    message: str
    rang: int | None = None
    entree_id: int | None = None

    def __str__(self) -> str:
        ou = [f"rang {self.rang}"] if self.rang is not None else []
        ou += [f"entrée {self.entree_id}"] if self.entree_id is not None else []
        return f"{', '.join(ou)}\u00a0: {self.message}" if ou else self.message


@dataclass
class Verification:
    """Run `constats()` to its end, then read the counts: seals checked, payloads erased by retention, entries not yet sealed."""

    ancres: Iterable[Ancre | AncreIllisible] = ()
    sceaux: int = 0
    effaces: int = 0
    en_attente: int = 0
    attente_depuis: dt.datetime | None = None
    ancres_lues: int = 0
    _anchored: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def constats(self) -> Iterator[Constat]:
        """Every finding, in the order of reading. Anchors are read before the head, so that none can be newer than it."""
        yield from self._read_anchors()
        head = read_head()
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(id) FROM journal_entree")
            last_id = cursor.fetchone()[0]
        yield from self._chain(head.rang)
        yield from self._missing_anchors(head.rang)
        if last_id is not None:
            yield from self._unsealed(head.xid, head.entree_id, last_id)

    # -- the chain ---------------------------------------------------------------------------------------------------------

    def _chain(self, until: int) -> Iterator[Constat]:
        expected, order = GENESIS, (0, 0)
        rang = 0
        while page := self._page(rang, until):
            for row in page:
                if row[0] != rang + 1:
                    missing = f"le sceau {rang + 1} manque" if row[0] == rang + 2 else f"les sceaux {rang + 1} à {row[0] - 1} manquent"
                    yield Constat(f"{missing}.", rang=row[0])
                yield from self._seal(row, expected)
                position = (row[8], row[7]) if row[7] is not None else order
                if row[7] is not None and position <= order:
                    yield Constat("entrée déplacée\u00a0: elle précède celle du sceau d’avant.", rang=row[0], entree_id=row[4])
                rang, expected, order = row[0], bytes(row[2]), position
                self.sceaux += 1

    def _page(self, after: int, until: int) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(SEALED, [after, until, PAGE])
            return list(cursor.fetchall())

    def _seal(self, row: tuple[Any, ...], expected: bytes) -> Iterator[Constat]:
        rang, precedent, empreinte, scelle_le, entree_id, donnees, sel, *entree = row
        precedent, empreinte = bytes(precedent), bytes(empreinte)
        if precedent != expected:
            yield Constat("le sceau ne suit pas le précédent.", rang=rang, entree_id=entree_id)
        yield from self._check_anchor(rang, empreinte)
        if entree[0] is None:
            yield Constat("entrée supprimée.", rang=rang, entree_id=entree_id)
            return
        if link(precedent, rang, scelle_le, tuple(entree)) != empreinte:
            yield Constat("entrée ou sceau modifié.", rang=rang, entree_id=entree_id)
        if donnees is None:
            self.effaces += 1
        elif digest_of(json.loads(donnees), bytes(sel)) != bytes(entree[COLUMNS.index("empreinte")]):
            yield Constat("contenu modifié.", rang=rang, entree_id=entree_id)

    # -- anchors -----------------------------------------------------------------------------------------------------------

    def _read_anchors(self) -> Iterator[Constat]:
        for ancre in self.ancres:
            if isinstance(ancre, AncreIllisible):
                yield Constat(f"ancre illisible ({ancre.ou}).")
            else:
                self.ancres_lues += 1
                self._anchored[ancre.rang].add((ancre.empreinte, f"{ancre.ou}, {ancre.le}"))

    def _check_anchor(self, rang: int, empreinte: bytes) -> Iterator[Constat]:
        for anchored, ou in sorted(self._anchored.pop(rang, ())):
            if anchored != empreinte.hex():
                yield Constat(f"la chaîne contredit l’ancre ({ou})\u00a0: elle a été réécrite.", rang=rang)

    def _missing_anchors(self, last: int) -> Iterator[Constat]:
        """Anchors that no seal answered: the tail was cut off after they were written (or that very seal is missing)."""
        for rang in sorted(self._anchored):
            for _, ou in sorted(self._anchored[rang]):
                why = f"queue coupée\u00a0: la chaîne s’arrête au rang {last}" if rang > last else "sceau ancré mais absent"
                yield Constat(f"{why} ({ou}).", rang=rang)

    # -- what is not sealed ------------------------------------------------------------------------------------------------

    def _unsealed(self, xid: int, entree_id: int, last_id: int) -> Iterator[Constat]:
        """Entries without a seal: those behind the sealer's horizon were slipped in, for it has passed there for good."""
        for start, end in self._id_pages(last_id):
            with connection.cursor() as cursor:
                cursor.execute(UNSEALED, [str(xid), entree_id, start, end])
                rows = cursor.fetchall()
            for pk, le, behind, ahead in rows:
                if behind:
                    yield Constat("entrée insérée après coup\u00a0: le scellement était déjà passé par là.", entree_id=pk)
                elif ahead:
                    yield Constat("entrée forgée\u00a0: sa transaction n’existe pas encore.", entree_id=pk)
                else:
                    self.en_attente += 1
                    self.attente_depuis = min(le, self.attente_depuis or le)

    def _id_pages(self, last_id: int) -> Iterator[tuple[int, int]]:
        """Bounds of ids ]start, end] that hold PAGE entries each, from the lowest: a forged id may well be negative."""
        start = MIN_ID
        while start < last_id:
            with connection.cursor() as cursor:
                cursor.execute(ID_PAGE, [start, last_id, PAGE])
                end = cursor.fetchone()[0]
            yield start, end
            start = end
