"""What an expertise forbids the lifecycle: until the employer has decided, then until what he decided has been acted upon."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db.models import Exists, OuterRef, Q

from cases.enums import EtatBranche, GenreTache
from cases.enums_expertise import SUIVIES, VISENT_UNE_PERIODE, ButExpertise, CodeReponse
from cases.models import ReponseExpertise, Sinistre, Tache
from workflows.branches.expertise.regles import DEFAVORABLES

PHRASES: dict[str, str] = {
    ButExpertise.IMPUTABILITE: "L’expertise ne retient pas l’imputabilité au service",
    ButExpertise.PROLONGATION: "L’expertise ne relie pas la prolongation du {arret} à l’événement",
    ButExpertise.RECHUTE: "L’expertise ne relie pas la rechute du {arret} à l’événement",
    ButExpertise.ARRETS_ET_SOINS: "L’expertise ne justifie pas les arrêts et les soins",
}
INDECISE = " : l’employeur n’a pas encore décidé."
SUIVIE = " et l’employeur la suit : proposez le refus, ou dites pourquoi vous ne le proposez pas."


def reasons_to_wait(sinistre: Sinistre, a_payer: Callable[[], Collection[int]]) -> list[str]:
    """Why the periods to pay can't be validated yet.

    An expertise denies the link of one, or all imputabilité, and no decision stands; or the employer follows an unfavourable answer, and
    the work item that asks for its consequences (EX_SUITES) is open. `a_payer`: the keys of their arrêts, asked for only if need be. An
    abandoned expertise forbids nothing.
    """
    suites = Tache.objects.filter(
        genre=GenreTache.EX_SUITES, objet_type="branche", objet_id=OuterRef("expertise__branche_id"), fermee_le__isnull=True
    )
    negatives = list(
        ReponseExpertise.objects.filter(expertise__branche__sinistre=sinistre, expertise__conclue_le__isnull=False, code__in=DEFAVORABLES)
        .filter(Q(expertise__decision="", code=CodeReponse.NON) | Q(Exists(suites), expertise__decision__in=SUIVIES))
        .exclude(expertise__branche__etat=EtatBranche.ABANDONNEE)
        .select_related("expertise__arret")
        .order_by("pk")
    )
    periodes = a_payer() if any(negative.but in VISENT_UNE_PERIODE for negative in negatives) else ()
    return [
        PHRASES[negative.but].format(arret=negative.expertise.arret) + (SUIVIE if negative.expertise.decision else INDECISE)
        for negative in negatives
        if negative.but not in VISENT_UNE_PERIODE or negative.expertise.arret_id in periodes
    ]
