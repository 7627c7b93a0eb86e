"""Asking for a contre-visite through the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer

from accounts.gate import exiger
from accounts.models import User
from api import fields
from cases.enums import Canal
from cases.enums_contre_visite import LieuContreVisite, MotifContreVisite
from cases.errors import DonneeInvalide
from cases.models import Branche, Sinistre
from workflows.branches.contre_visite import demande


@extend_schema_serializer(component_name="ContreVisiteDemande")
class Entree(fields.Entree):
    """Why, of which arrêt (the latest one unless told), where. The address is needed for a visit at home only."""

    motif = fields.Choix(choices=MotifContreVisite.choices, help_text="Pourquoi le contrôle est demandé, jamais de quoi souffre l’agent.")
    lieu = fields.Choix(choices=LieuContreVisite.choices, default=LieuContreVisite.CABINET.value, help_text="Lieu souhaité du contrôle.")
    adresse = fields.Texte(
        max_length=300, default="", allow_blank=True, help_text="Où l’agent peut être visité : nécessaire pour une visite à domicile."
    )
    souhaits = fields.Texte(max_length=200, default="", allow_blank=True, help_text="Jours à éviter, accès.")
    arret = fields.Identifiant(allow_null=True, default=None, help_text="L’arrêt à contrôler ; sans lui, le dernier qui a commencé.")


def ouvrir(acteur: User, sinistre: Sinistre, donnees: dict[str, Any]) -> Branche:
    """Raises as `demande.demander`; `arret` is the id of an arrêt of the dossier."""
    exiger(acteur, "contre_visite_demander", sinistre)
    arret = None
    if donnees["arret"] is not None:
        arret = next((a for a in demande.arrets_controlables(sinistre) if a.pk == donnees["arret"]), None)
        if arret is None:
            raise DonneeInvalide.sur("arret", "Choisissez un arrêt de ce dossier, déjà commencé.")
    return demande.demander(
        acteur=acteur,
        sinistre=sinistre,
        motif=donnees["motif"],
        lieu=donnees["lieu"],
        adresse=donnees["adresse"],
        souhaits=donnees["souhaits"],
        arret=arret,
        canal=Canal.API,
    )
