"""A return-to-work programme confided to the psychologue: what is hoped for, and saying that it is over. Nothing he hears is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from accounts.models import User
from cases.enums import EtatBranche
from cases.enums_accompagnement import ObjectifAccompagnement
from cases.errors import Erreur
from cases.models import Accompagnement, Branche
from portal.bulle import ouverture
from portal.bulle.acces import reserve_a, visiteur
from workflows.branches.accompagnement import actes
from workflows.selectors import etapes_ouvertes

ETAPE = "psychologue"


def programmes_de(user: User) -> list[Branche]:
    """The programmes that this psychologue is to carry out, the oldest first; the agent, if it is himself, is left out."""
    siens = Accompagnement.objects.filter(psychologue=user, branche__etat=EtatBranche.EN_COURS).exclude(
        branche__sinistre__agent__compte=user
    )
    branches = Branche.objects.filter(accompagnement__in=siens).select_related(
        "accompagnement", "sinistre__agent", "sinistre__collectivite"
    )
    return [branche for branche in branches.order_by("pk") if ETAPE in etapes_ouvertes(branche)]


@reserve_a(Role.PSYCHOLOGUE)
@require_http_methods(["GET", "POST"])
def un_programme(request: HttpRequest, uid: UUID) -> HttpResponse:
    """GET: the agent, his employer, what is hoped for. POST: it is over."""
    user = visiteur(request)
    branche = next((b for b in programmes_de(user) if b.uid == uid), None)
    if branche is None:
        raise Http404
    form, statut = forms.Form(request.POST or None), 200
    if request.method == "POST":
        form.is_valid()
        try:
            actes.terminer_intervention(acteur=user, branche=branche, nom=ETAPE)
        except Erreur as error:
            statut = ouverture.retenir(form, error)
        else:
            messages.success(request, "Le programme est terminé : le centre de gestion fait le bilan avec l’agent.")
            return redirect("bulle:seances")
    return render(request, "bulle/programme.html", _page(branche, form), status=statut)


def _page(branche: Branche, form: forms.Form) -> dict[str, Any]:
    codes = branche.accompagnement.objectifs
    objectifs = ", ".join(str(ObjectifAccompagnement(code).label).lower() for code in codes)
    return {"branche": branche, "accompagnement": branche.accompagnement, "objectifs": objectifs, "form": form}
