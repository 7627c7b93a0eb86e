"""Taking the list of systematic follow-up away: what leaves the application is journaled."""

from __future__ import annotations

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.selectors_suivi import ACTION, Ligne, lignes
from journal.services import consigner

LIMITE = 5000
"""Lines of one export: a CDG has some hundreds."""


def exporter(*, acteur: User, regle: str = "") -> list[Ligne]:
    """The lines of the list, all of them up to LIMITE. Raises Refus."""
    exiger(acteur, ACTION)
    with transaction.atomic():
        found = lignes(acteur, limite=LIMITE, regle=regle)
        consigner(
            acteur=acteur,
            action="suivi.exporte",
            objet_type="personne",
            objet_id=acteur.pk,
            donnees={"lignes": len(found), "regle": regle},
        )
    return found
