"""Messages to the centre de gestion, on a dossier of the user's collectivités."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from portal import views_messages
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.procedures import COLLECTIVITE


@porte
@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    sinistre = selectors.mon_sinistre(user, numero)
    return views_messages.conversation(request, user, sinistre, COLLECTIVITE, reverse("collectivite:dossier", args=[sinistre.numero]))
