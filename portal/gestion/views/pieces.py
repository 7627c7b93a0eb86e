"""The checklist: opening a file, deciding beside the picture, depositing for the collectivité, the agent's link."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.gate import Refus
from accounts.models import User
from cases.errors import Erreur
from cases.selectors import sinistre_visible
from documents.enums import EtatPiece
from documents.models import Piece
from documents.selectors import depot_visible, piece_visible, pieces_du_sinistre
from documents.selectors_liens import lien_visible
from documents.services import decisions, depots, laissez_passer
from portal.depots import announced, announcement, followed, json_refusals
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.views.dossier import rediriger
from portal.liens import montrer_le_lien


@gestion("piece_lire")
@require_GET
@never_cache
def fichier(request: HttpRequest, depot_id: int) -> HttpResponse:
    """To a file, at an address good for 60 seconds, journaled first: its sanitised copy to look at, the original to download.

    The viewer, which asks for JSON, reads a refusal in words.
    """
    user = visiteur(request)
    inline = request.GET.get("telecharger") != "oui"
    try:
        return redirect(depots.address(acteur=user, depot=depot_visible(user, depot_id), inline=inline))
    except (Erreur, Refus) as error:
        if "application/json" not in request.headers.get("Accept", ""):
            raise
        raisons = raisons_de(error) if isinstance(error, Erreur) else [error.message]
        return JsonResponse({"erreur": " ".join(raisons)}, status=422 if isinstance(error, Erreur) else 403)


@gestion("piece_decider")
@require_POST
def decider(request: HttpRequest, numero: str, piece_id: int) -> HttpResponse:
    """Conforme, or refused with a motive and a sentence that the collectivité will read; then the next pièce to check."""
    user = visiteur(request)
    piece = piece_visible(user, numero, piece_id)
    decision = request.POST.get("decision", "")
    try:
        if decision == "conforme":
            decisions.accepter(acteur=user, piece=piece)
            messages.success(request, f"{piece.libelle} : conforme.")
        elif decision == "refusee":
            decisions.refuser(acteur=user, piece=piece, motif=request.POST.get("motif", ""), message=request.POST.get("message", ""))
            messages.success(request, f"{piece.libelle} : refusée. La collectivité lira le motif et votre phrase.")
        else:
            raise Http404
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
        return rediriger(request, numero, piece=piece.pk)
    suivante = _next_to_check(user, numero, piece)
    return rediriger(request, numero, piece=(suivante or piece).pk)


def _next_to_check(user: User, numero: str, piece: Piece) -> Piece | None:
    """The first pièce to check after this one, else the first of all."""
    pieces = list(pieces_du_sinistre(user, sinistre_visible(user, numero)))
    rang = [p.pk for p in pieces].index(piece.pk)
    return next((p for p in [*pieces[rang + 1 :], *pieces[:rang]] if p.etat == EtatPiece.A_CONTROLER and not p.est_medicale), None)


# -- Depositing for the collectivité: the exchange of portal/depots.py -----------------------------------------------------------


@gestion("piece_deposer")
@require_POST
@json_refusals
def annoncer(request: HttpRequest, numero: str, piece_id: int) -> JsonResponse:
    piece = piece_visible(visiteur(request), numero, piece_id)
    depot = depots.annoncer_depot(acteur=visiteur(request), piece=piece, **announcement(request))
    return announced(
        depot, confirmer=reverse("gestion:depot-confirmer", args=[depot.pk]), suivi=reverse("gestion:depot-suivi", args=[depot.pk])
    )


@gestion("piece_deposer")
@require_POST
@json_refusals
def confirmer(request: HttpRequest, depot_id: int) -> JsonResponse:
    depot = depots.confirmer(acteur=visiteur(request), depot=depot_visible(visiteur(request), depot_id))
    return followed(depot, status=202)


@gestion("piece_deposer")
@require_GET
@json_refusals
def suivi(request: HttpRequest, depot_id: int) -> JsonResponse:
    return followed(depot_visible(visiteur(request), depot_id))


# -- The agent's link -------------------------------------------------------------------------------------------------------------


@gestion("lien_agent_depot")
@require_POST
def lien_donner(request: HttpRequest, numero: str, piece_id: int) -> HttpResponse:
    """A link for the agent to deposit his own medical pièce: shown once, with its letter."""
    user = visiteur(request)
    piece = piece_visible(user, numero, piece_id)
    retour = url_dossier(numero, contexte_de(request, user, positions=False), piece=piece.pk)
    try:
        return montrer_le_lien(request, acteur=user, piece=piece, retour=retour)
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
        return redirect(retour)


@gestion("lien_agent_depot")
@require_POST
def lien_revoquer(request: HttpRequest, numero: str, lien_id: int) -> HttpResponse:
    lien = lien_visible(visiteur(request), numero, lien_id)
    laissez_passer.revoquer(acteur=visiteur(request), lien=lien)
    messages.success(request, "Le lien ne s’ouvre plus.")
    return rediriger(request, numero, piece=lien.piece_id)
