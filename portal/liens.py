"""The agent's link to deposit his own medical pièce: shown once with its letter, on both doors that may give one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from cases.errors import DonneeInvalide
from documents.models import Piece
from documents.services import laissez_passer

DUREES = (2, 7, 15, 30)
"""The numbers of days that pages propose."""


def jours_demandes(request: HttpRequest) -> int:
    """The number of days of the posted form. Raises DonneeInvalide."""
    texte = request.POST.get("jours", str(laissez_passer.JOURS))
    if not texte.isdecimal() or len(texte) > 3:
        raise DonneeInvalide.sur("jours", "Choisissez combien de jours le lien restera ouvert.")
    return int(texte)


def montrer_le_lien(request: HttpRequest, *, acteur: User, piece: Piece, retour: str) -> HttpResponse:
    """Give the link and draw it with its letter, this once: it is kept nowhere, another one has to be given afterwards.

    Raises Refus, Erreur as the service does.
    """
    lien, secret = laissez_passer.delivrer_lien(acteur=acteur, piece=piece, jours=jours_demandes(request))
    response = render(
        request,
        "portal/lien_agent.html",
        {
            "lien": lien,
            "piece": piece,
            "sinistre": piece.sinistre,
            "adresse": laissez_passer.adresse_de(secret),
            "retour": retour,
        },
    )
    response["Cache-Control"] = "no-store, private"
    return response
