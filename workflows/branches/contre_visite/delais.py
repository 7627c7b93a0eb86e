"""When the oral opinion is due: the collectivité is told by telephone within 48 hours (S000; domain: §3)."""

from __future__ import annotations

import datetime as dt

from cases.models import Branche
from contracts.enums import DepartContreVisite
from workflows.noeuds import Terme

HEURES = 48
AVIS_ORAL = dt.timedelta(hours=HEURES)


def counts_from_examination(branche: Branche) -> bool:
    """The contract says from when the 48 hours run: the source does not."""
    return branche.sinistre is not None and branche.sinistre.contrat.depart_contre_visite == DepartContreVisite.EXAMEN


def depuis_la_demande(branche: Branche) -> Terme | None:
    """48 hours from the request, whatever step is reached; no clock where they run from the examination, nor once it has rung."""
    if counts_from_examination(branche) or branche.contre_visite.escalade_le is not None:
        return None
    return _terme(branche.ouverte_le)


def avis_oral(branche: Branche) -> Terme | None:
    """48 hours from the request, or from the appointment where the contract counts from the examination: each new one has its own."""
    if not counts_from_examination(branche):
        return depuis_la_demande(branche)
    rendez_vous = branche.contre_visite.rendez_vous_le
    return _terme(rendez_vous) if rendez_vous is not None else None


def _terme(depart: dt.datetime) -> Terme:
    return Terme(depart=depart, jours=AVIS_ORAL.days, due_at=depart + AVIS_ORAL)
