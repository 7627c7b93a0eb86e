"""The delay of reimbursement that a contract promises its collectivités, dossier by dossier.

It runs from the day the oldest décompte that is not settled yet was computed or typed: what came before (pièces, validation) has clocks of
its own. What is rejected waits for another décompte, which starts anew.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Min
from django.utils import timezone

from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre
from cases.rules import end_of_business
from cases.services import echeances, taches
from indemnities.enums import EtatDecompte
from indemnities.models import Decompte

IMPAYES = (EtatDecompte.CALCULE, EtatDecompte.APPROUVE, EtatDecompte.TRANSMIS)


def suivre(sinistre: Sinistre) -> None:
    """Set the clock of what is not reimbursed yet; without any, or without a promise, drop it with its work item. May be run again.

    The caller holds the lock of the sinistre, and has just changed its décomptes. What the collectivité owes back is no reimbursement.
    """
    echeance = _due(sinistre)
    if echeance is None:
        echeances.lever(sinistre=sinistre, genres=[GenreEcheance.REMBOURSEMENT])
        taches.fermer(sinistre=sinistre, genres=[GenreTache.REMBOURSEMENT], issue="rembourse")
        return
    instant = end_of_business(echeance)
    known = Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.REMBOURSEMENT, depart=instant, levee_le__isnull=True)
    if known.exists():  # it runs, or has come already: asked once
        return
    echeances.poser_jours(sinistre=sinistre, jours={GenreEcheance.REMBOURSEMENT: echeance})
    if instant > timezone.now():
        taches.fermer(sinistre=sinistre, genres=[GenreTache.REMBOURSEMENT], issue="rembourse")


def _due(sinistre: Sinistre) -> dt.date | None:
    promis = sinistre.contrat.delai_remboursement_jours
    if promis is None:
        return None
    waiting = Decompte.objects.filter(sinistre=sinistre, etat__in=IMPAYES, montant__gt=0)
    oldest: dt.datetime | None = waiting.aggregate(oldest=Min("calcule_le"))["oldest"]
    return None if oldest is None else timezone.localdate(oldest) + dt.timedelta(days=promis)
