"""Asking for an expertise médicale through the API: what it must establish. The medical questions are written in the bulle."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.gate import exiger
from accounts.models import User
from api import fields
from cases.enums import Canal
from cases.enums_expertise import ButExpertise
from cases.errors import DonneeInvalide
from cases.models import Branche, Sinistre
from workflows.branches.expertise.demande import demander


@extend_schema_serializer(component_name="ExpertiseDemande")
class Entree(fields.Entree):
    """The goals; the arrêt in question where one of them is about a period; the médecin conseil where the dossier has none yet."""

    buts = serializers.ListField(
        child=fields.Choix(choices=ButExpertise.choices),
        min_length=1,
        max_length=len(ButExpertise),
        help_text="Ce que l’expertise doit établir, jamais de quoi souffre l’agent.",
    )
    arret = fields.Identifiant(allow_null=True, default=None, help_text="L’arrêt en question : prolongation ou rechute.")
    obligatoire = fields.Booleen(default=False, help_text="Contrôle imposé par les textes : ses honoraires sont à la collectivité.")
    medecin = fields.Texte(
        max_length=254,
        default="",
        allow_blank=True,
        help_text="L’adresse électronique du médecin conseil qui rédigera la mission ; inutile si le dossier est déjà confié à l’un d’eux.",
    )


def ouvrir(acteur: User, sinistre: Sinistre, donnees: dict[str, Any]) -> Branche:
    """Raises as `demande.demander`; `arret` is an id of the dossier, `medecin` an e-mail address, empty for nobody."""
    exiger(acteur, "expertise_demander", sinistre)
    arret = sinistre.arrets.filter(pk=donnees["arret"], actif=True).first() if donnees["arret"] is not None else None
    if arret is None and donnees["arret"] is not None:
        raise DonneeInvalide.sur("arret", "Choisissez un arrêt de ce dossier.")
    medecin = User.objects.filter(email__iexact=donnees["medecin"], is_active=True).first() if donnees["medecin"] else None
    if medecin is None and donnees["medecin"]:
        raise DonneeInvalide.sur("medecin", "Cette personne n’est pas médecin conseil.")
    return demander(
        acteur=acteur, sinistre=sinistre, buts=donnees["buts"], arret=arret, obligatoire=donnees["obligatoire"], medecin=medecin,
        canal=Canal.API,
    )  # fmt: skip
