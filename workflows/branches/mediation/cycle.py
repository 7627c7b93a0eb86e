"""What the lifecycle asks of a médiation: it begins with the proposal of a refusal, and ends with the transition that settles it.

Both run inside that transition, under its lock of the sinistre.
"""

from __future__ import annotations

from accounts.models import User
from cases.enums import GenreBranche, OrigineBranche
from cases.enums_mediation import IssueMediation
from cases.models import Branche, Mediation, Sinistre
from workflows import moteur
from workflows.branches.mediation import lecture

ISSUE_DE: dict[str, IssueMediation] = {
    "lever_refus": IssueMediation.LEVE,
    "refuser": IssueMediation.REFUS,
    "refuser_partie": IssueMediation.REFUS_PARTIEL,
}


def ouvrir(*, acteur: User, sinistre: Sinistre, motif: str, portee: str, proposition: str) -> Branche:
    """Begin: the three parties are asked for their position."""

    def metier(branche: Branche) -> Mediation:
        return Mediation.objects.create(branche=branche, motif=motif, portee=portee, proposition=proposition)

    return moteur.ouvrir(acteur=acteur, genre=GenreBranche.MEDIATION, sinistre=sinistre, origine=OrigineBranche.CDG, metier=metier)


def conclure(*, acteur: User, sinistre: Sinistre, transition: str, conclusion: str) -> None:
    """End by this transition. Positions that are still awaited are awaited no more: a proposal may be lifted at any time.

    Nothing happens where no médiation runs.
    """
    mediation = lecture.en_cours(sinistre)
    if mediation is None:
        return
    mediation.issue, mediation.conclusion = ISSUE_DE[transition], conclusion.strip()
    mediation.save(update_fields=["issue", "conclusion"])
    mediation.branche.sinistre = sinistre
    moteur.conclure(acteur=acteur, branche=mediation.branche, nom="conclure", issue=mediation.issue)
