"""Reminders: their calendars, and those of one dossier, that a person pauses and resumes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gate import peut
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.rules import add_working_days
from cases.selectors import sinistre_visible
from cases.selectors_relances import relances_suspendues
from cases.services import relances as service
from contracts.models import CalendrierRelances, ContratGroupe
from contracts.relances import DEFAUT, Rythme
from contracts.selectors import calendriers_relances, calendriers_visibles
from contracts.services import fixer_calendrier
from documents.enums import Stade
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.formulaires import DateField, poser_erreurs
from portal.gestion.relances import SUSPENDRE, SuspensionForm
from portal.gestion.selectors import contrats_visibles
from portal.gestion.views.dossier import rediriger
from portal.presentation import jour_en_lettres

REGLER = "relances_regler"
SUSPENDUES = 200
"""How many suspended dossiers the page shows."""


# -- Calendars ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ligne:
    """One calendar as the page shows it. `moment`: « en vigueur », « à venir » or « passé »."""

    calendrier: CalendrierRelances
    stade: str
    moment: str
    exemple: str


class CalendrierForm(forms.Form):
    contrat = forms.ModelChoiceField(label="Contrat", queryset=ContratGroupe.objects.none(), required=False, empty_label="Tous")
    stade = forms.ChoiceField(label="Pièces demandées au stade", choices=[("", "Tous"), *Stade.choices], required=False)
    debut = DateField(
        label="À partir du", help_text="Vaut pour les relances décidées à partir de ce jour ; le calendrier d’avant finit la veille."
    )
    jours = forms.CharField(label="Relancer après", max_length=60, help_text="Jours ouvrés après la demande, dans l’ordre : « 7, 21, 45 ».")
    appel = forms.IntegerField(
        label="Appeler la collectivité après",
        min_value=1,
        help_text="Jours ouvrés après la demande : la tâche s’ouvre pour le gestionnaire.",
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contrat"].queryset = contrats_visibles(user)  # type: ignore[attr-defined]

    def clean_jours(self) -> list[int]:
        parts = [part.strip() for part in self.cleaned_data["jours"].replace(";", ",").split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
            raise ValidationError("Donnez des nombres de jours séparés par des virgules : « 7, 21, 45 ».")
        return [int(part) for part in parts]


@gestion("contrat_lire")
@require_GET
def calendriers(request: HttpRequest) -> HttpResponse:
    """What holds, what held, what is to come, each with what it means for a pièce asked for today."""
    user = visiteur(request)
    aujourd_hui = timezone.localdate()
    lignes = [_ligne(un, aujourd_hui) for un in calendriers_visibles(user)]
    context = {
        "lignes": lignes,
        "peut_regler": peut(user, REGLER),
        "a_defaut": (None, "") not in calendriers_relances(aujourd_hui).lignes,
        "defaut": DEFAUT,
        "exemple": phrase(DEFAUT, aujourd_hui),
        "suspendues": relances_suspendues(user, limite=SUSPENDUES),
    }
    return render(request, "gestion/relances.html", context)


def _ligne(un: CalendrierRelances, aujourd_hui: dt.date) -> Ligne:
    stade = Stade(un.stade).label if un.stade in Stade.values else "Tous"
    if un.debut > aujourd_hui:
        return Ligne(un, stade, "à venir", phrase(Rythme(tuple(un.jours), un.appel), un.debut))
    if un.fin is not None and un.fin < aujourd_hui:
        return Ligne(un, stade, "passé", "")
    return Ligne(un, stade, "en vigueur", phrase(Rythme(tuple(un.jours), un.appel), aujourd_hui))


def phrase(rythme: Rythme, demandee: dt.date) -> str:
    """« Une pièce demandée le lundi 2 novembre 2026 serait relancée le …, puis la collectivité serait à appeler le … »."""
    dates = [jour_en_lettres(add_working_days(demandee, jours, "")) for jours in rythme.etapes]
    return (
        f"Une pièce demandée le {jour_en_lettres(demandee)} serait relancée le {_series(dates[:-1])} ;"
        f" sans effet, la collectivité serait à appeler le {dates[-1]}."
    )


def _series(dates: Sequence[str]) -> str:
    return dates[0] if len(dates) == 1 else ", le ".join(dates[:-1]) + f" et le {dates[-1]}"


@gestion(REGLER)
@require_http_methods(["GET", "POST"])
def nouveau(request: HttpRequest) -> HttpResponse:
    """Fix a calendar from a day on. What was typed is kept when it is refused."""
    user = visiteur(request)
    statut = 200
    if request.method == "POST":
        form, statut = CalendrierForm(user, request.POST), 422
        if form.is_valid():
            try:
                fixe = fixer_calendrier(acteur=user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, phrase(Rythme(tuple(fixe.jours), fixe.appel), fixe.debut))
                return redirect("gestion:relances")
    else:
        form = CalendrierForm(
            user, initial={"debut": timezone.localdate(), "jours": ", ".join(map(str, DEFAUT.jours)), "appel": DEFAUT.appel}
        )
    return render(request, "gestion/relances_nouveau.html", {"form": form}, status=statut)


# -- One dossier --------------------------------------------------------------------------------------------------------------


@gestion(SUSPENDRE)
@require_POST
def suspendre(request: HttpRequest, numero: str) -> HttpResponse:
    """Suspend, or change the reason and the day of a suspension. What was typed comes back when it is refused."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    form = SuspensionForm(request.POST)
    if form.is_valid():
        lu = form.cleaned_data
        try:
            service.suspendre(acteur=user, sinistre=sinistre, motif=lu["motif"], jusqu_au=lu["jusqu_au"])
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            messages.error(request, error.message)
            return rediriger(request, numero, ancre="t-relances")
        else:
            messages.success(request, f"Les relances de ce dossier sont suspendues, {_until(lu['jusqu_au'])}.")
            return rediriger(request, numero, ancre="t-relances")
    retour = url_dossier(numero, contexte_de(request, user, positions=False))
    return render(request, "gestion/relances_suspendre.html", {"sinistre": sinistre, "form": form, "retour": retour}, status=422)


def _until(jusqu_au: dt.date | None) -> str:
    return f"jusqu’au {jour_en_lettres(jusqu_au)} inclus" if jusqu_au is not None else "jusqu’à ce qu’une personne les reprenne"


@gestion(SUSPENDRE)
@require_POST
def reprendre(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    try:
        service.reprendre(acteur=user, sinistre=sinistre)
        messages.success(request, "Les relances de ce dossier reprennent : le temps de la suspension ne compte pas.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return rediriger(request, numero, ancre="t-relances")
