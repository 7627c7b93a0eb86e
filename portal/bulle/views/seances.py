"""The psychologue: what is confided to him, and one page for each, where he records contact, séances and end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.enums import Role
from accounts.models import User
from medical import selectors_soutien
from medical.errors import Indisponible
from medical.models import Soutien
from medical.rules_soutien import REGLES
from medical.services import soutien as services
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.actes_soutien import Acte, Essai, essayer, offerts
from portal.bulle.forms_soutien import ContactPrisForm, FinForm, SeanceForm
from portal.bulle.views.programmes import programmes_de
from workflows.branches.soutien import actes

ACTES: dict[str, Acte] = {
    "contact": Acte(
        lambda soutien: "Premier contact",
        lambda soutien, data: ContactPrisForm(data, initial={"le": timezone.localdate()}),
        lambda user, soutien, form: actes.prendre_contact(acteur=user, soutien=soutien, le=form.cleaned_data["le"]),
        "Le premier contact est noté.",
    ),
    "seance": Acte(
        lambda soutien: "Noter une séance",
        lambda soutien, data: SeanceForm(data, initial={"tenue_le": timezone.localdate()}),
        lambda user, soutien, form: actes.tenir_seance(acteur=user, soutien=soutien, saisie=form.saisie()),
        "La séance est notée.",
    ),
    "social": Acte(
        lambda soutien: "Terminer l’accompagnement social",
        lambda soutien, data: forms.Form(data),
        lambda user, soutien, form: actes.finir_social(acteur=user, soutien=soutien),
        "L’accompagnement social est terminé.",
    ),
    "fin": Acte(
        lambda soutien: "Terminer les séances",
        lambda soutien, data: FinForm(data),
        lambda user, soutien, form: actes.terminer(
            acteur=user, soutien=soutien, issue=form.cleaned_data["issue"], motif=form.cleaned_data["motif"]
        ),
        "Les séances sont terminées.",
        confirmation="Terminer les séances ? Aucune autre ne pourra être notée.",
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
    essai = essayer(request, user, soutien, ACTES)
    if essai.fait:
        return redirect("bulle:soutien-suivi", uid=uid)
    return render(request, "bulle/soutien_suivi.html", _page(user, soutien, essai), status=essai.statut)


def _page(user: User, soutien: Soutien, essai: Essai) -> dict[str, Any]:
    contact, motif, seances, indisponible = "", "", [], ""
    try:
        contact, seances = services.lire_contact(acteur=user, soutien=soutien), actes.relire(acteur=user, soutien=soutien)
        motif = actes.relire_motif(acteur=user, soutien=soutien)
    except Indisponible as error:
        indisponible = error.message
    return {
        "soutien": soutien,
        "regle": REGLES[soutien.programme],
        "contact": contact,
        "motif": motif,
        "seances": seances,
        "indisponible": indisponible,
    } | offerts(soutien, ACTES, ouverts(soutien), essai)
