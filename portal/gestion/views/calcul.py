"""Décomptes computed for a dossier: what would be written, the facts it depends on, one décompte line by line."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from cases.errors import DonneeInvalide, Erreur, GardeNonSatisfaite
from cases.selectors import sinistre_visible
from indemnities.calcul.simulation import rendre_ligne
from indemnities.dossier.projets import Projet
from indemnities.selectors import decomptes_visibles
from portal.detail import Detail, detail_de, detail_du_decompte
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.calendrier import INITIALES
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_argent import FaitsDroitsForm
from workflows import decomptes


@gestion("decompte_calculer")
@require_http_methods(["GET", "POST"])
def calculer(request: HttpRequest, numero: str) -> HttpResponse:
    """GET: what the engines give now, with its reasons. POST: write it; another person approves."""
    user = visiteur(request)
    retour = url_dossier(numero, contexte_de(request, user, positions=False))
    statut = 200
    if request.method == "POST":
        try:
            ecrits = decomptes.preparer(acteur=user, numero=numero)
        except Erreur as error:
            messages.error(request, " ".join(raisons_de(error)))
            statut = 422
        else:
            messages.success(request, _done(len(ecrits)))
            return redirect(retour + "#decomptes")
    sinistre = sinistre_visible(user, numero)
    contexte: dict[str, Any] = {"plan": None, "projets": [], "raisons": []}
    try:
        plan = decomptes.apercu(acteur=user, numero=numero)
    except GardeNonSatisfaite as error:
        contexte["raisons"] = error.raisons
    else:
        contexte |= {"plan": plan, "projets": [(projet, _detail(projet)) for projet in plan.projets]}
    faits = FaitsDroitsForm(sinistre=sinistre)
    return render(
        request,
        "gestion/calcul.html",
        contexte | {"sinistre": sinistre, "retour": retour, "initiales": INITIALES, "faits": faits},
        status=statut,
    )


def _done(nombre: int) -> str:
    if not nombre:
        return "C’est vu : tout ce qui est dû à ce jour est déjà décompté."
    combien = "Un décompte est calculé" if nombre == 1 else f"{nombre} décomptes sont calculés"
    return f"{combien} : une autre personne doit approuver."


def _detail(projet: Projet) -> Detail:
    return detail_de([rendre_ligne(ligne) for ligne in projet.lignes])


@gestion("decompte_calculer")
@require_http_methods(["GET", "POST"])
def faits(request: HttpRequest, numero: str) -> HttpResponse:
    """The facts a right depends on; back to the calculation once they are said."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    form, statut = FaitsDroitsForm(sinistre=sinistre), 200
    if request.method == "POST":
        form, statut = FaitsDroitsForm(request.POST, sinistre=sinistre), 422
        if form.is_valid():
            try:
                decomptes.fixer_faits(acteur=user, numero=numero, **form.cleaned_data)
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            else:
                messages.success(request, "C’est noté : le calcul en tient compte.")
                return redirect("gestion:calcul", numero)
    return render(request, "gestion/faits_droits.html", {"sinistre": sinistre, "form": form}, status=statut)


@gestion("decompte_lire")
@require_GET
def un_decompte(request: HttpRequest, decompte_id: int) -> HttpResponse:
    """One décompte, fit to be printed: each of its lines and where it comes from."""
    decompte = decomptes_visibles(visiteur(request)).select_related("corrige").get(pk=decompte_id)
    contexte = {"decompte": decompte, "detail": detail_du_decompte(decompte), "initiales": INITIALES}
    return render(request, "gestion/un_decompte.html", contexte)
