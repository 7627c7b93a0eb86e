"""Reads of the reminders that somebody has stopped for a while: since when, until when, who, why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.enums import GenreEcheance
from cases.models import Pause, Sinistre
from cases.selectors import sinistres_visibles
from journal.models import Entree

SUSPENDRE = "relances_suspendre"
LIRE = "notes_lire"
"""A reason of ours, for those to whom the dossier's history tells it too."""
DITES = ("echeance.suspendue", "echeance.suspension_changee")
LONGTEMPS = dt.timedelta(days=60)
"""After that long, a suspension without a last day is shown as one that may have been forgotten."""


@dataclass(frozen=True)
class Suspension:
    """`par`: who suspended, or last changed the reason or the day; `jusqu_au` None: until a person resumes."""

    sinistre: Sinistre
    depuis: dt.datetime
    jusqu_au: dt.date | None
    motif: str
    par: str

    @property
    def a_revoir(self) -> bool:
        """Nothing will end it, and it has stood for long."""
        return self.jusqu_au is None and timezone.now() - self.depuis > LONGTEMPS


def suspensions_en_cours() -> QuerySet[Pause]:
    """Every suspension of reminders that holds, for the sweep that ends those whose last day is over."""
    ouvertes = Pause.objects.filter(fin__isnull=True, echeance__genre=GenreEcheance.PIECES_ATTENDUES, echeance__en_pause=True)
    return ouvertes.filter(echeance__levee_le__isnull=True, echeance__traitee_le__isnull=True)


def relances_suspendues(user: User, *, limite: int) -> list[Suspension]:
    """The suspensions on the dossiers whose internal notes `user` may read, the oldest first: what nobody must forget. Two queries."""
    siennes = suspensions_en_cours().filter(echeance__sinistre__in=sinistres_visibles(user, LIRE))
    return _told(siennes.order_by("debut", "pk")[:limite])


def suspension_de(user: User, sinistre: Sinistre) -> Suspension | None:
    """That of one dossier, if any, for whoever may read its internal notes."""
    if not peut(user, LIRE, sinistre):
        return None
    return next(iter(_told(suspensions_en_cours().filter(echeance__sinistre=sinistre))), None)


def _told(pauses: QuerySet[Pause]) -> list[Suspension]:
    found = list(pauses.select_related("echeance__sinistre__agent", "echeance__sinistre__collectivite"))
    auteurs = _authors(found)
    return [
        Suspension(pause.echeance.sinistre, pause.debut, pause.jusqu_au, pause.motif, auteurs.get(pause.echeance_id, ""))
        for pause in found
        if pause.echeance.sinistre is not None
    ]


def _authors(pauses: Collection[Pause]) -> dict[int, str]:
    """Who last spoke of each, by the id of its échéance: the journal knows."""
    if not pauses:
        return {}
    dites = Entree.objects.filter(
        sinistre_id__in=[pause.echeance.sinistre_id for pause in pauses],
        objet_type="echeance",
        objet_id__in=[pause.echeance_id for pause in pauses],
        action__in=DITES,
    )
    return dict(dites.order_by("pk").values_list("objet_id", "acteur"))
