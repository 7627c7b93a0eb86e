"""The secretariat of the bulle: what agents ask for, what was proposed to them, to whom it is confided; a proposal to be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.enums import Role
from accounts.models import User
from cases.errors import Erreur
from cases.models import Sinistre
from cases.selectors import sinistres_visibles
from medical import selectors_soutien
from medical.enums_soutien import Accord
from medical.errors import Indisponible
from medical.models import Soutien
from medical.rules_soutien import REGLES
from medical.services import soutien as services
from portal.bulle import ouverture
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms_soutien import AffecterForm, PropositionForm, ReponseNoteeForm, VoieForm
from workflows.branches.soutien import actes


@dataclass(frozen=True)
class Acte:
    """One form of the page: its title, when it may be done, what it does, what is said then."""

    titre: str
    possible: Callable[[Soutien], bool]
    formulaire: Callable[[Soutien, Any], forms.Form]
    executer: Callable[[User, Soutien, Any], object]
    dit: str


def _note(user: User, soutien: Soutien, lu: dict[str, Any]) -> object:
    return actes.noter_reponse(
        acteur=user, soutien=soutien, accepte=lu["accepte"] == "oui", voie=lu["voie"], le=lu["le"], contact=lu["contact"]
    )


ACTES: dict[str, Acte] = {
    "reponse": Acte(
        "Noter la réponse de l’agent",
        lambda soutien: soutien.accord == Accord.A_RECUEILLIR,
        lambda soutien, data: ReponseNoteeForm(data, initial={"le": timezone.localdate()}),
        _note,
        "La réponse est notée.",
    ),
    "affecter": Acte(
        "Confier à un psychologue",
        lambda soutien: soutien.accord == Accord.DONNE,
        lambda soutien, data: AffecterForm(
            data, psychologues=selectors_soutien.psychologues(soutien.sinistre), initial={"psychologue": soutien.psychologue_id}
        ),
        lambda user, soutien, lu: actes.affecter(acteur=user, soutien=soutien, psychologue=lu["psychologue"]),
        "Le soutien est confié : le psychologue le trouve dans ses séances.",
    ),
    "cacher": Acte(
        "L’agent ne veut plus que son soutien se voie",
        lambda soutien: soutien.est_visible,
        lambda soutien, data: VoieForm(data, prefix="cacher"),
        lambda user, soutien, lu: services.cacher(soutien=soutien, acteur=user, voie=lu["voie"]),
        "Plus rien n’en paraît en dehors de la bulle.",
    ),
    "arreter": Acte(
        "L’agent arrête son soutien",
        lambda soutien: not soutien.est_clos,
        lambda soutien, data: VoieForm(data, prefix="arreter"),
        lambda user, soutien, lu: services.arreter(soutien=soutien, acteur=user, voie=lu["voie"]),
        "Le soutien est arrêté.",
    ),
}


def ouverts(soutien: Soutien) -> list[str]:
    """Which of them may be done now. What an agent lets be seen, he may take back even when all is over."""
    pendant = [] if soutien.est_clos or soutien.branche is None else ["reponse", "affecter"]
    return [code for code in [*pendant, "cacher", "arreter"] if ACTES[code].possible(soutien)]


@reserve_a(Role.GESTIONNAIRE_BULLE)
@never_cache
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    contexte = {
        "soutiens": selectors_soutien.en_cours(user),
        "visibles": list(selectors_soutien.suivis(user).filter(clos_le__isnull=False, visible__isnull=False)[:100]),
        "chiffres": selectors_soutien.chiffres(user),
    }
    return render(request, "bulle/soutiens.html", contexte)


@reserve_a(Role.GESTIONNAIRE_BULLE)
@never_cache
@require_http_methods(["GET", "POST"])
def un_soutien(request: HttpRequest, uid: UUID) -> HttpResponse:
    """GET: where it stands, how to reach the agent. POST: one of ACTES, named by the button."""
    user = visiteur(request)
    try:
        soutien = selectors_soutien.suivi(user, uid)
    except Soutien.DoesNotExist as error:
        raise Http404 from error
    essai, statut, nom = None, 200, request.POST.get("acte", "")
    if request.method == "POST":
        if nom not in ACTES:
            raise Http404
        acte, statut = ACTES[nom], 422
        essai = acte.formulaire(soutien, request.POST)
        if essai.is_valid():
            try:
                acte.executer(user, soutien, essai.cleaned_data)
            except Erreur as error:
                statut = ouverture.retenir(essai, error)
            else:
                messages.success(request, acte.dit)
                return redirect("bulle:soutien", uid=uid)
    return render(request, "bulle/soutien.html", _page(user, soutien, nom, essai), status=statut)


def _page(user: User, soutien: Soutien, nom: str, essai: forms.Form | None) -> dict[str, Any]:
    contact, indisponible = "", ""
    try:
        contact = services.lire_contact(acteur=user, soutien=soutien)
    except Indisponible as error:
        indisponible = error.message
    ouvertes = ouverts(soutien)
    return {
        "soutien": soutien,
        "regle": REGLES[soutien.programme],
        "contact": contact,
        "propositions": selectors_soutien.propositions(user, soutien),
        "indisponible": indisponible,
        "formulaires": [
            (code, _titre(code, soutien), essai if essai is not None and code == nom else ACTES[code].formulaire(soutien, None))
            for code in ouvertes
        ],
        "refus": essai if essai is not None and nom not in ouvertes else None,
    }


def _titre(code: str, soutien: Soutien) -> str:
    return "Confier à un autre psychologue" if code == "affecter" and soutien.psychologue_id is not None else ACTES[code].titre


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE)
@never_cache
@require_http_methods(["GET", "POST"])
def proposer(request: HttpRequest) -> HttpResponse:
    """A dossier by its number, a programme; the agent then accepts or refuses."""
    user, statut = visiteur(request), 200
    form = PropositionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        statut = 422
        if form.is_valid():
            try:
                sinistre = sinistres_visibles(user, "soutien_proposer").get(numero=form.cleaned_data["numero"].strip())
                services.proposer(acteur=user, sinistre=sinistre, programme=form.cleaned_data["programme"])
            except Sinistre.DoesNotExist:
                form.add_error("numero", "Aucun dossier ne porte ce numéro, ou il ne vous est pas confié.")
            except Erreur as error:
                statut = ouverture.retenir(form, error)
            else:
                messages.success(request, "C’est proposé. Le secrétariat de la bulle en parle à l’agent.")
                return redirect("bulle:soutien-proposer")
    return render(request, "bulle/soutien_proposer.html", {"form": form}, status=statut)
