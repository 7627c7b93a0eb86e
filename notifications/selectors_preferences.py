"""What a person may choose about his own e-mails."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from notifications.enums import Cadence
from notifications.genres import GENRES, Genre
from notifications.models import Preference


@dataclass(frozen=True)
class Choix:
    """One kind of news that a person may receive: what he has chosen, what he may, and why he can't refuse it where he can't."""

    genre: Genre
    cadence: Cadence

    @property
    def options(self) -> list[Cadence]:
        return list(self.genre.permises)

    @property
    def raison(self) -> str:
        return "" if Cadence.JAMAIS in self.genre.permises else self.genre.raison


def genres_de(user: User) -> list[Genre]:
    """The kinds of news that the roles of `user` may receive, in the order of the registry."""
    return [genre for genre in GENRES.values() if user.has_role(*genre.roles)]


def choix_de(user: User) -> list[Choix]:
    """His choices, the default where he has made none. One query, and that of his roles."""
    genres = genres_de(user)
    siens = dict(Preference.objects.filter(user=user, genre__in=[genre.code for genre in genres]).values_list("genre", "cadence"))
    return [Choix(genre, _kept(genre, siens.get(genre.code))) for genre in genres]


def _kept(genre: Genre, cadence: str | None) -> Cadence:
    return Cadence(cadence) if cadence in genre.permises else genre.cadence
