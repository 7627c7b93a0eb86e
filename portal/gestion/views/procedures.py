"""The procedures of a dossier, at the gestionnaires' door."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.selectors import sinistre_visible
from cases.selectors_branches import branche_visible
from portal import views_procedures
from portal.gestion.acces import gestion, visiteur
from portal.procedures import GESTION


@gestion()
@require_http_methods(["GET", "POST"])
def demander(request: HttpRequest, numero: str, genre: str) -> HttpResponse:
    user = visiteur(request)
    return views_procedures.demander(request, user, sinistre_visible(user, numero), genre, GESTION)


@gestion()
@require_GET
def procedure(request: HttpRequest, uid: UUID) -> HttpResponse:
    user = visiteur(request)
    return views_procedures.page(request, user, branche_visible(user, uid), GESTION)


@gestion()
@require_POST
def acte(request: HttpRequest, uid: UUID, nom: str) -> HttpResponse:
    user = visiteur(request)
    return views_procedures.acte(request, user, branche_visible(user, uid), nom, GESTION)


@gestion()
@require_POST
def abandonner(request: HttpRequest, uid: UUID) -> HttpResponse:
    user = visiteur(request)
    return views_procedures.abandonner(request, user, branche_visible(user, uid), GESTION)
