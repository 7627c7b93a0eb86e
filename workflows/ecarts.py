"""What was paid and what is owed: when a fact changes, somebody is told that the two differ. Nothing corrects itself."""

from __future__ import annotations

from cases.enums import Etat, GenreTache
from cases.errors import GardeNonSatisfaite
from cases.models import Sinistre
from cases.services import taches
from indemnities.dossier import projets


def signaler(sinistre: Sinistre) -> None:
    """Open the work item « Calculer les décomptes » where a correction is due, or where nobody can tell. The caller holds the lock."""
    if sinistre.etat in (Etat.ANNULE, Etat.REFUSE):
        return
    try:
        due = projets.a_regulariser(sinistre)
    except GardeNonSatisfaite:
        due = True
    if due:
        taches.ouvrir(genre=GenreTache.SAISIR_DECOMPTE, sinistre=sinistre, departement=sinistre.collectivite.departement)
