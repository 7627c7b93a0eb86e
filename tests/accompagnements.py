"""Accompagnements ready for the tests."""

from __future__ import annotations

from django.utils import timezone

from cases.models import Branche, Sinistre
from tests.dehors import dehors
from tests.factories import Monde
from workflows import automates
from workflows.branches.accompagnement import actes
from workflows.branches.accompagnement.ouverture import demander


def programme_confie(m: Monde, dossier: Sinistre) -> Branche:
    """An individual programme, agreed to by the agent and confided to the psychologue who has an account."""
    with dehors():
        branche = demander(acteur=m.gestionnaire, sinistre=dossier, forme="RETOUR_EMPLOI", objectifs=["REPRISE"])
        actes.recueillir_accord(acteur=m.gestionnaire, branche=branche, accord=True, le=timezone.localdate(), recueil="TELEPHONE")
        actes.designer(acteur=m.gestionnaire, branche=branche, psychologue=m.psychologue)
        automates.balayer()
    return branche
