"""A médecin conseil is away: who sees and answers what is entrusted to him, and until when."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from cases.errors import Erreur
from cases.models.avis import Delegation
from cases.selectors import delegations_de
from cases.services import avis as services
from portal.bulle import ouverture, selectors
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import DelegationForm


@reserve_a(Role.MEDECIN_CONSEIL)
@require_http_methods(["GET", "POST"])
def liste(request: HttpRequest) -> HttpResponse:
    user, statut = visiteur(request), 200
    form = DelegationForm(request.POST if request.method == "POST" else None, medecins=selectors.medecins_remplacants(user))
    if request.method == "POST":
        statut = 422
        if form.is_valid():
            try:
                delegation = services.deleguer(acteur=user, **form.cleaned_data)
            except Erreur as error:
                statut = ouverture.retenir(form, error)
            else:
                messages.success(request, f"{delegation.remplacant.get_full_name()} vous remplacera à ces dates.")
                return redirect("bulle:delegations")
    toutes = list(delegations_de(user))
    contexte = {
        "donnees": [d for d in toutes if d.medecin_id == user.pk],
        "recues": [d for d in toutes if d.remplacant_id == user.pk],
        "form": form,
    }
    return render(request, "bulle/delegations.html", contexte, status=statut)


@reserve_a(Role.MEDECIN_CONSEIL)
@require_POST
def retirer(request: HttpRequest, delegation_id: int) -> HttpResponse:
    user = visiteur(request)
    try:
        delegation = delegations_de(user).get(pk=delegation_id, medecin=user)
    except Delegation.DoesNotExist as error:
        raise Http404 from error
    services.retirer_delegation(acteur=user, delegation=delegation)
    messages.success(request, "Le remplacement est retiré : cette personne ne voit plus vos dossiers.")
    return redirect("bulle:delegations")
