"""Telling through the API that a third party is liable: the recours opens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer

from accounts.models import User
from api import fields
from cases.enums import Canal
from cases.models import Branche, Sinistre
from workflows.branches.recours import ouverture


@extend_schema_serializer(component_name="RecoursDemande")
class Entree(fields.Entree):
    """The facts learnt since the declaration."""

    constat = fields.Texte(max_length=500, help_text="Qui, ou ce qui, a causé le dommage. Jamais de lésion ni de diagnostic.")


def ouvrir(acteur: User, sinistre: Sinistre, donnees: dict[str, Any]) -> Branche:
    """Raises as `ouverture.demander`."""
    return ouverture.demander(acteur=acteur, numero=sinistre.numero, constat=donnees["constat"], canal=Canal.API)
