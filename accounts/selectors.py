"""Reads about people: tokens, accounts, and the rights table in words."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.enums import MEDICAL_ROLES, GenreOrganisme, Relation, Role
from accounts.gate import Droit, rights_table
from accounts.models import JetonApi, Organisme, User


def token_digest(secret: str) -> str:
    """SHA-256 of a token, in hexadecimal: 64 characters. A token has 256 random bits, so it needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate_token(secret: str, maintenant: dt.datetime | None = None) -> User | None:
    """The account that a token opens, or None: unknown, expired, revoked, account disabled, or holder of a medical role today."""
    jeton = jeton_ouvert(secret, maintenant)
    return None if jeton is None else jeton.user


def jeton_ouvert(secret: str, maintenant: dt.datetime | None = None) -> JetonApi | None:
    """The token itself, with its account, where it opens one."""
    present = maintenant or timezone.now()
    jeton = (
        JetonApi.objects.select_related("user")
        .filter(empreinte=token_digest(secret), revoque_le__isnull=True, expire_le__gt=present, user__is_active=True)
        .first()
    )
    return None if jeton is None or jeton.user.has_role(*MEDICAL_ROLES) else jeton


def jetons_de(user: User) -> QuerySet[JetonApi]:
    """A person's own tokens, newest first."""
    return JetonApi.objects.filter(user=user).order_by("-cree_le", "-pk")


# -- the rights table in words -------------------------------------------------------------------------------------------

GROUPES = {
    "dossier": "Dossiers, pièces et décomptes",
    "collectivite": "Collectivités, agents et bordereaux",
    "tache": "Files de travail",
    "aucun": "Le reste",
}


EN_UN_MOT: dict[Relation, str] = {
    Relation.PORTEFEUILLE: "tous",
    Relation.SA_COLLECTIVITE: "les siens",
    Relation.TRANSMIS: "transmis",
    Relation.REFERE: "confiés",
    Relation.AUCUNE: "oui",
}
"""What a cell says; the page gives the whole meaning once, above."""


@dataclass(frozen=True)
class Case:
    """What one role may do of one action. `texte` is empty when it may not."""

    role: str
    texte: str


@dataclass(frozen=True)
class LigneDroits:
    code: str
    libelle: str
    cases: tuple[Case, ...]


def _in_words(droits: list[Droit], etats: dict[str, str]) -> str:
    parts = []
    for droit in droits:
        text = EN_UN_MOT[droit.relation]
        if droit.etats is not None:
            text += " à l’état " + " ou ".join(f"«\u00a0{etats.get(code, code)}\u00a0»" for code in sorted(droit.etats))
        parts.append(text)
    return "\u00a0; ".join(parts)


def rights_in_words(etats: dict[str, str]) -> list[tuple[str, list[LigneDroits]]]:
    """The whole of accounts/rights.toml: groups of lines, one cell a role in the order of `Role`.

    `etats` maps a state's code to its French word (the room of cases knows them, this one stands below it).
    """
    groups: dict[str, list[LigneDroits]] = {}
    for action in rights_table().values():
        cells = tuple(Case(role.value, _in_words([droit for droit in action.droits if droit.role == role], etats)) for role in Role)
        title = GROUPES.get(action.objet, GROUPES["aucun"])
        groups.setdefault(title, []).append(LigneDroits(action.code, action.libelle, cells))
    return list(groups.items())


def nom_du_cdg() -> str:
    """The centre de gestion of this installation, as letters and files name it."""
    nom: str | None = Organisme.objects.filter(genre=GenreOrganisme.CDG).order_by("pk").values_list("nom", flat=True).first()
    return nom or "Le centre de gestion"
