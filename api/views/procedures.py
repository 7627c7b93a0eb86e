"""Procedures of a dossier: follow them, start one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from accounts.gate import peut
from accounts.models import User
from api import openapi as doc
from api.base import Operation, acteur, read, read_parameters
from api.idempotency import once
from api.pagination import DEFAULT_SIZE, by_id
from api.procedures.registre import PROCEDURES, demande_de, demandes
from api.serializers.procedures import ListeParametres, PageProcedures, ProcedureResume, ProcedureSortie
from cases.models import Branche
from cases.selectors import sinistre_visible
from cases.selectors_branches import branche_visible, branches_du_sinistre
from workflows.selectors import etapes_de

GROUPE = "Procédures"
UID = doc.OpenApiParameter("uid", {"type": "string", "format": "uuid"}, doc.OpenApiParameter.PATH, description="La procédure.")


def procedure(user: User, branche: Branche, *, statut: int = 200) -> Response:
    """One procedure as `user` may follow it."""
    faites, attendent = etapes_de(branche)
    context = {"etapes": [*faites, *attendent], "porteurs": peut(user, "file_consulter")}
    headers = {"Location": reverse("api:procedure", args=[branche.uid])} if statut == 201 else None
    return Response(ProcedureSortie(branche, context=context).data, status=statut, headers=headers)


class Procedures(Operation):
    @doc.operation(
        "lister_procedures", "Les procédures d’un dossier, de la plus récente à la plus ancienne", groupe=GROUPE, reponse=PageProcedures,
        parametres=[doc.NUMERO, ListeParametres], refus=["introuvable", "donnee-invalide"],
        description="Un soutien psychologique n’y figure jamais.",
    )  # fmt: skip
    def get(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        valeurs = read_parameters(request, ListeParametres)
        rows = branches_du_sinistre(user, sinistre_visible(user, numero)).select_related("sinistre")
        page = by_id(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": ProcedureResume(page.lignes, many=True).data, "suivant": page.suivant(request)})

    @doc.operation(
        "demander_procedure", "Demander une procédure sur un dossier", groupe=GROUPE, reponse=ProcedureSortie, statut=201,
        demande=PolymorphicProxySerializer(component_name="DemandeProcedure", serializers=demandes, resource_type_field_name="genre"),
        exemple={"genre": "CONTRE_VISITE", "motif": "DUREE"},
        parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.LOCATION, doc.REPLAYED],
        refus=["introuvable", "en-tete-invalide", "alerte-a-confirmer", "donnee-refusee", "garde-non-satisfaite", "transition-impossible",
               "refus", "cle-deja-employee"],
        description="« genre » dit laquelle ; les autres champs sont les siens. Une procédure du même genre déjà en cours : 422.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        genre = _genre(request.data)
        donnees = read(request, demande_de(genre))
        del donnees["genre"]

        def act() -> Response:
            return procedure(user, PROCEDURES[genre].ouvrir(user, sinistre, donnees), statut=201)

        return once(request, act)


class UneProcedure(Operation):
    @doc.operation(
        "lire_procedure", "Une procédure : ses étapes et ses échéances", groupe=GROUPE, reponse=ProcedureSortie, parametres=[UID],
        refus=["introuvable"],
    )  # fmt: skip
    def get(self, request: Request, uid: UUID) -> Response:
        user = acteur(request)
        return procedure(user, branche_visible(user, uid))


def _genre(document: Any) -> str:
    """Which kind is asked for. Raises ValidationError."""
    genre = document.get("genre") if isinstance(document, Mapping) else None
    if not isinstance(genre, str) or genre not in PROCEDURES:
        message = "Ce champ est obligatoire." if genre is None else "Choisissez une valeur de la liste."
        raise ValidationError({"genre": [message]} if isinstance(document, Mapping) else {"": ["Donnez un objet JSON."]})
    return genre
