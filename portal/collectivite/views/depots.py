"""Files of a collectivité: sent straight to the store or, medical ones, straight to the bulle; followed, read back, sent to the bulle."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.errors import Erreur
from documents.enums import EtatDepot
from documents.models import LaissezPasser
from documents.selectors_liens import lien_visible
from documents.services import depots as services
from documents.services import laissez_passer, reclassement
from portal import depots
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.errors import raisons_de
from portal.liens import montrer_le_lien


@porte
@require_POST
@depots.json_refusals
def annoncer(request: HttpRequest, numero: str, piece_id: int) -> JsonResponse:
    user = visiteur(request)
    piece = selectors.ma_piece(user, numero, piece_id)
    depot = services.annoncer_depot(acteur=user, piece=piece, **depots.announcement(request))
    return depots.announced(
        depot,
        confirmer=reverse("collectivite:depot-confirmer", args=[depot.pk]),
        suivi=reverse("collectivite:depot-suivi", args=[depot.pk]),
    )


@porte
@require_POST
@depots.json_refusals
def confirmer(request: HttpRequest, depot_id: int) -> JsonResponse:
    user = visiteur(request)
    depot = services.confirmer(acteur=user, depot=selectors.mon_depot(user, depot_id))
    return depots.followed(depot, status=202)


@porte
@require_GET
@never_cache
@depots.json_refusals
def suivi(request: HttpRequest, depot_id: int) -> JsonResponse:
    return depots.followed(selectors.mon_depot(visiteur(request), depot_id))


@porte
@require_GET
@never_cache
def fichier(request: HttpRequest, depot_id: int) -> HttpResponse:
    """To the file, for a minute, the reading journaled first: its sanitised copy to look at, or the original to keep."""
    user = visiteur(request)
    inline = request.GET.get("telecharger") != "oui"
    return HttpResponseRedirect(services.address(acteur=user, depot=selectors.mon_depot(user, depot_id), inline=inline))


# -- What is medical ----------------------------------------------------------------------------------------------------------------


@porte
@require_POST
@never_cache
@depots.json_refusals
def pli(request: HttpRequest, numero: str, piece_id: int) -> JsonResponse:
    """« Sous pli numérique confidentiel »: a one-time right, with which the page sends the file to the bulle and to nobody else."""
    user = visiteur(request)
    piece = selectors.ma_piece(user, numero, piece_id)
    type = depots.sealed_announcement(request)
    _, secret = laissez_passer.delivrer(acteur=user, piece=piece)
    return JsonResponse({"depot": depots.sealed(secret, type)}, status=201)


@porte
@require_POST
def lien_donner(request: HttpRequest, numero: str, piece_id: int) -> HttpResponse:
    """A link for the agent to deposit his own medical paper: shown once, with its letter."""
    user = visiteur(request)
    piece = selectors.ma_piece(user, numero, piece_id)
    retour = f"{reverse('collectivite:dossier', args=[numero])}#piece-{piece.pk}"
    try:
        return montrer_le_lien(request, acteur=user, piece=piece, retour=retour)
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
        return redirect(retour)


@porte
@require_POST
def lien_revoquer(request: HttpRequest, numero: str, lien_id: int) -> HttpResponse:
    user = visiteur(request)
    selectors.mon_sinistre(user, numero)
    try:
        lien = lien_visible(user, numero, lien_id)
    except LaissezPasser.DoesNotExist as error:
        raise Http404 from error
    laissez_passer.revoquer(acteur=user, lien=lien)
    messages.success(request, "Le lien ne s’ouvre plus.")
    return redirect(f"{reverse('collectivite:dossier', args=[numero])}#piece-{lien.piece_id}")


@porte
@require_http_methods(["GET", "POST"])
def reclasser(request: HttpRequest, depot_id: int) -> HttpResponse:
    """A medical paper sent by mistake: what sending it to the bulle does, then it is done."""
    user = visiteur(request)
    depot = selectors.mon_depot(user, depot_id)
    if depot.piece is None:
        raise Http404
    retour = f"{reverse('collectivite:dossier', args=[depot.piece.sinistre.numero])}#piece-{depot.piece.pk}"
    if request.method == "POST":
        try:
            reclassement.reclasser(acteur=user, depot=depot)
        except Erreur as error:
            messages.error(request, " ".join(raisons_de(error)))
        else:
            messages.success(request, "Le document est chez le service médical. Plus personne d’autre ne peut le lire.")
        return redirect(retour)
    if depot.etat == EtatDepot.RECLASSE:
        return redirect(retour)
    return render(request, "collectivite/reclasser.html", {"depot": depot, "piece": depot.piece, "retour": retour})
