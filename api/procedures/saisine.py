"""Preparing a saisine du conseil médical through the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer

from accounts.models import User
from api import fields
from cases.enums import Canal
from cases.enums_saisine import ObjetSaisine
from cases.models import Branche, Sinistre
from workflows.branches.saisine import actes


@extend_schema_serializer(component_name="SaisineDemande")
class Entree(fields.Entree):
    """What is asked, and since when where the agent asked for it himself."""

    objet = fields.Choix(choices=ObjetSaisine.choices, help_text="Ce qui est soumis au conseil médical.")
    demande_agent_le = fields.Jour(allow_null=True, default=None, help_text="Le jour de la demande de l’agent, si elle vient de lui.")


def ouvrir(acteur: User, sinistre: Sinistre, donnees: dict[str, Any]) -> Branche:
    """Raises as `actes.demander`."""
    return actes.demander(
        acteur=acteur,
        numero=sinistre.numero,
        objet=donnees["objet"],
        demande_agent_le=donnees["demande_agent_le"],
        canal=Canal.API,
    )
