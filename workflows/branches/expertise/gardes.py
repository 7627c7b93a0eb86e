"""What an expertise forbids the lifecycle until the employer has decided."""

from __future__ import annotations

from collections.abc import Callable, Collection

from cases.enums import EtatBranche
from cases.enums_expertise import VISENT_UNE_PERIODE, ButExpertise, CodeReponse
from cases.models import ReponseExpertise, Sinistre

PHRASES: dict[str, str] = {
    ButExpertise.IMPUTABILITE: "L’expertise ne retient pas l’imputabilité au service : l’employeur n’a pas encore décidé.",
    ButExpertise.PROLONGATION: "L’expertise ne relie pas la prolongation du {arret} à l’événement : l’employeur n’a pas encore décidé.",
    ButExpertise.RECHUTE: "L’expertise ne relie pas la rechute du {arret} à l’événement : l’employeur n’a pas encore décidé.",
}


def reasons_to_wait(sinistre: Sinistre, a_payer: Callable[[], Collection[int]]) -> list[str]:
    """Why the periods to pay can't be validated yet: an expertise denies the link of one, or all imputabilité, and no decision stands.

    `a_payer`: the keys of their arrêts, asked for only if need be. An abandoned expertise forbids nothing.
    """
    negatives = list(
        ReponseExpertise.objects.filter(
            expertise__branche__sinistre=sinistre, expertise__decision="", expertise__conclue_le__isnull=False, code=CodeReponse.NON
        )
        .filter(but__in=PHRASES)
        .exclude(expertise__branche__etat=EtatBranche.ABANDONNEE)
        .select_related("expertise__arret")
        .order_by("pk")
    )
    periodes = a_payer() if any(negative.but in VISENT_UNE_PERIODE for negative in negatives) else ()
    return [
        PHRASES[negative.but].format(arret=negative.expertise.arret)
        for negative in negatives
        if negative.but not in VISENT_UNE_PERIODE or negative.expertise.arret_id in periodes
    ]
