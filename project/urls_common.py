"""Addresses that both processes have."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

# Sign-in, second factor, passkeys, sessions: django-allauth. Sign-up is closed by project.adapters.
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.urls_commun")),
    path("compte/", include("allauth.urls")),
]
