"""What both doors show of the facts that a dossier's pièces depend on."""

from __future__ import annotations

from typing import Any

from accounts.gate import peut
from accounts.models import User
from cases.enums import OUVERTS
from cases.models import Sinistre
from documents.services.faits import faits_dits, faits_possibles


def contexte_faits(user: User, sinistre: Sinistre) -> dict[str, Any]:
    """For gestion/_faits_pieces.html and collectivite/_faits.html: the questions of such a dossier, and what was answered."""
    possibles = faits_possibles(sinistre)
    return {
        "faits_possibles": possibles,
        "faits_dits": faits_dits(sinistre) if possibles else [],
        "peut_dire_faits": sinistre.etat in OUVERTS and peut(user, "faits_declarer", sinistre),
    }
