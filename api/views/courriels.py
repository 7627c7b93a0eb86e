"""What became of the e-mails of a dossier. Read only: a person decides of those that did not arrive, on the page."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from api import openapi as doc
from api.base import Operation, acteur, read_parameters, require_action
from api.pagination import DEFAULT_SIZE, by_id
from api.serializers.courriels import CourrielSortie, FiltreCourriels, PageCourriels
from notifications.selectors import courriels_visibles, du_dossier


class Courriels(Operation):
    @doc.operation(
        "lister_courriels", "Les courriels écrits, du plus récent au plus ancien, et ce qu’ils sont devenus", groupe="Courriels",
        reponse=PageCourriels, parametres=[FiltreCourriels], refus=["donnee-invalide"],
        description="Leur texte n’est pas donné : il se lit à la page « Boîte d’envoi ».",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "courriels_lire")
        valeurs = read_parameters(request, FiltreCourriels)
        rows = courriels_visibles(user)
        if "sinistre" in valeurs:
            rows = du_dossier(rows, valeurs["sinistre"])
        if "etat" in valeurs:
            rows = rows.filter(etat=valeurs["etat"])
        page = by_id(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": CourrielSortie(page.lignes, many=True).data, "suivant": page.suivant(request)})
