"""How long a position is waited for."""

from __future__ import annotations

from cases.models import Branche
from cases.rules import deadline
from workflows.noeuds import Terme

JOURS = 15
"""Working days, from the proposal. The CDG's own service level: no source gives one."""


def positions(branche: Branche) -> Terme:
    departement = branche.sinistre.collectivite.departement if branche.sinistre is not None else ""
    return Terme(depart=branche.ouverte_le, jours=JOURS, due_at=deadline(branche.ouverte_le, JOURS, departement), ouvres=True)
