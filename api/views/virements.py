"""Accounts, remises of transfers, and the messages that close them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api import openapi as doc
from api.base import Operation, acteur, exiger_confirmation, read, read_parameters, require_action
from api.fields import Pagine
from api.idempotency import once
from api.pagination import DEFAULT_SIZE, by_id
from api.serializers.travail import AdresseFichier, Vide
from api.serializers.virements import (
    CompteEntree,
    CompteSortie,
    ConstatEntree,
    FiltreComptes,
    FiltreRemises,
    MotifEntree,
    PageComptes,
    PageRemises,
    PageRetours,
    RemiseEntree,
    RemiseResume,
    RemiseSortie,
    RetourEntree,
    RetourSortie,
    VirementSortie,
)
from api.views.sinistres import find_collectivite
from cases.errors import DonneeInvalide
from documents import storage
from indemnities.selectors import bordereaux_visibles
from indemnities.selectors_virements import (
    comptes_visibles,
    remises_visibles,
    retours_visibles,
    virements_de_la_remise,
    virements_visibles,
)
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from workflows import retours, virements

GROUPE = "Virements"
COMPTE_ID = doc.identifier("id", "Le compte.")
REMISE_ID = doc.identifier("id", "La remise.")
VIREMENT_ID = doc.identifier("id", "Le virement.")
RETOUR_ID = doc.identifier("id", "Le retour.")
RECENTE = "authentification-recente-requise"
CREATION = [doc.IDEMPOTENCY_KEY, doc.LOCATION, doc.REPLAYED]


def _compte(user: User, compte_id: int) -> Any:
    return CompteSortie(comptes_visibles(user).get(pk=compte_id)).data


def _remise(user: User, remise_id: int) -> Any:
    remise = remises_visibles(user).get(pk=remise_id)
    return RemiseSortie(remise, context={"virements": virements_de_la_remise(user, remise)}).data


class Comptes(Operation):
    @doc.operation(
        "lister_comptes", "Les comptes bancaires, du plus récent au plus ancien", groupe=GROUPE, reponse=PageComptes,
        parametres=[FiltreComptes], refus=["donnee-invalide"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "compte_lire")
        valeurs = read_parameters(request, FiltreComptes)
        rows = comptes_visibles(user)
        if "etat" in valeurs:
            rows = rows.filter(etat=valeurs["etat"])
        page = by_id(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": CompteSortie(page.lignes, many=True).data, "suivant": page.suivant(request)})

    @doc.operation(
        "saisir_compte", "Saisir un compte, qu’une autre personne confirmera", groupe=GROUPE, demande=CompteEntree, reponse=CompteSortie,
        statut=201, exemple={"collectivite": "21340142300011", "titulaire": "Mairie", "iban": "FR7630006000011234567890189"},
        parametres=CREATION, refus=["en-tete-invalide", "donnee-refusee", "cle-deja-employee"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "compte_saisir")
        valeurs = read(request, CompteEntree)
        siret = valeurs.pop("collectivite", None)
        chez = find_collectivite(user, siret, "bordereau_lire") if siret is not None else None

        def act() -> Response:
            cree = comptes.saisir(acteur=user, collectivite=chez, rib=Rib(**valeurs))
            return Response(_compte(user, cree.pk), status=201, headers={"Location": reverse("api:compte", args=[cree.pk])})

        return once(request, act)


class UnCompte(Operation):
    @doc.operation("lire_compte", "Un compte bancaire", groupe=GROUPE, reponse=CompteSortie, parametres=[COMPTE_ID], refus=["introuvable"])
    def get(self, request: Request, id: int) -> Response:
        return Response(_compte(acteur(request), id))


class ConfirmerCompte(Operation):
    @doc.operation(
        "confirmer_compte", "Confirmer un compte saisi par quelqu’un d’autre", groupe=GROUPE, demande=Vide, reponse=CompteSortie,
        parametres=[COMPTE_ID], refus=["introuvable", "transition-impossible", "refus", RECENTE],
        description="Il remplace le compte en vigueur. À comparer d’abord au RIB.",
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        require_action(user, "compte_confirmer")
        read(request, Vide)
        exiger_confirmation(request)
        comptes.confirmer(acteur=user, compte_id=id)
        return Response(_compte(user, id))


class EcarterCompte(Operation):
    @doc.operation(
        "ecarter_compte", "Écarter un compte qui attend", groupe=GROUPE, demande=MotifEntree, reponse=CompteSortie,
        exemple={"motif": "RIB d’une autre commune."}, parametres=[COMPTE_ID],
        refus=["introuvable", "donnee-refusee", "transition-impossible"],
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        require_action(user, "compte_saisir")
        comptes.ecarter(acteur=user, compte_id=id, motif=read(request, MotifEntree)["motif"])
        return Response(_compte(user, id))


class Remises(Operation):
    @doc.operation(
        "lister_remises", "Les remises de virements, de la plus récente à la plus ancienne", groupe=GROUPE, reponse=PageRemises,
        parametres=[FiltreRemises], refus=["donnee-invalide"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "remise_lire")
        valeurs = read_parameters(request, FiltreRemises)
        rows = remises_visibles(user)
        if "etat" in valeurs:
            rows = rows.filter(etat=valeurs["etat"])
        page = by_id(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": RemiseResume(page.lignes, many=True).data, "suivant": page.suivant(request)})

    @doc.operation(
        "composer_remise", "Réunir les virements de bordereaux que le centre de gestion règle", groupe=GROUPE, demande=RemiseEntree,
        reponse=RemiseSortie, statut=201, exemple={"bordereaux": [118, 119], "execution": "2026-11-23"}, parametres=CREATION,
        refus=["en-tete-invalide", "donnee-refusee", "alerte-a-confirmer", "cle-deja-employee", RECENTE],
        description="Un virement par bordereau, de son net. Un compte en vigueur depuis moins de trente jours répond 409 avec « alertes » "
        "(renvoyez alors la demande avec « alertes_assumees »).",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "remise_composer")
        exiger_confirmation(request)
        valeurs = read(request, RemiseEntree)
        bordereaux = valeurs.pop("bordereaux")
        connus = set(bordereaux_visibles(user).filter(pk__in=bordereaux).order_by().values_list("pk", flat=True))
        inconnus = sorted(set(bordereaux) - connus)
        if inconnus:
            liste = ", ".join(str(pk) for pk in inconnus[:20])
            raise DonneeInvalide.sur("bordereaux", f"Bordereau inconnu, ou hors de vos droits : {liste}.")

        def act() -> Response:
            cree = virements.composer(acteur=user, bordereau_ids=bordereaux, **valeurs)
            return Response(_remise(user, cree.pk), status=201, headers={"Location": reverse("api:remise", args=[cree.pk])})

        return once(request, act)


class UneRemise(Operation):
    @doc.operation(
        "lire_remise", "Une remise et ses virements", groupe=GROUPE, reponse=RemiseSortie, parametres=[REMISE_ID], refus=["introuvable"]
    )
    def get(self, request: Request, id: int) -> Response:
        return Response(_remise(acteur(request), id))


class SignerRemise(Operation):
    @doc.operation(
        "signer_remise", "Signer une remise composée par quelqu’un d’autre", groupe=GROUPE, demande=Vide, reponse=RemiseSortie,
        parametres=[REMISE_ID], refus=["introuvable", "donnee-refusee", "transition-impossible", "refus", RECENTE],
        description="L’empreinte du fichier est figée : aucun autre ne sortira sous ce numéro.",
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        read(request, Vide)
        exiger_confirmation(request)
        virements.signer(acteur=user, numero=remises_visibles(user).get(pk=id).numero)
        return Response(_remise(user, id))


class AbandonnerRemise(Operation):
    @doc.operation(
        "abandonner_remise", "Abandonner une remise dont personne n’a pris le fichier", groupe=GROUPE, demande=MotifEntree,
        reponse=RemiseSortie, exemple={"motif": "Mauvaise date."}, parametres=[REMISE_ID],
        refus=["introuvable", "donnee-refusee", "transition-impossible"],
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        numero = remises_visibles(user).get(pk=id).numero
        virements.abandonner(acteur=user, numero=numero, motif=read(request, MotifEntree)["motif"])
        return Response(_remise(user, id))


class FichierDeRemise(Operation):
    @doc.operation(
        "prendre_fichier_remise", "L’adresse, ouverte une minute, du fichier (pain.001) d’une remise signée", groupe=GROUPE, demande=Vide,
        reponse=AdresseFichier, parametres=[REMISE_ID], refus=["introuvable", "transition-impossible", "refus"],
        description="Le fichier signé, à l’octet près ; sa remise est inscrite au journal. La première rend les virements « émis ».",
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        read(request, Vide)
        remise, contenu = virements.prendre_fichier(acteur=user, numero=remises_visibles(user).get(pk=id).numero)
        nom, type = f"{remise.numero}.xml", "application/xml"
        return Response(
            {
                "nom": nom,
                "type": type,
                "taille": len(contenu),
                "sha256": remise.sha256,
                "url": storage.presign_kept(remise.nom_fichier, type=type, nom=nom),
                "expire": storage.GET_SECONDS,
            }
        )


class Constater(Operation):
    @doc.operation(
        "constater_virement", "Dire ce que la banque a répondu autrement que par un fichier", groupe=GROUPE, demande=ConstatEntree,
        reponse=VirementSortie, exemple={"sort": "EXECUTE", "le": "2026-11-24"}, parametres=[VIREMENT_ID],
        refus=["introuvable", "donnee-refusee", "transition-impossible", "refus", RECENTE],
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        visible = virements_visibles(user).get(pk=id)
        exiger_confirmation(request)
        retours.constater(acteur=user, virement_id=visible.pk, **read(request, ConstatEntree))
        return Response(VirementSortie(virements_visibles(user).select_related("compte").get(pk=id)).data)


class Retours(Operation):
    @doc.operation(
        "lister_retours", "Les retours de paiement importés, du plus récent au plus ancien", groupe=GROUPE, reponse=PageRetours,
        parametres=[Pagine], refus=["donnee-invalide"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "remise_lire")
        valeurs = read_parameters(request, Pagine)
        page = by_id(retours_visibles(user), valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": RetourSortie(page.lignes, many=True).data, "suivant": page.suivant(request)})

    @doc.operation(
        "importer_retour", "Importer un pain.002, un camt.053 ou l’avis de règlement d’un assureur", groupe=GROUPE, demande=RetourEntree,
        reponse=RetourSortie, exemple={"contenu": "bordereau;date;reference;montant\nB-2026-000118;2026-11-20;VIR-1187;1234,56\n"},
        refus=["donnee-refusee", RECENTE],
        description="Chaque ligne juste est constatée, chaque autre est dite. Le même contenu, envoyé deux fois, rend le même retour "
        "sans rien changer. Un long message se traite après la réponse : « traite_le » reste nul jusque-là.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "retour_importer")
        exiger_confirmation(request)
        lu, _ = retours.importer(acteur=user, contenu=read(request, RetourEntree)["contenu"].encode())
        return Response(RetourSortie(retours_visibles(user).get(pk=lu.pk)).data)


class UnRetour(Operation):
    @doc.operation(
        "lire_retour", "Un retour et ce qui a été fait de chaque ligne", groupe=GROUPE, reponse=RetourSortie, parametres=[RETOUR_ID],
        refus=["introuvable"],
    )  # fmt: skip
    def get(self, request: Request, id: int) -> Response:
        return Response(RetourSortie(retours_visibles(acteur(request)).get(pk=id)).data)
