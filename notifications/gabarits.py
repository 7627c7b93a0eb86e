"""Which words are in use for a kind of news, and filling them in. No template language: a person has typed them."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cases.variables import VARIABLE, remplir
from notifications.models import Gabarit


@dataclass(frozen=True)
class Mots:
    """The words of one kind of news: alone (`objet`, `corps`) and in a digest (`ligne`)."""

    objet: str
    corps: str
    ligne: str = ""


@cache
def _file() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("gabarits.toml").read_text(encoding="utf-8"))


@cache
def mots_d_origine() -> dict[str, Mots]:
    """The application's own words, by kind."""
    return {genre: Mots(un["objet"], un["corps"].strip(), un.get("ligne", "")) for genre, un in _file().items()}


def invite(genre: str, variables: Mapping[str, str]) -> str:
    """What the link of a kind of news says: it must be understood alone, so nobody rewrites it.

    Where the news is about no dossier though its kind usually is, the link leads to the reader's own space.
    """
    texte = _file()[genre]["lien"]
    if all(nom in variables for nom in VARIABLE.findall(texte)):
        return remplir(texte, variables)
    return "Ouvrir votre espace"


def mots_en_usage(genres: Collection[str]) -> dict[str, Mots]:
    """The words in use for these kinds, in one query: the last version that a responsable has published, else the application's own."""
    publies = Gabarit.objects.filter(genre__in=genres, publie_le__isnull=False).order_by("genre", "-version").distinct("genre")
    return {genre: mots_d_origine()[genre] for genre in genres} | {un.genre: Mots(un.objet, un.corps, un.ligne) for un in publies}
