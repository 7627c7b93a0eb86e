"""What django-axes asks of us: whose sign-in failed, and what somebody locked out reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def username_of(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str | None:
    """The address that is being tried, in lower case: failures on « A@x » and « a@x » count together."""
    given = credentials or {}
    name = given.get("email") or given.get("username") or request.POST.get("login") or ""
    return str(name).strip().lower() or None


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """429, the same whether the account exists or not."""
    heures = settings.AXES_COOLOFF_TIME
    duree = "une heure" if heures == 1 else f"{heures}\u00a0heures"
    return render(request, "account/lockout.html", {"duree_blocage": duree}, status=429)
