"""Procedures as pages: what each kind of branch offers at the doors. Forms and words stand in portal/branches, rules in workflows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django import forms
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.enums import Canal, GenreBranche
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Sinistre
from portal.errors import raisons_de
from portal.gestion.formulaires import poser_erreurs
from workflows.selectors import EtapeVue, etapes_ouvertes

GESTION, COLLECTIVITE = "gestion", "collectivite"


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Demande:
    """How a branch of one kind is asked for: the form on a dossier, and the service that opens it."""

    action: str
    libelle: str
    formulaire: Callable[[Sinistre, Any], forms.Form]
    executer: Callable[[User, Sinistre, dict[str, Any], Canal], Branche]
    portes: tuple[str, ...] = (GESTION, COLLECTIVITE)
    possible: Callable[[Sinistre], bool] = _always
    aide: str = ""


@dataclass(frozen=True)
class Acte:
    """One act on a branch. With `etape`, that step of its flow, while it is open; without, whenever `possible`.

    `executer` carries it out and returns what is said once it is done. `second`: beside the act that is awaited, folded until wanted.
    """

    nom: str
    libelle: str
    action: str
    formulaire: Callable[[Branche, Any], forms.Form]
    executer: Callable[[User, Branche, dict[str, Any]], str]
    etape: str = ""
    possible: Callable[[Branche], bool] = _always
    aide: str = ""
    second: bool = False


class Genre(Protocol):
    """What a module of portal/branches holds; `GABARIT` and `contexte` only where facts do not suffice; with
    `LIRE_AVANT`, what they show is read before one acts."""

    DEMANDE: Demande | None
    ACTES: tuple[Acte, ...]

    def faits(self, user: User, branche: Branche) -> list[tuple[str, str]]: ...


@dataclass
class Formulaire:
    """An act that this person may do now, with its form as it was filled."""

    acte: Acte
    form: forms.Form
    raisons: list[str] = field(default_factory=list)

    @property
    def est_refuse(self) -> bool:
        """What was typed comes back: its errors are to be seen."""
        return bool(self.raisons or self.form.errors)


def actes_ouverts(user: User, branche: Branche, genre: Genre) -> list[Acte]:
    """The acts that the state of the branch and the rights of `user` allow now."""
    ouvertes = etapes_ouvertes(branche)
    return [
        acte
        for acte in genre.ACTES
        if peut(user, acte.action, branche.sinistre)
        and ((acte.etape in ouvertes) if acte.etape else acte.possible(branche))
        and (branche.est_en_cours or not acte.etape)
    ]


def tenter(acte: Acte, *, acteur: User, branche: Branche, data: Mapping[str, Any]) -> tuple[str, Formulaire]:
    """Carry out an act with what was typed. Returns the sentence to say, empty when the form must be shown again with its errors."""
    form = acte.formulaire(branche, data)
    essai = Formulaire(acte, form)
    if form.is_valid():
        try:
            return acte.executer(acteur, branche, form.cleaned_data), essai
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            essai.raisons = raisons_de(error)
    return "", essai


def canal_de(porte: str, choisi: str = "") -> Canal:
    """A collectivité asks by its portal; a gestionnaire keys what came by telephone, fax or letter."""
    return Canal(choisi) if porte == GESTION and choisi in Canal.values else Canal.PORTAIL


def en_retard(etape: EtapeVue) -> bool:
    return etape.tache is not None and etape.tache.due_at < timezone.now()


def libelle_de(genre: str) -> str:
    return GenreBranche(genre).label
