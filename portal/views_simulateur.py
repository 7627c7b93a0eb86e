"""« Simulateur »: rights and indemnities of a history that anybody describes; no case, nothing kept, nothing in the address."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.gate import exiger
from accounts.models import User
from portal.gestion.calendrier import INITIALES, legende, mois_des_lignes
from portal.simulateur import SimulationForm, jours_de, with_rows, without_row

ACTION = "simuler"


@login_required
@require_http_methods(["GET", "POST"])
def simulateur(request: HttpRequest) -> HttpResponse:
    """More rows, a row less, or the answer: what was typed stays, the focus goes to what has changed."""
    exiger(cast(User, request.user), ACTION)
    contexte: dict[str, Any] = {"rendu": None, "refuse": False, "nouvelle": None, "retire": False}
    if "ajouter" in request.POST:
        suite = with_rows(request.POST)
        contexte |= {"form": _unread(SimulationForm(suite)), "nouvelle": SimulationForm(request.POST).combien}
    elif "retirer" in request.POST:
        contexte |= {"form": _unread(SimulationForm(without_row(request.POST, request.POST["retirer"]))), "retire": True}
    else:
        form = SimulationForm(request.POST if request.method == "POST" else None)
        contexte["form"] = form
        if request.method == "POST":
            contexte |= _answer(form)
    return render(request, "portal/simulateur.html", contexte)


def _unread(form: SimulationForm) -> SimulationForm:
    """The same rows without a reproach: nobody has asked for an answer yet."""
    form.errors.clear()
    return form


def _answer(form: SimulationForm) -> dict[str, Any]:
    rendu = form.simuler() if form.is_valid() else None
    if rendu is None:
        return {"refuse": True}
    jours = jours_de(rendu)
    lu = {"mois": mois_des_lignes(jours), "initiales": INITIALES, "legende": legende(jours), "hypotheses": form.hypotheses()}
    return {"rendu": rendu} | lu
