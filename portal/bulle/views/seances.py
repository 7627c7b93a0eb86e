"""The psychologue: what is confided to him, and one page for each, where he records contact, séances and end."""

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
from medical import selectors_soutien
from medical.errors import Indisponible
from medical.models import Soutien
from medical.rules_soutien import REGLES
from medical.services import soutien as services
from portal.bulle import ouverture
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms_soutien import ContactPrisForm, FinForm, SeanceForm
from portal.bulle.views.programmes import programmes_de
from workflows.branches.soutien import actes


@dataclass(frozen=True)
class Acte:
    """One form of the page: its title, what it does once read, what is said then."""

    titre: str
    formulaire: Callable[[Any], forms.Form]
    executer: Callable[[User, Soutien, Any], object]
    dit: str


ACTES: dict[str, Acte] = {
    "contact": Acte(
        "Premier contact",
        lambda data: ContactPrisForm(data, initial={"le": timezone.localdate()}),
        lambda user, soutien, form: actes.prendre_contact(acteur=user, soutien=soutien, le=form.cleaned_data["le"]),
        "Le premier contact est noté.",
    ),
    "seance": Acte(
        "Noter une séance",
        lambda data: SeanceForm(data, initial={"tenue_le": timezone.localdate()}),
        lambda user, soutien, form: actes.tenir_seance(acteur=user, soutien=soutien, saisie=form.saisie()),
        "La séance est notée.",
    ),
    "social": Acte(
        "Terminer l’accompagnement social",
        forms.Form,
        lambda user, soutien, form: actes.finir_social(acteur=user, soutien=soutien),
        "L’accompagnement social est terminé.",
    ),
    "fin": Acte(
        "Terminer les séances",
        FinForm,
        lambda user, soutien, form: actes.terminer(
            acteur=user, soutien=soutien, issue=form.cleaned_data["issue"], motif=form.cleaned_data["motif"]
        ),
        "Les séances sont terminées.",
    ),
}


def ouverts(soutien: Soutien) -> list[str]:
    """Which of them may be done now."""
    if soutien.est_clos or soutien.branche is None:
        return []
    if soutien.premier_contact_le is None:
        return ["contact"]
    found = ["seance"] if soutien.seances_finies_le is None else []
    if soutien.est_social and soutien.social_fini_le is None:
        found.append("social")
    return [*found, "fin"] if soutien.seances_finies_le is None else found


@reserve_a(Role.PSYCHOLOGUE)
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    soutiens = selectors_soutien.mes_soutiens(visiteur(request))
    contexte = {
        "programmes": programmes_de(visiteur(request)),
        "en_cours": [s for s in soutiens if not s.est_clos],
        "termines": [s for s in soutiens if s.est_clos],
    }
    return render(request, "bulle/seances.html", contexte)


@reserve_a(Role.PSYCHOLOGUE)
@never_cache
@require_http_methods(["GET", "POST"])
def un_soutien(request: HttpRequest, uid: UUID) -> HttpResponse:
    """GET: the agent, how to reach him, séances. POST: one of ACTES, named by the button."""
    user = visiteur(request)
    try:
        soutien = selectors_soutien.mon_soutien(user, uid)
    except Soutien.DoesNotExist as error:
        raise Http404 from error
    essai, statut, nom = None, 200, request.POST.get("acte", "")
    if request.method == "POST":
        if nom not in ACTES:
            raise Http404
        acte, statut = ACTES[nom], 422
        essai = acte.formulaire(request.POST)
        if essai.is_valid():
            try:
                acte.executer(user, soutien, essai)
            except Erreur as error:
                statut = ouverture.retenir(essai, error)
            else:
                messages.success(request, acte.dit)
                return redirect("bulle:soutien-suivi", uid=uid)
    return render(request, "bulle/soutien_suivi.html", _page(user, soutien, nom, essai), status=statut)


def _page(user: User, soutien: Soutien, nom: str, essai: forms.Form | None) -> dict[str, Any]:
    contact, motif, seances, indisponible = "", "", [], ""
    try:
        contact, seances = services.lire_contact(acteur=user, soutien=soutien), actes.relire(acteur=user, soutien=soutien)
        motif = actes.relire_motif(acteur=user, soutien=soutien)
    except Indisponible as error:
        indisponible = error.message
    ouvertes = ouverts(soutien)
    return {
        "soutien": soutien,
        "regle": REGLES[soutien.programme],
        "contact": contact,
        "motif": motif,
        "seances": seances,
        "indisponible": indisponible,
        "formulaires": [
            (code, ACTES[code].titre, essai if essai is not None and code == nom else ACTES[code].formulaire(None)) for code in ouvertes
        ],
        "refus": essai if essai is not None and nom not in ouvertes else None,
    }
