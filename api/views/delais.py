"""How long reimbursements take."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from api import openapi as doc
from api.base import Operation, acteur, require_action
from api.serializers.delais import DelaiContratSortie, DelaisSortie
from api.views.argent import GROUPE
from indemnities.selectors_delais import delais_de_remboursement


class Delais(Operation):
    @doc.operation(
        "delais_de_remboursement", "Délais de remboursement par contrat, sur douze mois", groupe=GROUPE, reponse=DelaisSortie,
        description="Des décomptes visibles. Ce qu’une collectivité doit reverser n’est pas compté.",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "decompte_lire")
        return Response({"resultats": DelaiContratSortie(delais_de_remboursement(user), many=True).data})
