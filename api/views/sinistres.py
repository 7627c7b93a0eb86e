"""Sinistres: declare, list, read, move through the lifecycle."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Collectivite, User
from api import openapi as doc
from api.base import Operation, acteur, read, read_parameters, read_version, require_action
from api.idempotency import once
from api.pagination import DEFAULT_SIZE, by_id
from api.serializers.sinistres import (
    DeclarationEntree,
    FiltreSinistresEntree,
    NouvelArretEntree,
    PageSinistres,
    RechercheSinistres,
    RepriseEntree,
    ResultatRecherche,
    SinistreResume,
    SinistreSortie,
    TransitionEntree,
    arret_demande,
)
from cases.enums import GenreArret
from cases.errors import DonneeInvalide
from cases.selectors import FiltreSinistres, search_sinistres, sinistre_visible, taches_du_sinistre
from cases.selectors_relances import suspension_de
from cases.states import PASSAGES
from contracts.models import Agent
from contracts.selectors import agents_visibles, collectivites_visibles
from documents.selectors import pieces_du_sinistre
from workflows.declaration import Declaration, declarer
from workflows.demande import ArretDemande, Demande
from workflows.lifecycle import ajouter_arret, declarer_reprise, transiter, transitions_possibles

GROUPE = "Sinistres"
UNKNOWN_COLLECTIVITE = "Cette collectivité est inconnue, ou hors de vos droits."
CHANGE_REFUSALS = ("introuvable", "en-tete-invalide", "version-perimee", "alerte-a-confirmer", "donnee-refusee", "transition-impossible")
DECLARATION = {
    "collectivite": "20000001700013", "agent": "M00042", "nature": "CMO", "survenance": "2026-10-01",
    "arret": {"debut": "2026-10-01", "fin": "2026-10-31", "certificat": "2026-10-01"}, "circonstances": None, "tiers_possible": False,
}  # fmt: skip


def dossier(user: User, numero: str, *, statut: int = 200) -> Response:
    """The whole dossier as `user` sees it, with its version as ETag. Raises Sinistre.DoesNotExist."""
    sinistre = sinistre_visible(user, numero)
    context = {
        "arrets": sinistre.arrets.order_by("debut", "pk"),
        "pieces": pieces_du_sinistre(user, sinistre),
        "taches": taches_du_sinistre(user, sinistre),
        "transitions": transitions_possibles(user, sinistre),
        "suspension": suspension_de(user, sinistre),
    }
    headers = {"ETag": f'"{sinistre.version}"'}
    if statut == 201:
        headers["Location"] = reverse("api:sinistre", args=[numero])
    return Response(SinistreSortie(sinistre, context=context).data, status=statut, headers=headers)


def find_collectivite(user: User, siret: str, action: str) -> Collectivite:
    """The collectivité for which `user` holds `action`. Raises DonneeInvalide: unknown and foreign read the same."""
    found = collectivites_visibles(user, action).filter(siret=siret).first()
    if found is None:
        raise DonneeInvalide.sur("collectivite", UNKNOWN_COLLECTIVITE)
    return found


def _find_agent(user: User, siret: str, matricule: str) -> Agent:
    collectivite = find_collectivite(user, siret, "dossier_declarer")
    agent = agents_visibles(user).select_related("collectivite").filter(collectivite=collectivite, matricule=matricule).first()
    if agent is None:
        raise DonneeInvalide.sur("agent", "Ce matricule est inconnu dans cette collectivité.")
    return agent


def _arret(valeurs: dict[str, Any]) -> ArretDemande | None:
    arret = valeurs.get("arret")
    return arret_demande(arret) if arret is not None else None


def _filtre(user: User, valeurs: dict[str, Any]) -> FiltreSinistres:
    siret = valeurs.get("collectivite")
    return FiltreSinistres(
        etats=tuple(valeurs.get("etat", ())),
        natures=tuple(valeurs.get("nature", ())),
        collectivite_id=find_collectivite(user, siret, "dossier_lire").pk if siret else None,
        survenance_de=valeurs.get("survenance_de"),
        survenance_a=valeurs.get("survenance_a"),
        texte=valeurs.get("texte", ""),
    )


class Sinistres(Operation):
    @doc.operation(
        "lister_sinistres", "Les dossiers visibles, du plus récent au plus ancien", groupe=GROUPE, reponse=PageSinistres,
        parametres=[FiltreSinistresEntree], refus=["donnee-invalide", "donnee-refusee"],
        description="« etat » et « nature » se répètent. Une recherche par nom se fait par POST sur « recherche/ ».",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "dossier_lire")
        valeurs = read_parameters(request, FiltreSinistresEntree, "etat", "nature")
        page = by_id(search_sinistres(user, _filtre(user, valeurs)), valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": SinistreResume(page.lignes, many=True).data, "suivant": page.suivant(request)})

    @doc.operation(
        "declarer_sinistre", "Déclarer un sinistre", groupe=GROUPE, demande=DeclarationEntree, reponse=SinistreSortie, statut=201,
        exemple=DECLARATION, parametres=[doc.IDEMPOTENCY_KEY, doc.ETAG, doc.LOCATION, doc.REPLAYED],
        refus=["en-tete-invalide", "alerte-a-confirmer", "donnee-refusee", "cle-deja-employee"],
        description="Une déclaration tardive est acceptée et signalée dans « declaration ». Un double probable, un recouvrement ou une "
        "date à venir répondent 409 avec « alertes » : renvoyez alors la demande avec « alertes_assumees ».",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "dossier_declarer")
        valeurs = read(request, DeclarationEntree)
        agent = _find_agent(user, valeurs["collectivite"], valeurs["agent"])
        declaration = Declaration(
            nature=valeurs["nature"],
            survenance=valeurs["survenance"],
            arret=_arret(valeurs),
            circonstances=valeurs.get("circonstances") or "",
            tiers_possible=valeurs.get("tiers_possible"),
            alertes_assumees=valeurs.get("alertes_assumees", ""),
        )

        def act() -> Response:
            return dossier(user, declarer(acteur=user, agent=agent, declaration=declaration).numero, statut=201)

        return once(request, act)


class Recherche(Operation):
    @doc.operation(
        "rechercher_sinistres", "Chercher des dossiers par nom, matricule ou numéro", groupe=GROUPE, demande=RechercheSinistres,
        reponse=ResultatRecherche, exemple={"texte": "durand", "etat": ["VALIDE"]}, refus=["donnee-refusee"],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "dossier_lire")
        valeurs = read(request, RechercheSinistres)
        page = by_id(search_sinistres(user, _filtre(user, valeurs)), valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        return Response({"resultats": SinistreResume(page.lignes, many=True).data, "curseur": page.curseur})


class Detail(Operation):
    @doc.operation(
        "lire_sinistre", "Un dossier", groupe=GROUPE, reponse=SinistreSortie, parametres=[doc.NUMERO, doc.ETAG], refus=["introuvable"]
    )
    def get(self, request: Request, numero: str) -> Response:
        return dossier(acteur(request), numero)


class Transition(Operation):
    @doc.operation(
        "transiter_sinistre", "Faire passer un dossier d’un état à un autre", groupe=GROUPE, demande=TransitionEntree,
        reponse=SinistreSortie, exemple={"motif": "REPRISE", "date_effet": "2026-11-02", "commentaire": "Reprise confirmée par la mairie."},
        parametres=[
            doc.NUMERO,
            doc.OpenApiParameter(
                "nom", {"type": "string", "enum": list(PASSAGES)}, doc.OpenApiParameter.PATH, description="Nom de la transition."
            ),
            doc.IF_MATCH, doc.ETAG,
        ],
        refus=[*CHANGE_REFUSALS, "garde-non-satisfaite", "version-requise"],
        description="Chaque transition prend ses propres champs et refuse les autres. Une condition non remplie : 422 avec « raisons ».",
    )  # fmt: skip
    def post(self, request: Request, numero: str, nom: str) -> Response:
        user = acteur(request)
        if nom not in PASSAGES:
            raise Http404
        sinistre_visible(user, numero)
        version = read_version(request, required=True)
        valeurs = read(request, TransitionEntree)
        demande = Demande(**valeurs | {"arret": _arret(valeurs)})
        transiter(acteur=user, numero=numero, nom=nom, demande=demande, version=version)
        return dossier(user, numero)


class Arrets(Operation):
    @doc.operation(
        "ajouter_arret", "Déclarer une prolongation ou un temps partiel thérapeutique", groupe=GROUPE, demande=NouvelArretEntree,
        reponse=SinistreSortie, statut=201, exemple={"arret": {"debut": "2026-11-01", "fin": "2026-11-15", "certificat": "2026-10-31"}},
        parametres=[doc.NUMERO, doc.IF_MATCH_OPTIONAL, doc.IDEMPOTENCY_KEY, doc.ETAG, doc.LOCATION, doc.REPLAYED],
        refus=[*CHANGE_REFUSALS, "cle-deja-employee"],
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre_visible(user, numero)
        version = read_version(request, required=False)
        valeurs = read(request, NouvelArretEntree)

        def act() -> Response:
            ajouter_arret(
                acteur=user,
                numero=numero,
                arret=arret_demande(valeurs["arret"]),
                genre=valeurs.get("genre", GenreArret.PROLONGATION),
                alertes_assumees=valeurs.get("alertes_assumees", ""),
                version=version,
            )
            return dossier(user, numero, statut=201)

        return once(request, act)


class Reprise(Operation):
    @doc.operation(
        "declarer_reprise", "Déclarer la reprise effective", groupe=GROUPE, demande=RepriseEntree, reponse=SinistreSortie,
        exemple={"le": "2026-11-02"}, parametres=[doc.NUMERO, doc.ETAG], refus=["introuvable", "donnee-refusee", "transition-impossible"],
        description="Elle ne clôt rien par elle-même : le gestionnaire clôt, cette date en main.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre_visible(user, numero)
        declarer_reprise(acteur=user, numero=numero, le=read(request, RepriseEntree)["le"])
        return dossier(user, numero)
