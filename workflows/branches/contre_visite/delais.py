"""When the oral opinion is due."""

from __future__ import annotations

import datetime as dt

from cases.models import Branche
from workflows.noeuds import Terme

AVIS_ORAL = dt.timedelta(hours=48)
"""The collectivité is told by telephone within 48 hours (S000)."""


def avis_oral(branche: Branche) -> Terme:
    """48 hours from the request, unless the contract counts from the examination."""
    return Terme(depart=branche.ouverte_le, jours=2, due_at=branche.ouverte_le + AVIS_ORAL)
