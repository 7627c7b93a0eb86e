"""The capital décès of a dossier, under its lock: reckoned, corrected when a fact changes, its yearly payments."""

from __future__ import annotations

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.selectors import sinistre_visible
from cases.services import taches
from indemnities.models import Decompte
from indemnities.services import capital
from indemnities.services.capital import FaitsDeces, Proposition
from workflows import lifecycle


def apercu(*, acteur: User, numero: str, faits: FaitsDeces) -> Proposition:
    """What these facts give, nothing being written. Raises Sinistre.DoesNotExist, Refus, and as `capital.proposer`."""
    sinistre = sinistre_visible(acteur, numero)
    exiger(acteur, "decompte_calculer", sinistre)
    return capital.proposer(sinistre, faits)


def calculer(*, acteur: User, numero: str, faits: FaitsDeces) -> list[Decompte]:
    """Raises Sinistre.DoesNotExist, and as `capital.calculer`."""
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        ecrits = capital.calculer(acteur=acteur, sinistre=sinistre, faits=faits)
        taches.fermer(sinistre=sinistre, genres=[GenreTache.SAISIR_DECOMPTE], issue="calcule")
    return ecrits


def verser_suite(*, acteur: User, numero: str) -> list[Decompte]:
    """Raises Sinistre.DoesNotExist, and as `capital.verser_suite`."""
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        return capital.verser_suite(acteur=acteur, sinistre=sinistre)
