"""What is known besides the dossier, at the collectivités' door: leaves of its agents, what the CPAM paid, pay maintained, files."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from contracts.models import Agent
from contracts.selectors import agents_visibles, search_agents
from indemnities.selectors_constats import arrets_connus_visibles, montants_visibles
from portal import views_constats
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.procedures import COLLECTIVITE

PAGE = 50


@porte
@require_http_methods(["GET", "POST"])
def agents(request: HttpRequest) -> HttpResponse:
    """Find an agent; the name searched for is posted, never in an address."""
    user = visiteur(request)
    texte = request.POST.get("texte", "").strip()
    found = list(_mes_agents(user, search_agents(user, texte))[: PAGE + 1]) if texte else []
    return render(request, "collectivite/agents.html", {"texte": texte, "agents": found[:PAGE], "trop": len(found) > PAGE})


@porte
@require_http_methods(["GET", "POST"])
def arrets_connus(request: HttpRequest, agent_id: int) -> HttpResponse:
    user = visiteur(request)
    agent = get_object_or_404(_mes_agents(user, agents_visibles(user)), pk=agent_id)
    return views_constats.arrets_connus(request, user, agent, COLLECTIVITE)


@porte
@require_http_methods(["GET", "POST"])
def annuler_arret(request: HttpRequest, arret_id: int) -> HttpResponse:
    user = visiteur(request)
    arret = get_object_or_404(arrets_connus_visibles(user), pk=arret_id, agent__collectivite__in=user.collectivite_ids)
    return views_constats.annuler_arret(request, user, arret, COLLECTIVITE)


@porte
@require_http_methods(["GET", "POST"])
def montants(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    return views_constats.montants(request, user, selectors.mon_sinistre(user, numero), COLLECTIVITE)


@porte
@require_http_methods(["GET", "POST"])
def annuler_montant(request: HttpRequest, montant_id: int) -> HttpResponse:
    user = visiteur(request)
    montant = get_object_or_404(montants_visibles(user), pk=montant_id, sinistre__collectivite__in=user.collectivite_ids)
    return views_constats.annuler_montant(request, user, montant, COLLECTIVITE)


@porte
@require_http_methods(["GET", "POST"])
def importer(request: HttpRequest, fichier: str) -> HttpResponse:
    user = visiteur(request)
    return views_constats.importer(request, user, selectors.mes_collectivites(user), fichier, COLLECTIVITE)


@porte
@require_POST
def confirmer(request: HttpRequest, fichier: str) -> HttpResponse:
    user = visiteur(request)
    return views_constats.confirmer(request, user, selectors.mes_collectivites(user), fichier, COLLECTIVITE)


def _mes_agents(user: User, agents: QuerySet[Agent]) -> QuerySet[Agent]:
    return agents.filter(collectivite__in=user.collectivite_ids).select_related("collectivite")
