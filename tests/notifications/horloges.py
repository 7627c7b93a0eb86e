"""The reminders of a dossier as tests live them: time passes, the sweep does what is due, and what it told is read again."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import time_machine
from django.utils import timezone

from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre, Tache
from cases.services import echeances
from documents.enums import EtatPiece
from documents.models import Piece
from documents.services import decisions
from journal.models import Evenement
from notifications.relances import relancer
from tests import factories as f

PARIS = ZoneInfo("Europe/Paris")
DAY = dt.timedelta(days=1)
MONDAY = dt.datetime(2026, 11, 2, 15, 0, tzinfo=PARIS)
"""Before the holiday of Wednesday 11 November, Christmas (a Friday) and New Year (a Friday)."""


def at(annee: int, mois: int, jour: int, heure: int = 8) -> dt.datetime:
    return dt.datetime(annee, mois, jour, heure, 0, tzinfo=PARIS)


def declared(m: f.Monde) -> Sinistre:
    return f.sinistre(m, de=f.agent(m.collectivite))


def live(clock: time_machine.Traveller, until: dt.datetime) -> None:
    """Time passes, and the sweep of each minute finds what is due at the moment it is."""
    while True:
        due = Echeance.objects.filter(genre=GenreEcheance.PIECES_ATTENDUES, traitee_le=None, levee_le=None, en_pause=False)
        first = due.order_by("due_at").values_list("due_at", flat=True).first()
        if first is None or first > until:
            break
        clock.move_to(max(first, timezone.now()))
        relancer()
    clock.move_to(until)


def told(sinistre: Sinistre) -> list[tuple[dt.datetime, int]]:
    """The reminders told of a dossier: when, and which."""
    events = Evenement.objects.filter(sinistre_id=sinistre.pk, type="pieces.relance").order_by("pk")
    return [(timezone.localtime(event.le, PARIS), event.donnees["rang"]) for event in events]


def to_call(sinistre: Sinistre) -> list[dt.datetime]:
    taches = Tache.objects.filter(sinistre=sinistre, genre=GenreTache.RELANCER).order_by("pk")
    return [timezone.localtime(tache.cree_le, PARIS) for tache in taches]


def clock_of(sinistre: Sinistre) -> Echeance:
    horloge = echeances.horloge_des_pieces(sinistre)
    assert horloge is not None
    return horloge


def receive(m: f.Monde, sinistre: Sinistre, *codes: str) -> None:
    """Found conforme, through the service that a gestionnaire calls."""
    pieces = Piece.objects.filter(sinistre=sinistre, code__in=codes)
    pieces.update(etat=EtatPiece.A_CONTROLER, recue_le=timezone.now())
    for piece in pieces.select_related("sinistre"):
        decisions.accepter(acteur=m.gestionnaire, piece=piece)


def working_day(after: dt.date, nombre: int, feries: set[dt.date]) -> dt.date:
    """Counted one by one, from holidays written down by hand: an independent second reckoning."""
    jour = after
    while nombre:
        jour += DAY
        if jour.isoweekday() <= 5 and jour not in feries:
            nombre -= 1
    return jour


FRANCE = {dt.date(2026, 5, 1), dt.date(2026, 5, 8), dt.date(2026, 5, 14), dt.date(2026, 5, 25), dt.date(2026, 7, 14),
          dt.date(2026, 11, 11), dt.date(2026, 12, 25), dt.date(2027, 1, 1), dt.date(2027, 3, 29), dt.date(2027, 5, 6),
          dt.date(2027, 5, 17), dt.date(2025, 12, 25), dt.date(2026, 1, 1), dt.date(2026, 4, 6), dt.date(2027, 11, 1),
          dt.date(2027, 11, 11), dt.date(2028, 4, 17), dt.date(2028, 5, 1)}  # fmt: skip
MOSELLE = FRANCE | {dt.date(2025, 12, 26), dt.date(2026, 4, 3), dt.date(2027, 3, 26), dt.date(2026, 12, 26)}
REUNION = FRANCE | {dt.date(2027, 12, 20)}
