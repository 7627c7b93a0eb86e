"""« Simulateur »: rights and indemnities of a history that anybody describes; no case, nothing kept, nothing in the address."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.gate import exiger
from accounts.models import User
from portal.gestion.calendrier import INITIALES
from portal.simulateur import SimulationForm, calendrier

ACTION = "simuler"


@login_required
@require_http_methods(["GET", "POST"])
def simulateur(request: HttpRequest) -> HttpResponse:
    """« Ajouter des arrêts » gives more rows and keeps what was typed."""
    exiger(cast(User, request.user), ACTION)
    ajouter = "ajouter" in request.POST
    form = SimulationForm(request.POST or None, ajouter=ajouter)
    contexte: dict[str, Any] = {"form": form, "rendu": None, "mois": [], "initiales": INITIALES, "refuse": False}
    if request.method == "POST" and not ajouter:
        rendu = form.simuler() if form.is_valid() else None
        contexte |= {"rendu": rendu, "refuse": rendu is None}
        if rendu is not None:
            contexte["mois"] = calendrier(rendu)
    elif ajouter:
        form.errors.clear()
    return render(request, "portal/simulateur.html", contexte)
