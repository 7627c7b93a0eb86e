"""What all roles of the bulle share: home, taking and giving back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from cases.errors import Erreur
from cases.services import taches
from portal.bulle import selectors
from portal.bulle.acces import reserve_a, visiteur

ACCUEILS: tuple[tuple[Role, str], ...] = (
    (Role.MEDECIN_CONSEIL, "bulle:avis"),
    (Role.GESTIONNAIRE_BULLE, "bulle:controles"),
    (Role.EXPERT, "bulle:missions"),
    (Role.PSYCHOLOGUE, "bulle:seances"),
)


@reserve_a(*(role for role, _ in ACCUEILS))
@require_GET
def accueil(request: HttpRequest) -> HttpResponse:
    """Each role to his own list."""
    return redirect(next(nom for role, nom in ACCUEILS if visiteur(request).has_role(role)))


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE)
@require_POST
def prendre(request: HttpRequest, tache_id: int) -> HttpResponse:
    user = visiteur(request)
    try:
        taches.prendre(acteur=user, tache=selectors.tache_visible(user, tache_id))
    except Erreur as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "C’est à vous.")
    return redirect("bulle:accueil")


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE)
@require_POST
def rendre(request: HttpRequest, tache_id: int) -> HttpResponse:
    user = visiteur(request)
    try:
        taches.rendre(acteur=user, tache=selectors.tache_visible(user, tache_id))
    except Erreur as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "La tâche est rendue à la file.")
    return redirect("bulle:accueil")
