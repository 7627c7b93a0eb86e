"""Addresses that both processes have, and the way a room's addresses are mounted."""

from __future__ import annotations

import importlib.util

from django.urls import URLPattern, URLResolver, include, path


def room(prefix: str, module: str) -> list[URLPattern | URLResolver]:
    """The addresses of a door, or nothing while that door is not built."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    return [path(prefix, include(module))] if found else []


# Sign-in, second factor, passkeys, sessions: django-allauth. Sign-up is closed by project.adapters.
urlpatterns: list[URLPattern | URLResolver] = [
    *room("", "portal.urls_commun"),
    path("compte/", include("allauth.urls")),
]
