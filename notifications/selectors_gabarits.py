"""Reads of the words of e-mails, already authorised."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.gate import peut
from accounts.models import User
from notifications.enums import GenreCourriel
from notifications.gabarits import mots_d_origine
from notifications.models import Gabarit


@dataclass(frozen=True)
class Modele:
    """One kind of e-mail: the version in use (None: the application's own words) and the draft, where there is one."""

    genre: GenreCourriel
    en_usage: Gabarit | None
    brouillon: Gabarit | None


def gabarits_visibles(user: User) -> QuerySet[Gabarit]:
    """The versions `user` may read, by kind, newest first, with who wrote and published them."""
    if not peut(user, "gabarits_modifier"):
        return Gabarit.objects.none()
    return Gabarit.objects.select_related("ecrit_par", "publie_par").order_by("genre", "-version")


def modeles(user: User) -> list[Modele]:
    """Every kind that has words, in the order of the registry."""
    en_usage: dict[str, Gabarit] = {}
    brouillons: dict[str, Gabarit] = {}
    for gabarit in gabarits_visibles(user):
        (en_usage if gabarit.est_publie else brouillons).setdefault(gabarit.genre, gabarit)
    connus = mots_d_origine()
    return [Modele(genre, en_usage.get(genre), brouillons.get(genre)) for genre in GenreCourriel if genre in connus]
