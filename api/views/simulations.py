"""The simulator: rights and indemnities of a history described in the request. No case is needed, nothing is stored."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from api import openapi as doc
from api.base import Operation, acteur, require_action
from api.serializers.simulations import DroitsEntree, DroitsSortie, IndemnitesEntree, IndemnitesSortie
from indemnities.calcul import simulation as indemnites
from indemnities.droits import simulation as droits

GROUPE = "Simulateur"
ACTION = "simuler"
REFUS = ["donnee-refusee"]
EXEMPLE = {
    "nature": "CMO",
    "regime": "CNRACL",
    "decompte": "calendaire",
    "arrets": [{"debut": "2026-01-05", "fin": "2026-02-10", "certificat": "2026-01-05"}],
}
BASE = {
    "base": {"tib": "24000.00", "charges": "40"},
    "diviseur": "360",
    "franchise": {"genre": "PAR_ARRET_MO", "jours": 10},
    "niveau": "0.90",
}


class Droits(Operation):
    @doc.operation(
        "simuler_droits", "Simuler les droits d’un agent", groupe=GROUPE, reponse=DroitsSortie, demande=DroitsEntree, exemple=EXEMPLE,
        refus=REFUS, description="Tous ses arrêts, dans n’importe quel ordre : ce que la loi maintient du traitement, jour par jour.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        require_action(acteur(request), ACTION)
        lue: Any = request.data
        return Response(droits.simuler(lue))


class Indemnites(Operation):
    @doc.operation(
        "simuler_indemnites", "Simuler une indemnité", groupe=GROUPE, reponse=IndemnitesSortie, demande=IndemnitesEntree,
        exemple=EXEMPLE | BASE, refus=REFUS,
        description="La demande des droits, avec une base et des termes de contrat : des lignes au centime, chacune avec son calcul.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        require_action(acteur(request), ACTION)
        lue: Any = request.data
        return Response(indemnites.simuler(lue))
