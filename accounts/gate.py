"""The one access gate. Every door asks it; it reads accounts/rights.toml and denies what is not listed there.

The gate knows an object by what it exposes (`collectivite_id`, `etat`, `organismes_ids`, `compte_agent_id`, `est_refere_a`), not by its
class, so that it can stand below the rooms it guards.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from accounts.enums import Relation, Role
from accounts.models import User

RIGHTS_FILE = Path(__file__).with_name("rights.toml")


class Refus(Exception):
    """The gate said no. `visible` tells the door whether the object may be known to exist (403) or not (404)."""

    def __init__(self, message: str, *, action: str, visible: bool) -> None:
        super().__init__(message)
        self.message = message
        self.action = action
        self.visible = visible


@dataclass(frozen=True)
class Droit:
    role: str
    relation: Relation
    etats: frozenset[str] | None

    def covers_state(self, etat: str | None) -> bool:
        return self.etats is None or etat in self.etats


@dataclass(frozen=True)
class Action:
    code: str
    libelle: str
    objet: str
    droits: tuple[Droit, ...]


@cache
def rights_table() -> dict[str, Action]:
    """The whole table, checked: an unknown role or relation in the file stops the start."""
    raw = tomllib.loads(RIGHTS_FILE.read_text(encoding="utf-8"))["action"]
    table: dict[str, Action] = {}
    for code, entry in raw.items():
        libelle, objet = entry.pop("libelle"), entry.pop("objet")
        droits = []
        for role, grant in entry.items():
            spec = {"relation": grant} if isinstance(grant, str) else grant
            etats = spec.get("etats")
            droits.append(Droit(Role(role).value, Relation(spec["relation"]), None if etats is None else frozenset(etats)))
        table[code] = Action(code, libelle, objet, tuple(droits))
    return table


def _stands_in(user: User, droit: Droit, objet: Any) -> bool:
    """Whether `user`, in the role of `droit`, has the relation it asks with `objet`."""
    match droit.relation:
        case Relation.AUCUNE | Relation.PORTEFEUILLE:
            return True
        case Relation.SA_COLLECTIVITE:
            return objet is not None and objet.collectivite_id in user.collectivite_ids
        case Relation.TRANSMIS:
            return objet is not None and not set(getattr(objet, "organismes_ids", ())).isdisjoint(user.organisme_ids)
        case Relation.REFERE:
            refere = getattr(objet, "est_refere_a", None)
            return refere is not None and refere(user)
    return False


def _is_own_file(user: User, objet: Any) -> bool:
    """Nobody handles his own dossier (trust.md)."""
    compte = getattr(objet, "compte_agent_id", None)
    return compte is not None and compte == user.pk


def peut(user: User | None, action: str, objet: Any = None) -> bool:
    """Whether `user` may do `action` on `objet` in its present state.

    `objet`: anything with `collectivite_id`, and where they apply `etat`, `organismes_ids`, `compte_agent_id`, `est_refere_a(user)`.
    Raises KeyError for an action that the table does not know: a door that asks for it is a bug, not a refusal.
    """
    entry = rights_table()[action]
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    if objet is not None and _is_own_file(user, objet):
        return False
    etat, roles = getattr(objet, "etat", None), user.roles
    return any(droit.role in roles and droit.covers_state(etat) and _stands_in(user, droit, objet) for droit in entry.droits)


def exiger(user: User | None, action: str, objet: Any = None) -> None:
    """Raise Refus unless `peut`. What the person may not even read is reported as not visible."""
    if peut(user, action, objet):
        return
    visible = objet is None or peut(user, "dossier_lire", objet)
    raise Refus(f"Vos droits ne permettent pas cette action : {rights_table()[action].libelle.lower()}.", action=action, visible=visible)


def relations_of(user: User, action: str) -> set[Relation]:
    """The relations through which `user` holds `action`: what selectors turn into a WHERE."""
    roles = user.roles
    return {droit.relation for droit in rights_table()[action].droits if droit.role in roles}
