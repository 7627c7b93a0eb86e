"""The pages of a procedure, the same at both doors: asking for one, following it, carrying out its steps, abandoning it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe

from accounts.gate import exiger, peut
from accounts.models import User
from cases.enums import Canal, GenreBranche
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Sinistre
from cases.selectors_branches import branches_du_sinistre
from cases.services.interruptions import interruptions_de
from portal import citis
from portal.branches.registre import GENRES, genre_de
from portal.errors import raisons_de
from portal.gestion.formulaires import poser_erreurs
from portal.procedures import (
    COLLECTIVITE,
    GESTION,
    Demande,
    Formulaire,
    actes_ouverts,
    canal_de,
    libelle_de,
    tenter,
)
from workflows import dessin, moteur
from workflows.registre import flow_of
from workflows.selectors import etapes_de

PLUSIEURS = frozenset({GenreBranche.SAISINE, GenreBranche.ACCOMPAGNEMENT})
"""Procedures of which several may run on one dossier."""
CADRES = {GESTION: "gestion/base_gestion.html", COLLECTIVITE: "base_externe.html"}


NO_LONGER = "Cet acte n’est plus à faire : la procédure a avancé entre-temps."


class CanalForm(forms.Form):
    canal = forms.ChoiceField(
        label="Demande reçue par",
        choices=[
            ("", "Personne : le centre de gestion la demande"),
            *((canal.value, canal.label) for canal in (Canal.TELEPHONE, Canal.FAX, Canal.COURRIER)),
        ],
        required=False,
    )


class AbandonForm(forms.Form):
    motif = forms.CharField(label="Pourquoi abandonner", max_length=200)


def demandes_possibles(user: User, sinistre: Sinistre, porte: str) -> list[tuple[str, str]]:
    """(code, label) of the procedures that `user` may ask for on this dossier by that door, those under way left out."""
    en_cours = set(branches_du_sinistre(user, sinistre).filter(etat="EN_COURS").values_list("genre", flat=True))
    found = []
    for code, genre in GENRES.items():
        demande = genre.DEMANDE
        if demande is None or porte not in demande.portes or (code in en_cours and code not in PLUSIEURS):
            continue
        if peut(user, demande.action, sinistre) and demande.possible(sinistre):
            found.append((code, demande.libelle))
    return found


def contexte_procedures(user: User, sinistre: Sinistre, porte: str) -> dict[str, Any]:
    """What the page of a dossier shows of its procedures, and the days that the employer has decided not to pay."""
    return {
        "citis": citis.resume(sinistre, porte) if peut(user, "citis_instruire", sinistre) else None,
        "interruptions": [une for une in interruptions_de(sinistre) if une.levee_le is None],
        "procedures": [
            (branche, reverse(f"{porte}:procedure", args=[branche.uid]), *_ou_en_est(branche))
            for branche in branches_du_sinistre(user, sinistre)
            if branche.genre in GENRES
        ],
        "demandes": [
            (libelle, reverse(f"{porte}:procedure-demander", args=[sinistre.numero, code.lower()]))
            for code, libelle in demandes_possibles(user, sinistre, porte)
        ],
    }


def _ou_en_est(branche: Branche) -> tuple[list[str], str]:
    """(steps it stands at, drawing) of a procedure under way; nothing for one that is over."""
    if not branche.est_en_cours:
        return [], ""
    presentes, svg = dessin.ou_en_est(branche)
    return presentes, mark_safe(svg)  # noqa: S308 made of our own labels, each escaped there


def demander(request: HttpRequest, user: User, sinistre: Sinistre, code: str, porte: str) -> HttpResponse:
    """GET: the form. POST: the branch opens, and its page follows."""
    demande = genre_de(code.upper()).DEMANDE
    if demande is None or porte not in demande.portes:
        raise Http404
    exiger(user, demande.action, sinistre)
    canal = CanalForm(request.POST or None) if porte == GESTION else None
    if request.method == "GET":
        return _ask(request, sinistre, demande, demande.formulaire(sinistre, None), canal, porte)
    form = demande.formulaire(sinistre, request.POST)
    if form.is_valid() and (canal is None or canal.is_valid()):
        try:
            choisi = canal.cleaned_data["canal"] if canal is not None else ""
            branche = demande.executer(user, sinistre, form.cleaned_data, canal_de(porte, choisi))
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            return _ask(request, sinistre, demande, form, canal, porte, statut=422, raisons=raisons_de(error))
        else:
            messages.success(request, f"{libelle_de(branche.genre)} : c’est demandé.")
            return redirect(f"{porte}:procedure", branche.uid)
    return _ask(request, sinistre, demande, form, canal, porte, statut=422)


def _ask(
    request: HttpRequest, sinistre: Sinistre, demande: Demande, form: forms.Form, canal: forms.Form | None, porte: str, *,
    statut: int = 200, raisons: list[str] | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "cadre": CADRES[porte],
        "sinistre": sinistre,
        "demande": demande,
        "form": form,
        "canal": canal,
        "raisons": raisons or [],
        "dossier": reverse(f"{porte}:dossier", args=[sinistre.numero]),
    }
    return render(request, "portal/procedure_demander.html", context, status=statut)


def page(
    request: HttpRequest, user: User, branche: Branche, porte: str, *, essai: Formulaire | None = None, statut: int = 200,
    abandon: forms.Form | None = None,
) -> HttpResponse:  # fmt: skip
    """Everything of one procedure: where it stands, what is to be done and by whom, what has been done."""
    genre = genre_de(branche.genre)
    sinistre = branche.sinistre
    if sinistre is None:
        raise Http404
    faites, attendent = etapes_de(branche)
    formulaires = [
        essai if essai is not None and acte.nom == essai.acte.nom else Formulaire(acte, acte.formulaire(branche, None))
        for acte in actes_ouverts(user, branche, genre)
    ]
    contexte = getattr(genre, "contexte", None)
    context = {
        "cadre": CADRES[porte],
        "porte": porte,
        "branche": branche,
        "sinistre": sinistre,
        "dossier": reverse(f"{porte}:dossier", args=[sinistre.numero]),
        "dessin": mark_safe(dessin.svg(branche.genre, branche)),  # noqa: S308 made of our own labels, each escaped there
        "faites": faites,
        "attendent": attendent,
        "faits": genre.faits(user, branche),
        "formulaires": [(f, reverse(f"{porte}:procedure-acte", args=[branche.uid, f.acte.nom])) for f in formulaires],
        "a_faire": any(not f.acte.second for f in formulaires),
        "perdu": [] if essai is None or essai in formulaires else essai.raisons or [NO_LONGER],
        "gabarit": getattr(genre, "GABARIT", ""),
        "lire_avant": getattr(genre, "LIRE_AVANT", False),
        "nommer": peut(user, "file_consulter"),  # who did it or holds it: for whoever works in the queues, as in the API
        "peut_prendre": porte == GESTION and peut(user, "tache_prendre", sinistre),
        "peut_abandonner": branche.est_en_cours and not flow_of(branche.genre).sans_abandon and peut(user, "branche_abandonner", sinistre),
        "abandon": abandon or AbandonForm(),
        "ici": request.path,
        **(contexte(user, branche) if contexte is not None else {}),
    }
    return render(request, "portal/procedure.html", context, status=statut)


def acte(request: HttpRequest, user: User, branche: Branche, nom: str, porte: str) -> HttpResponse:
    """Carry out one act; what is refused comes back with its reasons and what was typed."""
    found = next((acte for acte in genre_de(branche.genre).ACTES if acte.nom == nom), None)
    if found is None:
        raise Http404
    exiger(user, found.action, branche.sinistre)
    fait, essai = tenter(found, acteur=user, branche=branche, data=request.POST)
    if not fait:
        return page(request, user, branche, porte, essai=essai, statut=422)
    messages.success(request, fait)
    return redirect(f"{porte}:procedure", branche.uid)


def abandonner(request: HttpRequest, user: User, branche: Branche, porte: str) -> HttpResponse:
    exiger(user, "branche_abandonner", branche.sinistre)
    form = AbandonForm(request.POST)
    if not form.is_valid():
        return page(request, user, branche, porte, abandon=form, statut=422)
    moteur.demander_abandon(acteur=user, branche=branche, motif=form.cleaned_data["motif"])
    messages.success(request, "La procédure est abandonnée.")
    return redirect(f"{porte}:procedure", branche.uid)
