"""The instruction of a CITIS, at the gestionnaires' door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from cases.selectors import sinistre_visible
from portal import citis as pages
from portal.gestion.acces import gestion, visiteur
from portal.procedures import GESTION


@gestion("citis_instruire")
@require_GET
def citis(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    return pages.page(request, user, sinistre_visible(user, numero), GESTION)


@gestion("citis_instruire")
@require_POST
def acte(request: HttpRequest, numero: str, nom: str) -> HttpResponse:
    user = visiteur(request)
    return pages.acte(request, user, sinistre_visible(user, numero), nom, GESTION)
