"""Opening his own file to an agent: whoever issues the link reads nothing by doing so."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from cases.errors import Erreur
from cases.models import Sinistre
from medical import selectors_dossiers
from medical.models import LienAgent
from medical.services import liens
from portal.bulle import ouverture
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import LienForm, NumeroForm


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE)
@require_http_methods(["GET", "POST"])
def liste(request: HttpRequest) -> HttpResponse:
    """Links under way, and the field where a dossier's number leads to its own page."""
    user, statut = visiteur(request), 200
    form = NumeroForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        statut = 422
        if form.is_valid():
            try:
                sinistre = selectors_dossiers.sinistre_ouvrable(user, form.cleaned_data["numero"].strip())
            except Sinistre.DoesNotExist:
                form.add_error("numero", "Aucun dossier ne porte ce numéro, ou il ne vous est pas confié.")
            else:
                return redirect("bulle:lien", numero=sinistre.numero)
    contexte = {"liens": list(selectors_dossiers.liens_en_cours(user)[:100]), "form": form}
    return render(request, "bulle/liens.html", contexte, status=statut)


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE)
@never_cache
@require_http_methods(["GET", "POST"])
def un_lien(request: HttpRequest, numero: str) -> HttpResponse:
    """One dossier: issue a link, shown once with its code."""
    user, statut, remise = visiteur(request), 200, None
    try:
        sinistre = selectors_dossiers.sinistre_ouvrable(user, numero)
    except Sinistre.DoesNotExist as error:
        raise Http404 from error
    form = LienForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        statut = 422
        if form.is_valid():
            try:
                remise, statut = liens.ouvrir_a_l_agent(acteur=user, sinistre=sinistre, jours=form.cleaned_data["jours"]), 200
            except Erreur as error:
                statut = ouverture.retenir(form, error)
    contexte = {"sinistre": sinistre, "form": form, "remise": remise, "liens": list(selectors_dossiers.liens_en_cours(user, sinistre))}
    return render(request, "bulle/lien.html", contexte, status=statut)


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE)
@require_POST
def revoquer(request: HttpRequest, lien_id: int) -> HttpResponse:
    user = visiteur(request)
    try:
        lien = selectors_dossiers.liens_en_cours(user).get(pk=lien_id)
    except LienAgent.DoesNotExist as error:
        raise Http404 from error
    liens.revoquer(acteur=user, lien=lien)
    messages.success(request, "Le lien est retiré : il n’ouvre plus rien.")
    return redirect("bulle:liens")
