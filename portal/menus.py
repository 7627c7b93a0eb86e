"""Which door a person comes through, and the menu of that door.

A door is a package `portal/<porte>/` whose `menus.py` gives `ACCUEIL` (the name of its home address) and `menu(request)`, a list of
`Section`. Common pages (account, rights, sessions) show the menu of the visitor's door without knowing it.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.enums import CDG_ROLES, MEDICAL_ROLES, Role
from accounts.models import User

GESTION, COLLECTIVITE, ASSUREUR, BULLE = "gestion", "collectivite", "assureur", "bulle"
GABARITS = {
    GESTION: "base.html",
    COLLECTIVITE: "base_externe.html",
    ASSUREUR: "base_externe.html",
    BULLE: "base_bulle.html",
    "": "base_externe.html",
}


@dataclass(frozen=True)
class Lien:
    """A line of the menu. `compter`: how many wait there, asked only by a page that shows it; None when nothing is counted."""

    libelle: str
    url: str
    compter: Callable[[], int | None] | None = None
    actif: bool = False

    @property
    def compte(self) -> int | None:
        return None if self.compter is None else self.compter()


@dataclass(frozen=True)
class Section:
    """A group of lines, under a title or none."""

    titre: str
    liens: tuple[Lien, ...]


def porte_de(user: User) -> str:
    """The door of a signed-in person: the bulle for whoever signed in there, else by the widest role he holds; empty for none."""
    if not user.is_authenticated:
        return ""
    if settings.PROCESS == "bulle":
        return BULLE if user.has_role(*MEDICAL_ROLES) else ""
    if user.has_role(*CDG_ROLES):
        return GESTION
    if user.has_role(Role.COLLECTIVITE):
        return COLLECTIVITE
    return ASSUREUR if user.has_role(Role.ASSUREUR) else ""


@cache
def module_of(porte: str) -> ModuleType | None:
    """The `menus` module of a door, or None where this installation has no such door."""
    name = f"portal.{porte}.menus"
    try:
        found = importlib.util.find_spec(name) if porte else None
    except ModuleNotFoundError:
        return None
    return importlib.import_module(name) if found else None


def accueil_de(user: User) -> str:
    """Where a signed-in person lands."""
    module = module_of(porte_de(user))
    if module is not None and not (user.is_staff and user.roles == {Role.ADMINISTRATEUR}):
        return reverse(module.ACCUEIL)
    return reverse("admin:index") if user.is_staff and settings.PROCESS == "web" else reverse("mon-compte")


def menu_of(request: HttpRequest) -> list[Section]:
    """The sections of the visitor's menu, the present page marked. What waits behind a line is counted when it is shown."""
    user = request.user
    if not user.is_authenticated:
        return []
    module = module_of(porte_de(user))
    sections: list[Section] = list(module.menu(request)) if module is not None else []
    if user.is_staff and settings.PROCESS == "web":
        sections.append(Section("Installation", (Lien("Configuration", reverse("admin:index")),)))
    return [
        Section(
            section.titre,
            tuple(replace(lien, actif=lien.actif or lien.url == request.path) for lien in section.liens),
        )
        for section in sections
    ]


def liens_compte(user: User) -> list[Lien]:
    """What the account menu offers: an API token never goes to a medical role."""
    liens = [Lien("Mon compte et ma sécurité", reverse("mon-compte"))]
    if settings.PROCESS == "web" and not user.has_role(*MEDICAL_ROLES):
        liens.append(Lien("Mes jetons d’API", reverse("mes-jetons")))
    liens.append(Lien("Qui peut quoi", reverse("qui-peut-quoi")))
    return liens
