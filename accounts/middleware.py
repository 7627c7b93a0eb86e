"""Who may stand at which address, and with what: the right process for his roles, a second factor where one is required."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.admissions import terminer_enrolement
from accounts.enums import MEDICAL_ROLES, ROLES_WITH_SECOND_FACTOR
from accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]
ViewFunction = Callable[..., HttpResponse]

ALWAYS_OPEN = frozenset({"account_logout", "account_reauthenticate"})
"""Names of views that anybody signed in may reach."""


def is_at_the_right_door(user: User) -> bool:
    """Medical roles work at the bulle's address, all others at the web's; who holds both kinds uses each for its own.

    Somebody without any role passes: every page is denied to him by the gate, and his account page says why.
    """
    if settings.PROCESS == "bulle":
        return user.has_role(*MEDICAL_ROLES) or user.enrolement_en_cours
    return not user.roles or not user.roles <= MEDICAL_ROLES


def second_factor_missing(user: User) -> bool:
    """Whether one of the person's roles requires a second factor (trust.md) and he has set up none."""
    concerned = user.has_role(*ROLES_WITH_SECOND_FACTOR) or user.enrolement_en_cours
    return settings.MFA_REQUIRED and concerned and not is_mfa_enabled(user)


class PorteMiddleware:
    """A plain page with the right address for whoever signed in at the other process."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: ViewFunction, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> HttpResponse | None:
        user = request.user
        match = request.resolver_match
        if user.is_authenticated and settings.PROCESS == "bulle":
            user.keep_medical_roles_only()
        if not user.is_authenticated or (match is not None and match.view_name in ALWAYS_OPEN) or is_at_the_right_door(user):
            return None
        return render(request, "account/autre_porte.html", status=403)


class MfaRequiredMiddleware:
    """Until the second factor is set up, every page leads to its set-up. Passkeys count."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: ViewFunction, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> HttpResponse | None:
        user = request.user
        name = request.resolver_match.view_name if request.resolver_match is not None else ""
        if not user.is_authenticated or name in ALWAYS_OPEN:
            return None
        if not second_factor_missing(user):
            if user.enrolement_en_cours:
                terminer_enrolement(acteur=user)
            return None
        if name.startswith("mfa_"):
            return None
        messages.warning(request, "Votre rôle exige une seconde vérification : choisissez une application ou une clé, puis continuez.")
        address = reverse("mfa_index")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)
