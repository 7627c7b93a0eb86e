"""When the first contact is late, and when the social support of a REPERE ends."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from cases.models import Branche
from cases.rules import add_months, deadline, end_of_business
from cases.services.taches import DEFAULT_DEPARTEMENT
from medical.rules_soutien import REGLES
from medical.selectors_soutien import soutien_de
from workflows.noeuds import Terme

CONTACT_JOURS = 2
"""Working days from the day it is confided to him. The CDG's own service level: S000 gives none, and CDG 74 found a scheme wanting
for lack of one [MNT74]. Counted on the calendar of one département for all: the agent's own would tell where he works."""


def premier_contact(branche: Branche) -> Terme:
    now = timezone.now()
    return Terme(depart=now, jours=CONTACT_JOURS, due_at=deadline(now, CONTACT_JOURS, DEFAULT_DEPARTEMENT), ouvres=True)


def fin_du_social(branche: Branche) -> Terme:
    """Six months at most (S000)."""
    now = timezone.now()
    jour = timezone.localdate(now)
    fin = add_months(jour, REGLES[soutien_de(branche).programme].mois_social)
    return Terme(depart=now, jours=(fin - jour).days, due_at=end_of_business(fin))


def psychologue(branche: Branche) -> User | None:
    """To whom alone the steps are addressed."""
    return soutien_de(branche).psychologue
