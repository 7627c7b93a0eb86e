"""Since when a missing pièce is awaited, and how long one said to be on its way is left in peace."""

from __future__ import annotations

import datetime as dt

from django.db.models import Case, DateTimeField, F, Q, When
from django.db.models.functions import Greatest
from django.utils import timezone

from cases.rules import add_working_days, start_of_business
from documents.enums import EtatPiece

JOURS_DITE_ENVOYEE = 10
"""Working days during which a pièce said to have been sent another way is not asked for again."""

EN_VIGUEUR = Q(arret__isnull=True) | Q(arret__actif=True)
"""Pièces of the whole dossier, and those of arrêts that were not set aside."""

DUES = Q(requise=True, etat__in=(EtatPiece.DEMANDEE, EtatPiece.REFUSEE)) & EN_VIGUEUR
"""What the collectivité owes: required, and not come or refused."""

DEPUIS = Case(
    When(etat=EtatPiece.REFUSEE, then=Greatest("demandee_le", "decidee_le")),
    default=F("demandee_le"),
    output_field=DateTimeField(),
)
"""Since when a pièce that has not come, or was refused, is awaited. What was said of it before is said no more."""


def fin_du_silence(dite: dt.datetime, departement: str) -> dt.datetime:
    """When a pièce said, at that instant, to be on its way is asked for again: the working day after the time it is given."""
    return start_of_business(add_working_days(timezone.localdate(dite), JOURS_DITE_ENVOYEE + 1, departement))
