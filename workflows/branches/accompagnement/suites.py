"""The automatic step of an accompagnement."""

from __future__ import annotations

from cases.models import Branche, Sinistre
from workflows.noeuds import tell


def prevenir(branche: Branche, sinistre: Sinistre | None) -> None:
    """The employer and those who take part are told that it begins."""
    tell(branche, "accompagnement.commence")
