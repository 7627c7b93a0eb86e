"""What is known of a médiation: who was heard, who is still awaited."""

from __future__ import annotations

import datetime as dt

from cases.enums import EtatBranche, GenreBranche
from cases.enums_mediation import PartieMediation
from cases.models import Branche, Echeance, Mediation, PositionMediation, Sinistre

DE: dict[str, str] = {
    PartieMediation.ASSUREUR: "de l’assureur",
    PartieMediation.CDG: "du centre de gestion",
    PartieMediation.COLLECTIVITE: "de l’employeur",
}


def en_cours(sinistre: Sinistre) -> Mediation | None:
    """The médiation that runs on a dossier, with its branch: never more than one."""
    mediations = Mediation.objects.filter(branche__sinistre=sinistre, branche__etat=EtatBranche.EN_COURS)
    return mediations.filter(branche__genre=GenreBranche.MEDIATION).select_related("branche").first()


def positions(mediation: Mediation) -> dict[str, PositionMediation]:
    """What each party answers today, silence included, by party."""
    actuelles = mediation.positions.filter(remplacee_le__isnull=True).select_related("par")
    return {position.partie: position for position in actuelles}


def terme(branche: Branche) -> dt.datetime | None:
    """Until when the answers that are still missing are waited for; None once nobody is awaited."""
    attendues = Echeance.objects.filter(etape__process=branche.processus_id, traitee_le__isnull=True, levee_le__isnull=True)
    return attendues.order_by("-due_at").values_list("due_at", flat=True).first()


def raisons_d_attendre(sinistre: Sinistre) -> list[str]:
    """Why a refusal can't be pronounced yet, naming who is still to be heard; nothing once all three are known or silent."""
    mediation = en_cours(sinistre)
    if mediation is None:
        return ["Aucune médiation n’est ouverte : levez la proposition de refus, puis proposez-le à nouveau pour entendre chacun."]
    connues = positions(mediation)
    absents = [DE[partie] for partie in PartieMediation.values if partie not in connues]
    if not absents:
        return []
    return [f"La médiation attend encore la position {_enumerate(absents)}."]


def _enumerate(mots: list[str]) -> str:
    return mots[0] if len(mots) == 1 else f"{', '.join(mots[:-1])} et {mots[-1]}"
