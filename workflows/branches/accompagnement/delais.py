"""When the bilan is due at the latest."""

from __future__ import annotations

from django.utils import timezone

from cases.models import Branche
from cases.rules import add_months, end_of_business
from workflows.noeuds import Terme

MOIS = 6
"""Months from the designation of who takes part. The CDG's own habit: no source gives one."""


def bilan(branche: Branche) -> Terme:
    depart = branche.accompagnement.designes_le or branche.ouverte_le
    jour = timezone.localtime(depart).date()
    fin = add_months(jour, MOIS)
    return Terme(depart=depart, jours=(fin - jour).days, due_at=end_of_business(fin))
