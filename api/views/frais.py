"""Frais médicaux, certificates of prise en charge provisoire, capital décès."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gate import exiger
from accounts.models import User
from api import openapi as doc
from api.base import Operation, acteur, read
from api.idempotency import once
from api.serializers.argent import DecompteSortie
from api.serializers.calcul import DecomptesEcrits
from api.serializers.frais import (
    CapitalEntree,
    CapitalSortie,
    FactureEntree,
    FactureSoinsSortie,
    FacturesSoinsSortie,
    PriseEnChargeEntree,
    PriseEnChargeSortie,
    PrisesEnChargeSortie,
    RetraitEntree,
)
from api.serializers.travail import Vide
from cases.selectors import sinistre_visible
from indemnities.droits.deces import Cause, Conjoint, Enfant, Lien
from indemnities.models import Decompte, PriseEnCharge
from indemnities.selectors import decomptes_visibles
from indemnities.selectors_frais import prises_en_charge_de
from indemnities.services.capital import FaitsDeces
from workflows import capital, frais

GROUPE = "Frais médicaux et capital décès"
PRISE_ID = doc.identifier("id", "Le certificat.")
CREATE = ["introuvable", "en-tete-invalide", "donnee-refusee", "cle-deja-employee", "transition-impossible", "refus"]


def _written(user: User, decomptes: Sequence[Decompte]) -> Any:
    lus = decomptes_visibles(user).filter(pk__in=[d.pk for d in decomptes]).order_by("pk")
    return DecompteSortie(lus, many=True).data


def _prise(user: User, prise: PriseEnCharge) -> Any:
    return PriseEnChargeSortie(prises_en_charge_de(user, prise.sinistre).get(pk=prise.pk)).data


class Frais(Operation):
    @doc.operation(
        "lister_frais", "Les factures de soins d’un dossier, et ce qui en est payé", groupe=GROUPE, reponse=FacturesSoinsSortie,
        parametres=[doc.NUMERO], refus=["introuvable"],
        description="Les factures se saisissent dans la bulle, qui n’en laisse sortir que les dates, le montant et le tiers payant.",
    )  # fmt: skip
    def get(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "frais_payer", sinistre)
        return Response({"resultats": FactureSoinsSortie(frais.factures(user, sinistre), many=True).data})

    @doc.operation(
        "payer_facture", "Mettre une facture de soins en paiement, ou sa correction", groupe=GROUPE, demande=FactureEntree,
        reponse=DecomptesEcrits, statut=201, exemple={"facture": 31},
        parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.REPLAYED], refus=[*CREATE, "alerte-a-confirmer"],
        description="Une facture se paie une fois ; corrigée dans la bulle, c’est la différence. Une autre personne approuve.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        exiger(user, "frais_payer", sinistre_visible(user, numero))
        valeurs = read(request, FactureEntree)
        raison = valeurs.get("alertes_assumees", "")

        def act() -> Response:
            ecrits = frais.payer(acteur=user, numero=numero, facture=valeurs["facture"], alerte_assumee=raison)
            return Response({"decomptes": _written(user, ecrits)}, status=201)

        return once(request, act)


class Indus(Operation):
    @doc.operation(
        "reverser_frais", "Préparer ce qui est à reverser d’un certificat provisoire", groupe=GROUPE, demande=Vide,
        reponse=DecomptesEcrits, statut=201, parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.REPLAYED], refus=CREATE,
        description="L’imputabilité a été refusée : une ligne négative par facture payée, qu’une autre personne approuve.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        exiger(user, "frais_payer", sinistre_visible(user, numero))
        read(request, Vide)

        def act() -> Response:
            return Response({"decomptes": _written(user, frais.preparer_indus(acteur=user, numero=numero))}, status=201)

        return once(request, act)


class PrisesEnCharge(Operation):
    @doc.operation(
        "lister_prises_en_charge", "Les certificats de prise en charge provisoire d’un dossier", groupe=GROUPE,
        reponse=PrisesEnChargeSortie, parametres=[doc.NUMERO], refus=["introuvable"],
    )  # fmt: skip
    def get(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "prise_en_charge_lire", sinistre)
        return Response({"resultats": PriseEnChargeSortie(prises_en_charge_de(user, sinistre), many=True).data})

    @doc.operation(
        "donner_prise_en_charge", "Donner un certificat de prise en charge provisoire", groupe=GROUPE, demande=PriseEnChargeEntree,
        reponse=PriseEnChargeSortie, statut=201, exemple={"debut": "2026-10-01", "fin": "2026-12-31"},
        parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.REPLAYED], refus=CREATE,
        description="Tant que l’imputabilité n’est pas décidée. Si elle est refusée, ce qu’il a payé est à reverser.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        exiger(user, "prise_en_charge_donner", sinistre_visible(user, numero))
        valeurs = read(request, PriseEnChargeEntree)

        def act() -> Response:
            return Response(_prise(user, frais.donner_prise_en_charge(acteur=user, numero=numero, **valeurs)), status=201)

        return once(request, act)


class RetirerPriseEnCharge(Operation):
    @doc.operation(
        "retirer_prise_en_charge", "Retirer un certificat de prise en charge provisoire", groupe=GROUPE, demande=RetraitEntree,
        reponse=PriseEnChargeSortie, exemple={"motif": "Donné par erreur."}, parametres=[doc.NUMERO, PRISE_ID],
        refus=["introuvable", "donnee-refusee", "refus"],
    )  # fmt: skip
    def post(self, request: Request, numero: str, id: int) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "prise_en_charge_donner", sinistre)
        prises_en_charge_de(user, sinistre).get(pk=id)
        retiree = frais.retirer_prise_en_charge(acteur=user, numero=numero, prise_id=id, **read(request, RetraitEntree))
        return Response(_prise(user, retiree))


class Capital(Operation):
    @doc.operation(
        "calculer_capital_deces", "Calculer le capital décès, et en écrire les décomptes", groupe=GROUPE, demande=CapitalEntree,
        reponse=CapitalSortie, statut=201,
        exemple={
            "age_legal": False, "conjoint": {"lien": "MARIAGE", "depuis": "2005-06-04"}, "enfants": [{"naissance": "2015-02-01"}],
            "essai": True,
        },
        parametres=[doc.NUMERO, doc.IDEMPOTENCY_KEY, doc.REPLAYED], refus=CREATE,
        description="Aucun nom n’est demandé et rien des faits n’est gardé que les parts. Répété avec d’autres faits, il corrige.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        exiger(user, "decompte_calculer", sinistre_visible(user, numero))
        valeurs = read(request, CapitalEntree)
        essai = valeurs.pop("essai", False)
        faits = _facts(valeurs)

        def act() -> Response:
            proposition = capital.apercu(acteur=user, numero=numero, faits=faits)
            ecrits = [] if essai else capital.calculer(acteur=user, numero=numero, faits=faits)
            corps = CapitalSortie(CapitalSortie.de(proposition, decomptes_visibles(user).filter(pk__in=[d.pk for d in ecrits]))).data
            return Response(corps, status=201)

        return once(request, act)


def _facts(valeurs: dict[str, Any]) -> FaitsDeces:
    conjoint = valeurs.get("conjoint")
    return FaitsDeces(
        age_legal=valeurs["age_legal"],
        cause=Cause(valeurs.get("cause", Cause.ORDINAIRE)),
        remuneration=valeurs.get("remuneration"),
        conjoint=None if conjoint is None else Conjoint(Lien(conjoint["lien"]), conjoint["depuis"], conjoint.get("separe", False)),
        enfants=tuple(Enfant(e["naissance"], e.get("infirme", False), e.get("impose", False)) for e in valeurs.get("enfants", ())),
        ascendants=valeurs.get("ascendants", 0),
    )
