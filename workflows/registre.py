"""Which flow runs each kind of branch. Flows are named, not imported, so that what they call may call the engine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from django.utils.module_loading import import_string

from cases.enums import GenreBranche

if TYPE_CHECKING:
    from workflows.noeuds import BrancheFlow

FLOWS: dict[str, str] = {
    GenreBranche.CONTRE_VISITE: "workflows.flows.contre_visite.ContreVisiteFlow",
    GenreBranche.EXPERTISE: "workflows.flows.expertise.ExpertiseFlow",
    GenreBranche.MEDIATION: "workflows.flows.mediation.MediationFlow",
    GenreBranche.RECOURS: "workflows.flows.recours.RecoursFlow",
    GenreBranche.SAISINE: "workflows.flows.saisine.SaisineFlow",
    GenreBranche.SOUTIEN: "workflows.flows.soutien.SoutienFlow",
    GenreBranche.ACCOMPAGNEMENT: "workflows.flows.accompagnement.AccompagnementFlow",
}


@cache
def flow_of(genre: str) -> type[BrancheFlow]:
    """Raises KeyError for a kind that has no flow."""
    return cast("type[BrancheFlow]", import_string(FLOWS[genre]))
