"""How far sealing and the consumers of events have come: what health pages show. Counts only, nothing of a dossier."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from journal.models import Curseur, EvenementEcarte
from journal.outbox import registered
from journal.sealing import read_head

BOUND = 1000


@dataclass(frozen=True)
class EtatScellement:
    """`rang` seals in the chain; `en_attente` entries not yet sealed (BOUND + 1 when more), the oldest written at `depuis`."""

    rang: int
    en_attente: int
    depuis: dt.datetime | None


@dataclass(frozen=True)
class EtatConsommateur:
    """`en_attente` events ahead of the cursor (BOUND + 1 when more), failures on the next one, events parked."""

    nom: str
    en_attente: int
    depuis: dt.datetime | None
    tentatives: int
    erreur: str
    ecartes: int

    @property
    def degrade(self) -> bool:
        return self.ecartes > 0 or self.tentatives > 0


def etat_du_scellement() -> EtatScellement:
    tete = read_head()
    en_attente, depuis = _after("journal_entree", tete.xid, tete.entree_id)
    return EtatScellement(tete.rang, en_attente, depuis)


def etat_des_consommateurs() -> list[EtatConsommateur]:
    """One row per registered consumer, also before its first round, by name."""
    curseurs = Curseur.objects.in_bulk(list(registered()))
    parked = dict(EvenementEcarte.objects.filter(traite_le__isnull=True).values("nom").annotate(n=Count("pk")).values_list("nom", "n"))
    found = []
    for nom in sorted(registered()):
        curseur = curseurs.get(nom) or Curseur(nom=nom)
        en_attente, depuis = _after("journal_evenement", curseur.xid, curseur.evenement_id)
        found.append(EtatConsommateur(nom, en_attente, depuis, curseur.tentatives, curseur.erreur, parked.get(nom, 0)))
    return found


def _after(table: str, xid: int, pk: int) -> tuple[int, dt.datetime | None]:
    """How many rows of `table` come after (xid, pk), BOUND + 1 at most, and the oldest instant among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), min(le) FROM (SELECT le FROM {table} WHERE (xid, id) > (%s::text::xid8, %s)"  # noqa: S608
            " ORDER BY xid, id LIMIT %s) AS suite",
            [str(xid), pk, BOUND + 1],
        )
        count, le = cursor.fetchone()
    return int(count), le
