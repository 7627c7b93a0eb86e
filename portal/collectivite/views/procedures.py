"""The procedures of a dossier, at the collectivités' door."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Branche
from cases.selectors_branches import branche_visible
from portal import views_procedures
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.procedures import COLLECTIVITE


def _mienne(request: HttpRequest, uid: UUID) -> Branche:
    """One procedure of the user's collectivités. Raises Http404."""
    user = visiteur(request)
    try:
        branche = branche_visible(user, uid)
    except Branche.DoesNotExist as error:
        raise Http404 from error
    if branche.collectivite_id not in user.collectivite_ids:
        raise Http404
    return branche


@porte
@require_http_methods(["GET", "POST"])
def demander(request: HttpRequest, numero: str, genre: str) -> HttpResponse:
    user = visiteur(request)
    return views_procedures.demander(request, user, selectors.mon_sinistre(user, numero), genre, COLLECTIVITE)


@porte
@require_GET
def procedure(request: HttpRequest, uid: UUID) -> HttpResponse:
    return views_procedures.page(request, visiteur(request), _mienne(request, uid), COLLECTIVITE)


@porte
@require_POST
def acte(request: HttpRequest, uid: UUID, nom: str) -> HttpResponse:
    return views_procedures.acte(request, visiteur(request), _mienne(request, uid), nom, COLLECTIVITE)
