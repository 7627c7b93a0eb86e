"""Asking for an accompagnement through the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.models import User
from api import fields
from cases.enums import Canal
from cases.enums_accompagnement import FormeAccompagnement, ObjectifAccompagnement
from cases.models import Branche, Sinistre
from workflows.branches.accompagnement.ouverture import MAX_PRECISIONS, demander


@extend_schema_serializer(component_name="AccompagnementDemande")
class Entree(fields.Entree):
    """Its form and its aims. Nothing begins before the agent has agreed, which the CDG asks him."""

    forme = fields.Choix(choices=FormeAccompagnement.choices, help_text="Programme individuel, ou situation complexe.")
    objectifs = serializers.ListField(
        child=fields.Choix(choices=ObjectifAccompagnement.choices),
        min_length=1,
        max_length=len(ObjectifAccompagnement),
        help_text="Au moins un, dans la liste.",
    )
    precisions = fields.Texte(
        max_length=MAX_PRECISIONS, default="", allow_blank=True, help_text="La situation au travail, jamais la santé de l’agent."
    )
    assume = fields.Booleen(default=False, help_text="Vrai si des mots qui paraissent médicaux ne disent rien de la santé de l’agent.")


def ouvrir(acteur: User, sinistre: Sinistre, donnees: dict[str, Any]) -> Branche:
    """Raises as `demander`."""
    return demander(acteur=acteur, sinistre=sinistre, canal=Canal.API, **donnees)
