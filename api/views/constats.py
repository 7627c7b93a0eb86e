"""What is known besides the dossier: leaves never declared, what the CPAM paid, pay maintained."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gate import exiger
from accounts.models import User
from api import openapi as doc
from api.base import Operation, acteur, read, require_action
from api.idempotency import once
from api.serializers.constats import (
    AgentEntree,
    AnnulationEntree,
    ArretConnuEntree,
    ArretConnuSortie,
    ArretsConnusSortie,
    MontantConstateEntree,
    MontantConstateSortie,
    MontantsConstatesSortie,
)
from api.views.sinistres import find_collectivite
from cases.errors import DonneeInvalide
from cases.selectors import sinistre_visible
from contracts.selectors import agents_visibles
from indemnities.rules_constats import LigneArret, LigneMontant
from indemnities.selectors_constats import arrets_connus_visibles, constats_de, montants_visibles
from workflows import constats

GROUPE = "Arrêts connus, CPAM et paie"
ARRET_ID = doc.identifier("id", "L’arrêt connu.")
MONTANT_ID = doc.identifier("id", "Le montant constaté.")
CREATE = ["en-tete-invalide", "donnee-refusee", "cle-deja-employee"]
AGENT = {"collectivite": "20000001700013", "agent": "M00042"}


def _arret(user: User, arret_id: int) -> Any:
    return ArretConnuSortie(arrets_connus_visibles(user).get(pk=arret_id)).data


def _montant(user: User, montant_id: int) -> Any:
    return MontantConstateSortie(montants_visibles(user).get(pk=montant_id)).data


class ArretsConnus(Operation):
    @doc.operation(
        "noter_arret_connu", "Noter un arrêt qui n’a pas de dossier", groupe=GROUPE, demande=ArretConnuEntree, reponse=ArretConnuSortie,
        statut=201, exemple=AGENT | {"nature": "CMO", "debut": "2026-02-02", "fin": "2026-02-06", "certificat_du": "2026-02-02"},
        parametres=[doc.IDEMPOTENCY_KEY, doc.REPLAYED], refus=[*CREATE, "refus"],
        description="Il compte dans les droits de l’agent et n’est jamais indemnisé. Les jours d’un dossier sont refusés avec son numéro.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "constat_saisir")
        valeurs = read(request, ArretConnuEntree)
        collectivite = find_collectivite(user, valeurs.pop("collectivite"), "constat_saisir")
        agent = agents_visibles(user).filter(collectivite=collectivite, matricule=valeurs.pop("agent")).first()
        if agent is None:
            raise DonneeInvalide.sur("agent", "Ce matricule est inconnu dans cette collectivité.")
        agent_id = agent.pk

        def act() -> Response:
            arret = constats.saisir_arret(acteur=user, agent_id=agent_id, ligne=LigneArret(**valeurs))
            return Response(_arret(user, arret.pk), status=201)

        return once(request, act)


class ChercherArretsConnus(Operation):
    @doc.operation(
        "lister_arrets_connus", "Les arrêts connus d’un agent, du plus récent au plus ancien", groupe=GROUPE, demande=AgentEntree,
        reponse=ArretsConnusSortie, exemple=AGENT, refus=["donnee-refusee"],
        description="Par POST : rien de personnel ne figure dans une adresse. Un matricule inconnu n’a aucun arrêt.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "constat_lire")
        valeurs = read(request, AgentEntree)
        collectivite = find_collectivite(user, valeurs["collectivite"], "constat_lire")
        arrets = arrets_connus_visibles(user).filter(agent__collectivite=collectivite, agent__matricule=valeurs["agent"])
        return Response({"resultats": ArretConnuSortie(arrets.order_by("-debut", "-pk"), many=True).data})


class AnnulerArretConnu(Operation):
    @doc.operation(
        "annuler_arret_connu", "Annuler un arrêt connu", groupe=GROUPE, demande=AnnulationEntree, reponse=ArretConnuSortie,
        exemple={"motif": "Autre agent."}, parametres=[ARRET_ID], refus=["introuvable", "donnee-refusee", "transition-impossible"],
        description="Définitif : la ligne reste, avec son motif, et ne compte plus.",
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        exiger(user, "constat_annuler", arrets_connus_visibles(user).get(pk=id))
        constats.annuler_arret(acteur=user, arret_id=id, motif=read(request, AnnulationEntree)["motif"])
        return Response(_arret(user, id))


class Montants(Operation):
    @doc.operation(
        "lister_montants_constates", "Ce que la CPAM a versé et la paie maintenue, par date", groupe=GROUPE,
        reponse=MontantsConstatesSortie, parametres=[doc.NUMERO], refus=["introuvable"],
    )  # fmt: skip
    def get(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "constat_lire", sinistre)
        return Response({"resultats": MontantConstateSortie(constats_de(user, sinistre), many=True).data})

    @doc.operation(
        "noter_montant_constate", "Noter un décompte de la CPAM ou une paie maintenue", groupe=GROUPE, demande=MontantConstateEntree,
        reponse=MontantConstateSortie, statut=201,
        exemple={"genre": "CPAM", "debut": "2026-02-05", "fin": "2026-02-18", "montant": "412.30", "reference": "BPIJ 2026-02"},
        parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.REPLAYED], refus=["introuvable", *CREATE, "transition-impossible"],
        description="« CPAM » se déduit de ce qui est dû (régime IRCANTEC seul) ; « PAIE » en est la limite.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        exiger(user, "constat_saisir", sinistre_visible(user, numero))
        valeurs = read(request, MontantConstateEntree)

        def act() -> Response:
            montant = constats.saisir_montant(acteur=user, numero=numero, ligne=LigneMontant(**valeurs))
            return Response(_montant(user, montant.pk), status=201)

        return once(request, act)


class AnnulerMontant(Operation):
    @doc.operation(
        "annuler_montant_constate", "Annuler un montant constaté", groupe=GROUPE, demande=AnnulationEntree, reponse=MontantConstateSortie,
        exemple={"motif": "Décompte remplacé."}, parametres=[MONTANT_ID], refus=["introuvable", "donnee-refusee", "transition-impossible"],
        description="Définitif : la ligne reste, avec son motif, et ne compte plus.",
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        exiger(user, "constat_annuler", montants_visibles(user).get(pk=id))
        constats.annuler_montant(acteur=user, montant_id=id, motif=read(request, AnnulationEntree)["motif"])
        return Response(_montant(user, id))
