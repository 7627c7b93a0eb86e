"""The instruction of a CITIS, at the collectivités' door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from portal import citis as pages
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.procedures import COLLECTIVITE


@porte
@require_GET
def citis(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    return pages.page(request, user, selectors.mon_sinistre(user, numero), COLLECTIVITE)


@porte
@require_POST
def acte(request: HttpRequest, numero: str, nom: str) -> HttpResponse:
    user = visiteur(request)
    return pages.acte(request, user, selectors.mon_sinistre(user, numero), nom, COLLECTIVITE)
