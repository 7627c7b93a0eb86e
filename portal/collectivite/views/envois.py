"""« Déjà envoyé »: a paper that the collectivité owes and has sent another way."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from cases.errors import Erreur
from documents.services.envois import dire_envoyee
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.errors import raisons_de


@porte
@require_POST
def deja_envoye(request: HttpRequest, numero: str, piece_id: int) -> HttpResponse:
    """It is not asked for again for ten working days."""
    piece = selectors.ma_piece(visiteur(request), numero, piece_id)
    try:
        dire_envoyee(acteur=visiteur(request), piece=piece)
        messages.success(request, "C’est noté : nous ne vous le redemanderons pas avant dix jours ouvrés.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return redirect(f"{reverse('collectivite:dossier', args=[numero])}#piece-{piece.pk}")
