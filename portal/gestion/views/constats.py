"""What is known besides the dossier, at the gestionnaires' door: an agent's leaves, amounts of a dossier, files."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from cases.selectors import sinistre_visible
from contracts.selectors import agents_visibles, collectivites_visibles
from indemnities.selectors_constats import arrets_connus_visibles, montants_visibles
from portal import views_constats
from portal.gestion.acces import gestion, visiteur
from portal.procedures import GESTION


@gestion("agent_lire")
@require_http_methods(["GET", "POST"])
def arrets_connus(request: HttpRequest, agent_id: int) -> HttpResponse:
    user = visiteur(request)
    agent = agents_visibles(user).select_related("collectivite").get(pk=agent_id)
    return views_constats.arrets_connus(request, user, agent, GESTION)


@gestion("constat_annuler")
@require_http_methods(["GET", "POST"])
def annuler_arret(request: HttpRequest, arret_id: int) -> HttpResponse:
    user = visiteur(request)
    return views_constats.annuler_arret(request, user, arrets_connus_visibles(user).get(pk=arret_id), GESTION)


@gestion()
@require_http_methods(["GET", "POST"])
def montants(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    return views_constats.montants(request, user, sinistre_visible(user, numero), GESTION)


@gestion("constat_annuler")
@require_http_methods(["GET", "POST"])
def annuler_montant(request: HttpRequest, montant_id: int) -> HttpResponse:
    user = visiteur(request)
    return views_constats.annuler_montant(request, user, montants_visibles(user).get(pk=montant_id), GESTION)


@gestion("constat_saisir")
@require_http_methods(["GET", "POST"])
def importer(request: HttpRequest, fichier: str) -> HttpResponse:
    user = visiteur(request)
    collectivites = collectivites_visibles(user, "constat_saisir").order_by("nom", "pk")
    return views_constats.importer(request, user, collectivites, fichier, GESTION)


@gestion("constat_saisir")
@require_POST
def confirmer(request: HttpRequest, fichier: str) -> HttpResponse:
    user = visiteur(request)
    return views_constats.confirmer(request, user, collectivites_visibles(user, "constat_saisir"), fichier, GESTION)
