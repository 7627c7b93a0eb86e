"""Décomptes computed for a dossier: what the engines give now, then the lines that another person approves."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from api import openapi as doc
from api.base import Operation, acteur, read, require_action
from api.idempotency import once
from api.serializers.argent import DecompteSortie
from api.serializers.calcul import CalculSortie, DecomptesEcrits, FaitsDroitsEntree, FaitsDroitsSortie
from api.serializers.travail import Vide
from cases.selectors import sinistre_visible
from indemnities.calcul.simulation import rendre_ligne
from indemnities.dossier.projets import Projet
from indemnities.selectors import decomptes_visibles
from workflows import decomptes

GROUPE = "Paiements"


class Calcul(Operation):
    @doc.operation(
        "apercevoir_calcul", "Ce que donne le calcul, sans rien enregistrer", groupe=GROUPE, reponse=CalculSortie, parametres=[doc.NUMERO],
        refus=["introuvable", "refus", "garde-non-satisfaite"],
        description="Périodes dont les pièces sont conformes, jusqu’à la veille, et corrections de ce qui a changé.",
    )  # fmt: skip
    def get(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        require_action(user, "decompte_calculer")
        plan = decomptes.apercu(acteur=user, numero=numero)
        return Response(
            {
                "a_remplacer": [d.pk for d in plan.a_ecarter],
                "projets": [_project(p) for p in plan.projets],
                "total": f"{plan.total:.2f}",
                "reserves": list(plan.reserves),
            }
        )

    @doc.operation(
        "calculer_decomptes", "Écrire les décomptes que donne le calcul", groupe=GROUPE, demande=Vide, reponse=DecomptesEcrits, statut=201,
        parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.REPLAYED],
        refus=["introuvable", "en-tete-invalide", "refus", "garde-non-satisfaite", "transition-impossible", "cle-deja-employee"],
        description="Qui le demande en est l’auteur : une autre personne approuve.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        require_action(user, "decompte_calculer")
        sinistre_visible(user, numero)
        read(request, Vide)

        def act() -> Response:
            ecrits = decomptes.preparer(acteur=user, numero=numero)
            rows = decomptes_visibles(user).filter(pk__in=[d.pk for d in ecrits]).order_by("pk")
            return Response({"decomptes": DecompteSortie(rows, many=True).data}, status=201)

        return once(request, act)


def _project(projet: Projet) -> dict[str, Any]:
    return {
        "debut": projet.debut.isoformat(),
        "fin": projet.fin.isoformat(),
        "arret": projet.arret.pk if projet.arret is not None else None,
        "corrige": projet.corrige.pk if projet.corrige is not None else None,
        "du": f"{projet.du:.2f}",
        "deja": f"{projet.deja:.2f}",
        "montant": f"{projet.montant:.2f}",
        "explication": projet.explication,
        "lignes": [rendre_ligne(ligne) for ligne in projet.lignes],
    }


class FaitsDroits(Operation):
    @doc.operation(
        "fixer_faits_droits", "Dire ce dont les droits dépendent et qu’aucun certificat ne dit", groupe=GROUPE, demande=FaitsDroitsEntree,
        reponse=FaitsDroitsSortie, exemple={"naissance": "2026-05-02", "rang": 3}, parametres=[doc.NUMERO],
        refus=["introuvable", "donnee-refusee", "refus"],
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        require_action(user, "decompte_calculer")
        sinistre_visible(user, numero)
        faits = decomptes.fixer_faits(acteur=user, numero=numero, **read(request, FaitsDroitsEntree))
        return Response(FaitsDroitsSortie(faits).data)
