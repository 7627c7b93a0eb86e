"""Files of a collectivité: announced, sent straight to the store by the page, confirmed, followed, read back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from documents.services import depots as services
from portal import depots
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur


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
    """To the file itself, for a minute; the reading is journaled first."""
    user = visiteur(request)
    adresse = services.address(acteur=user, depot=selectors.mon_depot(user, depot_id), inline=True)
    return HttpResponseRedirect(adresse)
