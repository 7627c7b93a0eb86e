"""What every view of this door does first: sign-in, the right to come in, one way to say « not found »."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.gate import exiger
from accounts.models import User

ENTER = "notes_lire"
"""The right that marks the CDG's own people: who may read its internal notes may come in by this door."""

View = Callable[..., HttpResponse]


def visiteur(request: HttpRequest) -> User:
    """The signed-in person behind `gestion`."""
    return cast(User, request.user)


def gestion(action: str = ENTER) -> Callable[[View], View]:
    """Signed in, and `action` held whatever the case. What a selector does not find is a 404, refusals go to portal.errors."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            exiger(visiteur(request), action)
            try:
                return view(request, *args, **kwargs)
            except ObjectDoesNotExist as error:
                raise Http404 from error

        return inner

    return decorate


def est_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def retour(request: HttpRequest, defaut: str) -> str:
    """Where a form wants to go back to, when that is an address of ours; `defaut` otherwise."""
    suite = request.POST.get("suite", "")
    if suite and url_has_allowed_host_and_scheme(suite, allowed_hosts=None):
        parts = urlsplit(suite)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return defaut


def fragment(response: HttpResponse, statut: int = 200) -> HttpResponse:
    """An htmx answer that is to be swapped in even though its status says that nothing was done."""
    response.status_code = statut
    response["X-Vigie-Fragment"] = "1"
    return response
