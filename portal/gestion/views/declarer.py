"""Declaring for a collectivité: from the telephone, or from late paper."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from cases.errors import AlerteAConfirmer, DonneeInvalide
from contracts.models import Agent
from contracts.selectors import agents_visibles, search_agents
from documents.models import Courrier
from documents.selectors import courrier_visible
from documents.services import courriers
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_argent import DeclarationForm
from workflows.declaration import declarer as declare

RESULTATS = 30


@gestion("dossier_declarer")
@require_http_methods(["GET", "POST"])
def choisir_agent(request: HttpRequest) -> HttpResponse:
    """Who: the name is posted, never in an address."""
    texte = request.POST.get("texte", "").strip()
    agents = list(search_agents(visiteur(request), texte)[:RESULTATS]) if texte else []
    courrier = _courrier(request)
    return render(
        request,
        "gestion/declarer_agent.html",
        {"texte": texte, "agents": agents, "courrier": courrier, "limite": len(agents) == RESULTATS, "requete": _requete(courrier)},
    )


@gestion("dossier_declarer")
@require_http_methods(["GET", "POST"])
def declarer(request: HttpRequest, agent_id: int) -> HttpResponse:
    """What: one page, what was typed is kept, probable mistakes stop it once."""
    user = visiteur(request)
    agent = agents_visibles(user).select_related("collectivite").get(pk=agent_id)
    courrier = _courrier(request)
    alertes: list[str] = []
    statut = 200
    if request.method == "POST":
        form, statut = DeclarationForm(request.POST), 422
        if form.is_valid():
            try:
                return _declared(request, user, agent, form, courrier)
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            except AlerteAConfirmer as error:
                alertes, statut = list(error.alertes.values()), 409
    else:
        form = DeclarationForm(initial={"declare_le": courrier.recu_le if courrier is not None else None})
    context = {
        "agent": agent,
        "form": form,
        "champs": [f for f in form.visible_fields() if f.name != "alertes_assumees"],
        "alertes": alertes,
        "courrier": courrier,
        "requete": _requete(courrier),
    }
    return render(request, "gestion/declarer.html", context, status=statut)


def _declared(request: HttpRequest, user: User, agent: Agent, form: DeclarationForm, courrier: Courrier | None) -> HttpResponse:
    sinistre = declare(acteur=user, agent=agent, declaration=form.declaration())
    if courrier is not None:
        courriers.classer(acteur=user, courrier=courrier, sinistre=sinistre)
    retard = f" Elle arrive {sinistre.jours_de_retard} jours après le délai." if sinistre.jours_de_retard else ""
    messages.success(request, f"Le dossier {sinistre.numero} est ouvert.{retard}")
    return redirect(reverse("gestion:dossier", args=[sinistre.numero]))


def _courrier(request: HttpRequest) -> Courrier | None:
    """The paper the declaration comes from, when it comes from one that still waits."""
    wanted = request.GET.get("courrier", "")
    if not wanted.isdigit():
        return None
    courrier = courrier_visible(visiteur(request), int(wanted))
    return courrier if courrier.classe_le is None else None


def _requete(courrier: Courrier | None) -> str:
    return f"?courrier={courrier.pk}" if courrier is not None else ""
