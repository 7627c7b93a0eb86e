"""The checklist: opening a file, deciding beside the picture, depositing for the collectivité."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from cases.errors import Erreur
from cases.selectors import sinistre_visible
from documents.enums import EtatPiece
from documents.models import Depot, Piece
from documents.selectors import depot_visible, piece_visible, pieces_du_sinistre
from documents.services import decisions, depots
from portal.depots import announced, announcement, followed, json_refusals
from portal.errors import raisons_de
from portal.gestion.acces import est_htmx, gestion, visiteur
from portal.gestion.views.dossier import rediriger

IMAGES = ("image/jpeg", "image/png")


@gestion("piece_lire")
@require_GET
def fichier(request: HttpRequest, depot_id: int) -> HttpResponse:
    """A file, at an address good for 60 seconds, journaled first. In the page's viewer, or straight in the browser."""
    depot = depot_visible(visiteur(request), depot_id)
    inline = request.GET.get("telecharger") != "oui"
    if not est_htmx(request):
        return redirect(depots.address(acteur=visiteur(request), depot=depot, inline=inline))
    try:
        adresse = depots.address(acteur=visiteur(request), depot=depot, inline=True)
    except Erreur as error:
        return render(
            request, "gestion/_visionneuse.html", {"depot": depot, "adresse": "", "sorte": "", "raison": " ".join(raisons_de(error))}
        )
    return render(request, "gestion/_visionneuse.html", {"depot": depot, "adresse": adresse, "sorte": _sorte(depot), "raison": ""})


def _sorte(depot: Depot) -> str:
    """How a browser can show it: pdf, image, or nothing (TIFF and HEIC are downloaded)."""
    if depot.type == "application/pdf":
        return "pdf"
    return "image" if depot.type in IMAGES else ""


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
