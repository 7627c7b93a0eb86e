"""What a gestionnaire looks up and never writes here: contracts, agents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import peut
from cases.selectors import sinistres_visibles
from contracts.models import Remuneration, SituationAgent
from contracts.selectors import agents_visibles, collectivites_visibles, search_agents
from portal.constats import contexte_agent
from portal.gestion.acces import gestion, visiteur
from portal.gestion.selectors import adhesions_de, adhesions_du_contrat, contrats_comptes, contrats_visibles, formules_du_contrat
from portal.procedures import GESTION

PAR_PAGE = 50


@gestion("contrat_lire")
@require_GET
def contrats(request: HttpRequest) -> HttpResponse:
    return render(request, "gestion/contrats.html", {"contrats": contrats_comptes(visiteur(request))})


@gestion("contrat_lire")
@require_GET
def contrat(request: HttpRequest, contrat_id: int) -> HttpResponse:
    """One contract: its formules year by year, and who has joined."""
    found = contrats_visibles(visiteur(request)).get(pk=contrat_id)
    context = {"contrat": found, "formules": formules_du_contrat(found), "adhesions": adhesions_du_contrat(found)}
    return render(request, "gestion/contrat.html", context)


@gestion("contrat_lire")
@require_GET
def collectivite(request: HttpRequest, collectivite_id: int) -> HttpResponse:
    """One collectivité: its adhésions and what each insures, year by year."""
    found = collectivites_visibles(visiteur(request), "bordereau_lire").get(pk=collectivite_id)
    return render(request, "gestion/collectivite.html", {"collectivite": found, "adhesions": adhesions_de(found)})


@gestion("agent_lire")
@require_http_methods(["GET", "POST"])
def agents(request: HttpRequest) -> HttpResponse:
    """The name searched for is posted, never in an address."""
    texte = request.POST.get("texte", "").strip()
    found = list(search_agents(visiteur(request), texte)[: PAR_PAGE + 1]) if texte else []
    contexte = {"texte": texte, "agents": found[:PAR_PAGE], "trop": len(found) > PAR_PAGE}
    return render(request, "gestion/agents.html", {**contexte, "peut_importer": peut(visiteur(request), "constat_saisir")})


@gestion("agent_lire")
@require_GET
def agent(request: HttpRequest, agent_id: int) -> HttpResponse:
    """One agent: dated situations and pay, and his dossiers."""
    user = visiteur(request)
    found = agents_visibles(user).select_related("collectivite").get(pk=agent_id)
    return render(
        request,
        "gestion/agent.html",
        {
            "agent": found,
            "situations": SituationAgent.objects.filter(agent=found).order_by("-debut"),
            "remunerations": Remuneration.objects.filter(agent=found).order_by("-debut"),
            "dossiers": sinistres_visibles(user).filter(agent=found).select_related("agent", "collectivite").order_by("-survenance", "-pk"),
            **contexte_agent(user, found, GESTION),
        },
    )
