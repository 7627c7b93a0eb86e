"""Where a provider tells what became of our e-mails: an address of the web process, for the provider in use alone, under a secret."""

from __future__ import annotations

from anymail.urls import urlpatterns as de_tous
from django.conf import settings
from django.urls import URLPattern, path

PREFIXE = "anymail.backends."


def adresses() -> list[URLPattern]:
    """The tracking address of the provider in use; none without a provider, or without ANYMAIL_WEBHOOK_SECRET."""
    if not settings.EMAIL_BACKEND.startswith(PREFIXE) or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        return []
    nom = settings.EMAIL_BACKEND.removeprefix(PREFIXE).partition(".")[0]
    voulus = (f"{nom}_tracking_webhook", f"{nom}_webhook")  # Mandrill has one address for everything
    return [path("retours-courriels/", one.callback, name="retours-courriels") for one in de_tous if one.name in voulus][:1]
