"""When the expert's report is due."""

from __future__ import annotations

import datetime as dt

from cases.models import Branche
from workflows.noeuds import Terme

PREAVIS = dt.timedelta(days=15)
"""Notice given to the agent before the examination: the norm of the missions of the loi Badinter (AREDOC; domain: §5.2)."""

RAPPORT = dt.timedelta(days=30)
"""After the examination. No source gives a delay: the CDG's own, after which the responsable is told."""

MISSION = dt.timedelta(days=60)
"""How long after the examination an expert may read the mission, unless another end is given; a year at most."""
MAX_MISSION = dt.timedelta(days=366)


def rapport(branche: Branche) -> Terme | None:
    """Thirty days after the examination. Raises nothing for a branch without appointment: it has no clock."""
    rendez_vous = branche.expertise.rendez_vous
    return Terme(depart=rendez_vous, jours=RAPPORT.days, due_at=rendez_vous + RAPPORT) if rendez_vous is not None else None
