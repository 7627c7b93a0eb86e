"""A medical paper received by mistake, sent to the bulle from the page where it was seen."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cases.errors import Erreur
from documents.enums import EtatDepot
from documents.models import Depot
from documents.selectors import depot_visible
from documents.services import reclassement
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.contexte import contexte_de, url_dossier


@gestion("volet_reclasser")
@require_http_methods(["GET", "POST"])
def reclasser(request: HttpRequest, depot_id: int) -> HttpResponse:
    """A medical paper received by mistake: what sending it to the bulle does, then it is done."""
    depot = depot_visible(visiteur(request), depot_id)
    retour = _page_of(request, depot)
    if request.method == "POST":
        try:
            reclassement.reclasser(acteur=visiteur(request), depot=depot)
        except Erreur as error:
            messages.error(request, " ".join(raisons_de(error)))
        else:
            messages.success(request, "Le document est dans la bulle. Il n’est plus ni dans le dossier, ni dans la recherche.")
        return redirect(retour)
    if depot.etat == EtatDepot.RECLASSE:
        return redirect(retour)
    return render(request, "gestion/reclasser.html", {"depot": depot, "piece": depot.piece, "retour": retour})


def _page_of(request: HttpRequest, depot: Depot) -> str:
    """Where the file was looked at: its dossier, or the corbeille."""
    if depot.piece is not None:
        contexte = contexte_de(request, visiteur(request), positions=False)
        return url_dossier(depot.piece.sinistre.numero, contexte, piece=depot.piece.pk)
    courrier = getattr(depot, "courrier", None)
    return reverse("gestion:corbeille") if courrier is None else reverse("gestion:courrier", args=[courrier.pk])
