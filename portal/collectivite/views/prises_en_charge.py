"""Certificats de prise en charge provisoire, at the collectivités' door: the employer gives them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import prises_en_charge as pages
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.procedures import COLLECTIVITE


@porte
@require_http_methods(["GET", "POST"])
def liste(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    acte = pages.donner if request.method == "POST" else pages.page
    return acte(request, user, selectors.mon_sinistre(user, numero), COLLECTIVITE)


@porte
@require_GET
def une(request: HttpRequest, numero: str, prise_id: int) -> HttpResponse:
    user = visiteur(request)
    return pages.une(request, user, selectors.mon_sinistre(user, numero), prise_id, COLLECTIVITE)


@porte
@require_POST
def retirer(request: HttpRequest, numero: str, prise_id: int) -> HttpResponse:
    user = visiteur(request)
    return pages.retirer(request, user, selectors.mon_sinistre(user, numero), prise_id, COLLECTIVITE)
