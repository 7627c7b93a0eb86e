"""The calls made to a program, read and asked again by that program itself (or by the CDG's)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api import openapi as doc
from api.base import Operation, acteur, read, read_parameters, require_action
from api.pagination import DEFAULT_SIZE, by_id
from api.serializers.webhooks import (
    AbonnementSortie,
    AbonnementsSortie,
    FiltreLivraisons,
    LivraisonSortie,
    PageLivraisons,
    RejouerEntree,
    RejouerSortie,
)
from notifications.webhooks import services
from notifications.webhooks.purge import gardees_depuis
from notifications.webhooks.selectors import SUIVRE, abonnements_comptes, abonnements_visibles, livraisons_visibles

GROUPE = "Webhooks"
UID = doc.OpenApiParameter("uid", {"type": "string", "format": "uuid"}, doc.OpenApiParameter.PATH, description="L’abonnement.")


class Abonnements(Operation):
    @doc.operation(
        "lister_abonnements", "Les logiciels abonnés aux événements", groupe=GROUPE, reponse=AbonnementsSortie,
        description="Un responsable abonne un logiciel, et lit son secret, sur la page « Abonnements (webhooks) » : jamais par l’API.",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, SUIVRE)
        return Response({"resultats": AbonnementSortie(abonnements_comptes(user), many=True).data})


class Livraisons(Operation):
    @doc.operation(
        "lister_livraisons", "Les appels d’un abonnement, du plus récent au plus ancien", groupe=GROUPE, reponse=PageLivraisons,
        parametres=[UID, FiltreLivraisons], refus=["introuvable", "donnee-invalide"],
    )  # fmt: skip
    def get(self, request: Request, uid: UUID) -> Response:
        user = acteur(request)
        require_action(user, SUIVRE)
        abonnement = abonnements_visibles(user).get(uid=uid)
        valeurs = read_parameters(request, FiltreLivraisons)
        rows = livraisons_visibles(user, abonnement, dossier=valeurs.get("sinistre", ""))
        if "etat" in valeurs:
            rows = rows.filter(etat=valeurs["etat"])
        page = by_id(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": LivraisonSortie(page.lignes, many=True).data, "suivant": page.suivant(request)})


class Rejouer(Operation):
    @doc.operation(
        "rejouer_livraisons", "Refaire des appels, dans l’ordre", groupe=GROUPE, demande=RejouerEntree, reponse=RejouerSortie,
        exemple={"depuis": "2026-11-16T10:42:00+01:00"}, parametres=[UID], refus=["introuvable", "donnee-refusee", "refus"],
        description="Les mêmes appels, sous les mêmes « Webhook-Id ». Un logiciel rétabli rattrape ainsi ce qu’il n’a pas reçu.",
    )  # fmt: skip
    def post(self, request: Request, uid: UUID) -> Response:
        user = acteur(request)
        require_action(user, SUIVRE)
        abonnements_visibles(user).get(uid=uid)
        valeurs = read(request, RejouerEntree)
        rejouees = services.rejouer(
            acteur=user, uid=uid, livraison_id=valeurs.get("livraison"), depuis=valeurs.get("depuis"), jusqu_a=valeurs.get("jusqu_a"),
            numero=valeurs.get("sinistre", ""),
        )  # fmt: skip
        return Response(RejouerSortie({"rejouees": rejouees, "gardees_depuis": gardees_depuis()}).data)
