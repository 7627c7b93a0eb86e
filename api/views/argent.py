"""Décomptes and bordereaux: typed, approved by another, gathered, settled."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api import openapi as doc
from api.base import Operation, acteur, exiger_confirmation, read, read_parameters, require_action
from api.idempotency import once
from api.pagination import DEFAULT_SIZE, by_id
from api.serializers.argent import (
    BordereauEntree,
    BordereauResume,
    BordereauSortie,
    DecompteDetail,
    DecompteEntree,
    DecompteSortie,
    FiltreBordereaux,
    FiltreDecomptes,
    FiltreFichierBordereau,
    PageBordereaux,
    PageDecomptes,
    ReglementEntree,
    RejetEntree,
)
from api.serializers.travail import AdresseFichier, Vide
from api.views.sinistres import find_collectivite
from cases.errors import DonneeInvalide
from cases.models import Arret, Sinistre
from cases.selectors import sinistre_visible
from documents import storage
from indemnities.enums import GenreFichier
from indemnities.models import Decompte
from indemnities.selectors import bordereaux_visibles, decomptes_visibles
from workflows import bordereaux_fichiers, payments

GROUPE = "Paiements"
RECENTE = "authentification-recente-requise"
DECOMPTE_ID = doc.identifier("id", "Le décompte.")
BORDEREAU_ID = doc.identifier("id", "Le bordereau.")
UNKNOWN_SINISTRE = "Ce dossier est inconnu, ou hors de vos droits."


def _decompte(user: User, decompte_id: int) -> Any:
    return DecompteSortie(decomptes_visibles(user).get(pk=decompte_id)).data


def _bordereau(user: User, bordereau_id: int) -> Any:
    bordereau = bordereaux_visibles(user).get(pk=bordereau_id)
    lignes = decomptes_visibles(user).filter(bordereau=bordereau).order_by("pk")
    return BordereauSortie(bordereau, context={"decomptes": lignes}).data


def _find_sinistre(user: User, numero: str) -> Sinistre:
    try:
        return sinistre_visible(user, numero)
    except Sinistre.DoesNotExist as error:
        raise DonneeInvalide.sur("sinistre", UNKNOWN_SINISTRE) from error


def _find_arret(sinistre: Sinistre, arret_id: int | None) -> Arret | None:
    if arret_id is None:
        return None
    arret = sinistre.arrets.filter(pk=arret_id).first()
    if arret is None:
        raise DonneeInvalide.sur("arret", "Cet arrêt n’est pas de ce dossier.")
    return arret


def _find_corrected(user: User, decompte_id: int | None) -> Decompte | None:
    if decompte_id is None:
        return None
    decompte = decomptes_visibles(user).filter(pk=decompte_id).first()
    if decompte is None:
        raise DonneeInvalide.sur("corrige", "Ce décompte est inconnu, ou hors de vos droits.")
    return decompte


class Decomptes(Operation):
    @doc.operation(
        "lister_decomptes", "Les décomptes visibles, du plus récent au plus ancien", groupe=GROUPE, reponse=PageDecomptes,
        parametres=[FiltreDecomptes], refus=["donnee-invalide"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "decompte_lire")
        valeurs = read_parameters(request, FiltreDecomptes)
        rows = decomptes_visibles(user)
        if "sinistre" in valeurs:
            rows = rows.filter(sinistre__numero=valeurs["sinistre"])
        if "etat" in valeurs:
            rows = rows.filter(etat=valeurs["etat"])
        page = by_id(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": DecompteSortie(page.lignes, many=True).data, "suivant": page.suivant(request)})

    @doc.operation(
        "saisir_decompte", "Saisir un décompte", groupe=GROUPE, demande=DecompteEntree, reponse=DecompteSortie, statut=201,
        exemple={
            "sinistre": "2026-000042", "debut": "2026-10-11", "fin": "2026-10-31", "montant": "892.50", "explication": "21 jours à 90 %.",
        },
        parametres=[doc.IDEMPOTENCY_KEY, doc.LOCATION, doc.REPLAYED], refus=["en-tete-invalide", "donnee-refusee", "cle-deja-employee"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "decompte_calculer")
        valeurs = read(request, DecompteEntree)
        sinistre = _find_sinistre(user, valeurs.pop("sinistre"))
        arret = _find_arret(sinistre, valeurs.pop("arret", None))
        corrige = _find_corrected(user, valeurs.pop("corrige", None))

        def act() -> Response:
            cree = payments.saisir_decompte(acteur=user, numero=sinistre.numero, arret=arret, corrige=corrige, **valeurs)
            return Response(_decompte(user, cree.pk), status=201, headers={"Location": reverse("api:decompte", args=[cree.pk])})

        return once(request, act)


class UnDecompte(Operation):
    @doc.operation("lire_decompte", "Un décompte", groupe=GROUPE, reponse=DecompteDetail, parametres=[DECOMPTE_ID], refus=["introuvable"])
    def get(self, request: Request, id: int) -> Response:
        return Response(DecompteDetail(decomptes_visibles(acteur(request)).get(pk=id)).data)


class Approuver(Operation):
    @doc.operation(
        "approuver_decompte", "Approuver un décompte saisi par quelqu’un d’autre", groupe=GROUPE, demande=Vide, reponse=DecompteSortie,
        parametres=[DECOMPTE_ID], refus=["introuvable", "transition-impossible", "refus", RECENTE],
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        read(request, Vide)
        exiger_confirmation(request)
        payments.approuver_decompte(acteur=user, decompte_id=id)
        return Response(_decompte(user, id))


class Rejeter(Operation):
    @doc.operation(
        "rejeter_decompte", "Rejeter un décompte, avant ou après son envoi", groupe=GROUPE, demande=RejetEntree, reponse=DecompteSortie,
        exemple={"motif": "IBAN clos."}, parametres=[DECOMPTE_ID], refus=["introuvable", "donnee-refusee", "transition-impossible"],
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        decomptes_visibles(user).get(pk=id)
        payments.rejeter_decompte(acteur=user, decompte_id=id, motif=read(request, RejetEntree)["motif"])
        return Response(_decompte(user, id))


class Bordereaux(Operation):
    @doc.operation(
        "lister_bordereaux", "Les bordereaux visibles, du plus récent au plus ancien", groupe=GROUPE, reponse=PageBordereaux,
        parametres=[FiltreBordereaux], refus=["donnee-invalide", "donnee-refusee"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "bordereau_lire")
        valeurs = read_parameters(request, FiltreBordereaux)
        rows = bordereaux_visibles(user)
        if "collectivite" in valeurs:
            rows = rows.filter(collectivite=find_collectivite(user, valeurs["collectivite"], "bordereau_lire"))
        if "etat" in valeurs:
            rows = rows.filter(etat=valeurs["etat"])
        page = by_id(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": BordereauResume(page.lignes, many=True).data, "suivant": page.suivant(request)})

    @doc.operation(
        "composer_bordereau", "Réunir des décomptes approuvés et les transmettre au payeur", groupe=GROUPE, demande=BordereauEntree,
        reponse=BordereauSortie, statut=201, exemple={"decomptes": [118, 119]},
        parametres=[doc.IDEMPOTENCY_KEY, doc.LOCATION, doc.REPLAYED],
        refus=["en-tete-invalide", "donnee-refusee", "transition-impossible", "cle-deja-employee", RECENTE],
        description="D’une seule collectivité et d’un seul contrat. Les lignes sont figées, leur empreinte est dans « empreinte ».",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "bordereau_transmettre")
        exiger_confirmation(request)
        valeurs = read(request, BordereauEntree)
        wanted = valeurs["decomptes"]
        found = {d.pk: d for d in decomptes_visibles(user).filter(pk__in=wanted)}
        unknown = sorted(set(wanted) - set(found))
        if unknown:
            raise DonneeInvalide.sur("decomptes", f"Décompte inconnu, ou hors de vos droits : {', '.join(str(pk) for pk in unknown[:20])}.")
        premier = found[wanted[0]].sinistre
        for champ, own in (("collectivite", premier.collectivite.siret), ("contrat", premier.contrat.numero)):
            if valeurs.get(champ, own) != own:
                raise DonneeInvalide.sur(champ, "Ce n’est pas celle ou celui des décomptes choisis.")

        def act() -> Response:
            cree = payments.composer_bordereau(
                acteur=user, collectivite=premier.collectivite, contrat=premier.contrat, decompte_ids=list(found)
            )
            return Response(_bordereau(user, cree.pk), status=201, headers={"Location": reverse("api:bordereau", args=[cree.pk])})

        return once(request, act)


class UnBordereau(Operation):
    @doc.operation(
        "lire_bordereau", "Un bordereau et ses lignes", groupe=GROUPE, reponse=BordereauSortie, parametres=[BORDEREAU_ID],
        refus=["introuvable"],
    )  # fmt: skip
    def get(self, request: Request, id: int) -> Response:
        return Response(_bordereau(acteur(request), id))


class FichierDeBordereau(Operation):
    @doc.operation(
        "adresse_fichier_bordereau", "L’adresse, ouverte une minute, du PDF ou du CSV d’un bordereau", groupe=GROUPE,
        reponse=AdresseFichier, parametres=[BORDEREAU_ID, FiltreFichierBordereau], refus=["introuvable", "refus", "donnee-invalide"],
        description="Figé avec le bordereau. Sa remise est inscrite au journal.",
    )  # fmt: skip
    def get(self, request: Request, id: int) -> Response:
        user = acteur(request)
        genre = read_parameters(request, FiltreFichierBordereau).get("genre", GenreFichier.PDF.value)
        return Response(bordereaux_fichiers.remettre(acteur=user, bordereau_id=id, genre=genre)._asdict() | {"expire": storage.GET_SECONDS})


class Regler(Operation):
    @doc.operation(
        "regler_bordereau", "Constater le règlement d’un bordereau", groupe=GROUPE, demande=ReglementEntree, reponse=BordereauSortie,
        exemple={"le": "2026-11-20", "reference": "VIR-2026-1187"}, parametres=[BORDEREAU_ID],
        refus=["introuvable", "donnee-refusee", "transition-impossible", "refus", RECENTE],
        description="Chaque dossier dont plus rien n’attend de paiement passe à « REMBOURSE ».",
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        bordereaux_visibles(user).get(pk=id)
        exiger_confirmation(request)
        payments.regler_bordereau(acteur=user, bordereau_id=id, **read(request, ReglementEntree))
        return Response(_bordereau(user, id))
