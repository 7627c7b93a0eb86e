"""How one signs in at the bulle's address, where it differs from the web's: no mail, no identity that was not linked from inside."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.socialaccount.providers.openid_connect.views import callback
from allauth.socialaccount.views import connections
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

REBOND = "rebond"
liees = connections
"""Identities that one links to his own account, signed in here; closed at the web's address."""


@require_http_methods(["GET", "POST"])
def mot_de_passe_perdu(request: HttpRequest) -> HttpResponseBase:
    """In place of every page of « mot de passe oublié »: whom to ask."""
    return render(request, "bulle/mot_de_passe_perdu.html")


@require_GET
@never_cache
def retour(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from an identity provider. The session cookie is SameSite=Strict, so the browser withholds it on this first request: a page
    of ours asks for the same address again, once.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and REBOND not in request.GET:
        suite = urlencode([*((name, value) for name, values in request.GET.lists() for value in values), (REBOND, "1")])
        return render(request, "bulle/retour_identite.html", {"adresse": f"{request.path}?{suite}"})
    answer: HttpResponseBase = callback(request, provider_id)
    return answer
