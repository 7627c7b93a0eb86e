"""Pièces of a dossier, work items, and the search of agents."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.gate import Refus, exiger
from accounts.models import User
from api import openapi as doc
from api.base import Operation, acteur, read, read_parameters, require_action
from api.pagination import DEFAULT_SIZE, by_deadline
from api.serializers.sinistres import SinistreSortie
from api.serializers.travail import (
    AdresseFichier,
    AgentSortie,
    DecisionEntree,
    DepotAnnonce,
    DepotEntree,
    FaitsEntree,
    FiltreFichier,
    FiltreTaches,
    PageTaches,
    PieceSortie,
    RechercheAgents,
    RendreEntree,
    ResultatAgents,
    TacheSortie,
    Vide,
)
from api.views.sinistres import dossier, find_collectivite
from cases.models import Sinistre, Tache
from cases.selectors import files_of, sinistre_visible, taches_visibles
from cases.services import taches
from contracts.selectors import search_agents
from documents import storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, Piece
from documents.selectors import depot_visible, piece_visible, pieces_du_sinistre
from documents.services import decisions, depots, envois, faits, laissez_passer

PIECES, TACHES, AGENTS = "Pièces", "Files de travail", "Agents"
MAX_AGENTS = 50
PIECE_ID = doc.identifier("id", "La pièce.")
TACHE_ID = doc.identifier("id", "La tâche.")
URGENCY = {
    EtatPiece.REFUSEE: 0,
    EtatPiece.DEMANDEE: 1,
    EtatPiece.RECUE: 2,
    EtatPiece.A_CONTROLER: 3,
    EtatPiece.CONFORME: 4,
    EtatPiece.SANS_OBJET: 5,
}
"""Which of the pièces with one code a deposit answers first."""


def _piece(user: User, numero: str, piece_id: int, *, statut: int = 200) -> Response:
    """One pièce with its files. Raises Sinistre.DoesNotExist, Piece.DoesNotExist."""
    piece = pieces_du_sinistre(user, sinistre_visible(user, numero)).get(pk=piece_id)
    return Response(PieceSortie(piece).data, status=statut)


def _asked_piece(user: User, sinistre: Sinistre, code: str, arret_id: int | None) -> Piece:
    """The pièce that a deposit answers: refused or awaited before the others, then the oldest period."""
    pieces = [p for p in pieces_du_sinistre(user, sinistre) if p.code == code and (arret_id is None or p.arret_id == arret_id)]
    if not pieces:
        raise doc.serializers.ValidationError({"code": ["Ce dossier ne demande pas cette pièce."]})
    return min(pieces, key=lambda p: (URGENCY[EtatPiece(p.etat)], p.arret.debut.toordinal() if p.arret is not None else 0, p.pk))


def _one_depot(piece: Piece, depot_id: int) -> Depot | None:
    return next((depot for depot in piece.depots.all() if depot.pk == depot_id), None)


def _last_depot(piece: Piece) -> Depot | None:
    """The latest available file of the current version; of an older one without; then one under check, whose refusal says why."""
    readable = [d for d in piece.depots.all() if d.etat == EtatDepot.DISPONIBLE]
    waiting = [d for d in piece.depots.all() if d.etat == EtatDepot.CONTROLE]
    return next((d for d in [*(r for r in readable if not r.est_remplace), *readable, *waiting]), None)


class Pieces(Operation):
    @doc.operation(
        "annoncer_piece", "Annoncer un fichier et recevoir l’adresse où le déposer", groupe=PIECES, demande=DepotEntree,
        reponse=DepotAnnonce, statut=201, parametres=[doc.NUMERO], refus=["introuvable", "donnee-refusee"],
        exemple={"code": "certificat", "nom": "certificat.pdf", "type": "application/pdf", "taille": 48213},
        description="Déposez ensuite le fichier par PUT à « depot.url », avec « depot.entetes » exactement, puis confirmez.\n\n"
        "Une pièce médicale (« visibilite » M) ne passe jamais par ici : « depot » mène alors droit à la bulle de confidentialité, avec un "
        "laissez-passer qui vaut pour un fichier et un quart d’heure. La réponse 201 de la bulle termine l’envoi : rien n’est à confirmer, "
        "et « alternative », « remplacer », « sha256 » n’y ont pas cours. On n’en relit ensuite que l’état. Seule la collectivité du "
        "dossier le peut.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "piece_deposer", sinistre)
        valeurs = read(request, DepotEntree)
        asked = _asked_piece(user, sinistre, valeurs.pop("code"), valeurs.pop("arret", None))
        if asked.est_medicale:
            _, secret = laissez_passer.delivrer(acteur=user, piece=asked)
            envoi = laissez_passer.envoi_de(secret, type=valeurs["type"], nom=valeurs["nom"])
            return Response(DepotAnnonce({"id": asked.pk, "depot": envoi}).data, status=201)
        depot = depots.annoncer_depot(acteur=user, piece=piece_visible(user, numero, asked.pk), **valeurs)
        return Response(DepotAnnonce({"id": asked.pk, "depot": storage.presign_put(depot)}).data, status=201)


class Faits(Operation):
    @doc.operation(
        "declarer_faits", "Dire d’un dossier ce dont dépendent ses pièces", groupe=PIECES, demande=FaitsEntree, reponse=SinistreSortie,
        exemple={"faits": ["ENQUETE"]}, parametres=[doc.NUMERO, doc.ETAG], refus=["introuvable", "donnee-refusee", "refus"],
        description="La liste remplace la précédente. Ses pièces suivent aussitôt : relisez « pieces » dans la réponse. Redire la même "
        "chose ne change rien.",
    )  # fmt: skip
    def post(self, request: Request, numero: str) -> Response:
        user = acteur(request)
        sinistre = sinistre_visible(user, numero)
        exiger(user, "faits_declarer", sinistre)
        faits.declarer(acteur=user, sinistre=sinistre, faits=read(request, FaitsEntree)["faits"])
        return dossier(user, numero)


class UnePiece(Operation):
    @doc.operation(
        "lire_piece", "Une pièce, ses fichiers et sa décision", groupe=PIECES, reponse=PieceSortie, parametres=[doc.NUMERO, PIECE_ID],
        refus=["introuvable"],
    )  # fmt: skip
    def get(self, request: Request, numero: str, id: int) -> Response:
        return _piece(acteur(request), numero, id)


class Confirmer(Operation):
    @doc.operation(
        "confirmer_piece", "Confirmer que le fichier a été déposé", groupe=PIECES, demande=Vide, reponse=PieceSortie, statut=202,
        parametres=[doc.NUMERO, PIECE_ID], refus=["introuvable", "refus"],
        description="Le contrôle (taille, contenu, antivirus) suit : relisez la pièce pour en connaître l’issue. Le dernier fichier que "
        "l’appelant a annoncé pour cette pièce est celui qui est confirmé ; confirmer deux fois ne change rien.",
    )  # fmt: skip
    def post(self, request: Request, numero: str, id: int) -> Response:
        user = acteur(request)
        piece = piece_visible(user, numero, id)
        read(request, Vide)
        mine = [d for d in pieces_du_sinistre(user, piece.sinistre).get(pk=id).depots.all() if d.depose_par_id == user.pk]
        if not mine:
            raise Http404
        depots.confirmer(acteur=user, depot=depot_visible(user, mine[0].pk))
        return _piece(user, numero, id, statut=202)


class Decision(Operation):
    @doc.operation(
        "decider_piece", "Déclarer une pièce conforme, ou la refuser", groupe=PIECES, demande=DecisionEntree, reponse=PieceSortie,
        exemple={"decision": "refusee", "motif": "ILLISIBLE", "message": "Le cachet du médecin ne se lit pas."},
        parametres=[doc.NUMERO, PIECE_ID], refus=["introuvable", "donnee-refusee", "refus"],
    )  # fmt: skip
    def post(self, request: Request, numero: str, id: int) -> Response:
        user = acteur(request)
        piece = piece_visible(user, numero, id)
        valeurs = read(request, DecisionEntree)
        if valeurs["decision"] == "conforme":
            decisions.accepter(acteur=user, piece=piece)
        else:
            decisions.refuser(acteur=user, piece=piece, motif=valeurs["motif"], message=valeurs.get("message", ""))
        return _piece(user, numero, id)


class DejaEnvoyee(Operation):
    @doc.operation(
        "dire_piece_envoyee", "Dire qu’une pièce attendue a été envoyée par une autre voie", groupe=PIECES, demande=Vide,
        reponse=PieceSortie, parametres=[doc.NUMERO, PIECE_ID], refus=["introuvable", "refus"],
        description="Elle n’est pas redemandée pendant dix jours ouvrés, puis elle l’est si elle n’est pas arrivée. Le redire ne prolonge "
        "rien. Seule la collectivité du dossier le peut.",
    )  # fmt: skip
    def post(self, request: Request, numero: str, id: int) -> Response:
        user = acteur(request)
        piece = piece_visible(user, numero, id)
        read(request, Vide)
        envois.dire_envoyee(acteur=user, piece=piece)
        return _piece(user, numero, id)


class Fichier(Operation):
    @doc.operation(
        "adresse_fichier", "L’adresse, ouverte une minute, d’un fichier disponible d’une pièce", groupe=PIECES,
        reponse=AdresseFichier, parametres=[doc.NUMERO, PIECE_ID, FiltreFichier], refus=["introuvable", "refus", "donnee-invalide"],
        description="L’original, tel qu’il a été envoyé. Sa remise est inscrite au journal.",
    )  # fmt: skip
    def get(self, request: Request, numero: str, id: int) -> Response:
        user = acteur(request)
        piece = pieces_du_sinistre(user, sinistre_visible(user, numero)).get(pk=id)
        voulu = read_parameters(request, FiltreFichier).get("fichier")
        found = _one_depot(piece, voulu) if voulu is not None else _last_depot(piece)
        if found is None:
            exiger(user, "piece_lire", piece.sinistre)
            raise Http404
        url = depots.address(acteur=user, depot=depot_visible(user, found.pk), inline=False)
        return Response(
            {
                "nom": found.nom,
                "type": found.type,
                "taille": found.taille,
                "sha256": found.sha256_verifie,
                "url": url,
                "expire": storage.GET_SECONDS,
            }
        )


class Taches(Operation):
    @doc.operation(
        "lister_taches", "Les tâches ouvertes, par échéance", groupe=TACHES, reponse=PageTaches, parametres=[FiltreTaches],
        refus=["donnee-invalide"],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "file_consulter")
        valeurs = read_parameters(request, FiltreTaches)
        rows = taches_visibles(user).select_related("porteur", "sinistre", "collectivite")
        file = valeurs.get("file")
        if file is not None:
            if file not in files_of(user):
                raise Refus("Cette file de travail n’est pas la vôtre.", action="file_consulter", visible=True)
            rows = rows.filter(file=file)
        if "porteur" in valeurs:
            rows = rows.filter(porteur=user) if valeurs["porteur"] == "moi" else rows.filter(porteur__isnull=True)
        page, reference = by_deadline(rows, valeurs.get("curseur"), valeurs.get("taille", DEFAULT_SIZE))
        body = {"reference": reference, "resultats": page.lignes, "suivant": page.suivant(request)}
        return Response(PageTaches(body).data)


def _tache(user: User, tache_id: int) -> Tache:
    """One open work item of the queues of `user`. Raises Tache.DoesNotExist, or Refus for whoever works in no queue."""
    require_action(user, "file_consulter")
    return taches_visibles(user).select_related("sinistre__agent", "sinistre__contrat", "collectivite", "porteur").get(pk=tache_id)


def _answer(tache: Tache) -> Response:
    return Response(TacheSortie(tache).data)


class Prendre(Operation):
    @doc.operation(
        "prendre_tache", "Prendre une tâche", groupe=TACHES, demande=Vide, reponse=TacheSortie, parametres=[TACHE_ID],
        refus=["introuvable", "deja-pris"], description="Un seul gagne : les autres lisent, en 409, qui l’a prise et quand.",
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        tache = _tache(user, id)
        read(request, Vide)
        return _answer(taches.prendre(acteur=user, tache=tache))


class Rendre(Operation):
    @doc.operation(
        "rendre_tache", "Rendre une tâche que l’on porte", groupe=TACHES, demande=RendreEntree, reponse=TacheSortie,
        parametres=[TACHE_ID], refus=["introuvable", "refus"], exemple={"motif": "En congé à partir de demain."},
    )  # fmt: skip
    def post(self, request: Request, id: int) -> Response:
        user = acteur(request)
        tache = _tache(user, id)
        return _answer(taches.rendre(acteur=user, tache=tache, motif=read(request, RendreEntree).get("motif", "")))


class ChercherAgents(Operation):
    @doc.operation(
        "rechercher_agents", "Chercher des agents par nom ou matricule", groupe=AGENTS, demande=RechercheAgents, reponse=ResultatAgents,
        exemple={"texte": "durand"}, refus=["donnee-refusee"],
        description="Par POST : rien de personnel ne figure dans une adresse.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        user = acteur(request)
        require_action(user, "agent_lire")
        valeurs = read(request, RechercheAgents)
        agents = search_agents(user, valeurs["texte"])
        if valeurs.get("collectivite"):
            agents = agents.filter(collectivite=find_collectivite(user, valeurs["collectivite"], "agent_lire"))
        found = list(agents[: MAX_AGENTS + 1])
        return Response({"resultats": AgentSortie(found[:MAX_AGENTS], many=True).data, "tronque": len(found) > MAX_AGENTS})
