"""An act on money asks whoever does it to have proved, within the last minutes, that he is the person who signed in (« step-up »).

`exiger_recente(request)` is the first line of what such a view does on POST. Nothing is done before, and nothing is replayed after: the
person confirms his identity, comes back to the page, finds there what he had typed and a sentence that says so, and acts himself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from accounts.models import User

CLE = "saisie_a_reprendre"
"""In the session: the page to come back to, when it was left, and the fields typed there."""
CHAMPS_GARDES = 20_000
"""Characters of a form that the session keeps; a longer one is typed again."""
PREUVES = frozenset({"password", "mfa"})
"""What counts: a password or a second factor (passkeys included), at sign-in or since. An identity provider may have said yes without
asking anybody."""

DEMANDE = "Cet acte engage de l’argent : confirmez d’abord votre identité. Rien n’est encore fait ; vous reviendrez à la page."
CONFIRMEE = "Votre identité est confirmée. Rien n’est encore fait : vous pouvez maintenant faire l’acte demandé."
SANS_PREUVE = "Cet acte demande de confirmer votre identité : choisissez d’abord une application ou une clé de seconde vérification."


class IdentiteAConfirmer(Exception):
    """The identity was confirmed too long ago; `page` is where the person goes back to. Answered by `SecuriteMiddleware`."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.page = page


def est_recente(request: HttpRequest) -> bool:
    """Whether the signed-in person proved his identity within STEP_UP_MINUTES (0: never asked, demonstrations)."""
    if not settings.STEP_UP_MINUTES:
        return True
    records = get_authentication_records(request, request.user if isinstance(request.user, User) else None)
    limite = time.time() - 60 * settings.STEP_UP_MINUTES
    return any(record["method"] in PREUVES and record["at"] > limite for record in records)


def exiger_recente(request: HttpRequest, page: str = "") -> None:
    """Go on if the person confirmed his identity in the last minutes. Raises IdentiteAConfirmer.

    `page` (path and query): where to come back to, shown by GET; the address of the request itself when it is not given. To be called
    outside any transaction, before the act.
    """
    if not est_recente(request):
        raise IdentiteAConfirmer(page or request.get_full_path())


def reprise(request: HttpRequest) -> QueryDict | None:
    """What the person had typed in this page's form before he confirmed his identity: to show it again, never to act upon it."""
    found: QueryDict | None = getattr(request, "saisie_reprise", None)
    return found


class SecuriteMiddleware:
    """Leads to the confirmation of one's identity, and back to the page with what was typed there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, IdentiteAConfirmer):
            return None
        if get_reauthentication_flows(request.user):
            request.session[CLE] = {"page": exception.page, "le": time.time(), "champs": _typed(request)}
            messages.warning(request, DEMANDE)
            address = f"{reverse('account_reauthenticate')}?{urlencode({'next': exception.page})}"
        else:
            messages.warning(request, SANS_PREUVE)
            address = reverse("mfa_index")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)

    def process_view(self, request: HttpRequest, view: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        kept = request.session.get(CLE) if request.method == "GET" else None
        if kept is None or kept["page"] != request.get_full_path():
            return
        del request.session[CLE]
        if est_recente(request) and kept["le"] > time.time() - 60 * settings.STEP_UP_MINUTES:
            messages.info(request, CONFIRMEE)
            request.saisie_reprise = QueryDict(kept["champs"])  # type: ignore[attr-defined]


def _typed(request: HttpRequest) -> str:
    """The form as it was sent, without its token; empty when it is too long to be kept."""
    champs = request.POST.copy()
    champs.pop("csrfmiddlewaretoken", None)
    texte = champs.urlencode()
    return texte if len(texte) <= CHAMPS_GARDES else ""
