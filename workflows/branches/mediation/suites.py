"""The automatic step of a médiation."""

from __future__ import annotations

from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from cases.enums_mediation import PartieMediation, SensPosition
from cases.models import Branche, PositionMediation, Sinistre
from workflows.branches.mediation import lecture
from workflows.noeuds import tell
from workflows.registre import flow_of


def constater_silence(branche: Branche, sinistre: Sinistre | None) -> None:
    """The delay of a party is over: whoever has not answered is « sans réponse », and is awaited no more."""
    mediation = branche.mediation
    connues, nodes = lecture.positions(mediation), flow_of(branche.genre)
    for partie in PartieMediation:
        over = Task.objects.filter(process=branche.processus_id, flow_task=getattr(nodes, partie.lower()), status=STATUS.CANCELED)
        if partie not in connues and over.exists():
            PositionMediation.objects.create(mediation=mediation, partie=partie, sens=SensPosition.SANS_REPONSE)
            tell(branche, "mediation.silence", libelle=partie.label)
