"""The acts that a page of a soutien offers: psychologue and secretariat have different ones, tried and shown the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest

from accounts.models import User
from cases.errors import Erreur
from medical.models import Soutien
from portal.bulle import ouverture


@dataclass(frozen=True)
class Acte:
    """One form of the page: its title, what it does once read, what is said then, what is asked before it leaves."""

    titre: Callable[[Soutien], str]
    formulaire: Callable[[Soutien, Any], forms.Form]
    executer: Callable[[User, Soutien, Any], object]
    dit: str
    confirmation: str = ""


@dataclass(frozen=True)
class Essai:
    """What came of a request: the act it names, its form when something was refused. `fait`: it was done."""

    nom: str = ""
    form: forms.Form | None = None
    statut: int = 200
    fait: bool = False


def essayer(request: HttpRequest, user: User, soutien: Soutien, actes: Mapping[str, Acte]) -> Essai:
    """Carry out the act that the button names. Raises Http404 for one that this page does not have."""
    if request.method != "POST":
        return Essai()
    nom = request.POST.get("acte", "")
    if nom not in actes:
        raise Http404
    acte = actes[nom]
    form = acte.formulaire(soutien, request.POST)
    if not form.is_valid():
        return Essai(nom, form, 422)
    try:
        acte.executer(user, soutien, form)
    except Erreur as error:
        return Essai(nom, form, ouverture.retenir(form, error))
    messages.success(request, acte.dit)
    return Essai(nom, form, fait=True)


def offerts(soutien: Soutien, actes: Mapping[str, Acte], ouverts: Iterable[str], essai: Essai) -> dict[str, Any]:
    """What the template needs: the forms of the open acts, the refused one as it was filled; `refus` when its act is open no more."""
    codes = list(ouverts)
    return {
        "formulaires": [
            (code, actes[code], actes[code].titre(soutien), essai.form if code == essai.nom else actes[code].formulaire(soutien, None))
            for code in codes
        ],
        "refus": essai.form if essai.nom not in codes else None,
    }
