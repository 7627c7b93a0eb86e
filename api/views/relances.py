"""The reminders of a dossier: stopped for a while with a reason, and resumed."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gate import exiger
from api import openapi as doc
from api.base import Operation, acteur, read
from api.idempotency import once
from api.serializers.relances import SuspensionEntree
from api.serializers.sinistres import SinistreSortie
from api.serializers.travail import Vide
from api.views.sinistres import dossier
from cases.selectors import sinistre_visible
from cases.selectors_relances import SUSPENDRE
from cases.services import relances

GROUPE = "Relances"
PARAMETRES = (doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.ETAG, doc.REPLAYED)
REFUS = ("introuvable", "en-tete-invalide", "refus", "cle-deja-employee")


class Suspendre(Operation):
    @doc.operation(
        "suspendre_relances", "Suspendre les relances d’un dossier, ou changer la raison et la date de leur suspension", groupe=GROUPE,
        demande=SuspensionEntree, reponse=SinistreSortie, exemple={"motif": "Arrêté en cours de signature.", "jusqu_au": "2026-12-15"},
        parametres=PARAMETRES, refus=[*REFUS, "donnee-refusee"],
        description="Rien n’est redemandé jusqu’à la fin de « jusqu_au » ou, sans date, jusqu’à ce qu’une personne reprenne les relances. "
        "Les jours ouvrés de la suspension décalent les relances suivantes. Un an au plus.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, SUSPENDRE, sinistre)
        valeurs = read(request, SuspensionEntree)

        def act() -> Response:
            relances.suspendre(acteur=user, sinistre=sinistre, motif=valeurs["motif"], jusqu_au=valeurs.get("jusqu_au"))
            return dossier(user, numero)

        return once(request, act)


class Reprendre(Operation):
    @doc.operation(
        "reprendre_relances", "Reprendre les relances d’un dossier", groupe=GROUPE, demande=Vide, reponse=SinistreSortie,
        parametres=PARAMETRES, refus=REFUS,
        description="Les relances suivantes sont plus tardives des jours ouvrés de la suspension. Sans suspension, rien ne change.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, SUSPENDRE, sinistre)
        read(request, Vide)

        def act() -> Response:
            relances.reprendre(acteur=user, sinistre=sinistre)
            return dossier(user, numero)

        return once(request, act)
