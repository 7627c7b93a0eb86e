"""Two ways of counting days, on an axis of ranks: a period is a half-open range of ranks, and its length is what it counts.

* `Calendaire`: real days.
* `Trentieme`: each month has thirty days, as public accounting counts pay: the 31st weighs nothing, the last day of February weighs what is
  missing to thirty (domain: §1.3, CGT-DEC: June and July are 60 days).

Years have places: an axis on which every year is as long, so that a year from date to date, whole or in pieces, is always the same number.
"""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache
from typing import Protocol

UN_JOUR = dt.timedelta(days=1)

_AVANT_LE_MOIS = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)  # places before each month, in a year of 366
_PLACES = tuple((mois, jour) for mois in range(1, 13) for jour in range(1, calendar.monthrange(2024, mois)[1] + 1))


class Calendrier(Protocol):
    an: int
    """Places in a year."""

    def rang(self, jour: dt.date) -> int:
        """The first rank of a day; also where the period that ended the day before stops."""

    def jour(self, rang: int) -> dt.date:
        """The day that holds a rank."""

    def queue(self, rang: int) -> int:
        """The first rank of the sliding year that ends before `rang`: the same date a year earlier is out of it (domain: §0.3)."""

    def rupture(self, rang: int) -> int:
        """A rank after `rang` before which the window's tail goes forward one rank at a time, as its head does."""

    def place(self, rang: int) -> int:
        """Where a rank stands on the axis of equal years."""

    def rang_de(self, place: int) -> int:
        """The first rank at a place or after it."""


class Calendaire:
    """Real days. The place of a 29th of February that does not exist stays empty."""

    an = 366

    def rang(self, jour: dt.date) -> int:
        return jour.toordinal()

    def jour(self, rang: int) -> dt.date:
        return dt.date.fromordinal(rang)

    def queue(self, rang: int) -> int:
        jour = dt.date.fromordinal(rang)
        if jour.month == 2 and jour.day == 29:
            return rang - 365
        return jour.replace(year=jour.year - 1).toordinal() + 1

    def rupture(self, rang: int) -> int:
        annee = dt.date.fromordinal(rang).year
        premiere = _apres_le_28_fevrier(annee)
        return premiere if premiere > rang else _apres_le_28_fevrier(annee + 1)

    def place(self, rang: int) -> int:
        jour = dt.date.fromordinal(rang)
        return 366 * jour.year + _AVANT_LE_MOIS[jour.month - 1] + jour.day - 1

    def rang_de(self, place: int) -> int:
        annee, reste = divmod(place, 366)
        mois, jour = _PLACES[reste]
        if (mois, jour) == (2, 29):
            return _apres_le_28_fevrier(annee)
        return dt.date(annee, mois, jour).toordinal()


class Trentieme:
    """Months of thirty days. Ranks are already places."""

    an = 360

    def rang(self, jour: dt.date) -> int:
        return 360 * jour.year + 30 * (jour.month - 1) + jour.day - 1

    def jour(self, rang: int) -> dt.date:
        annee, reste = divmod(rang, 360)
        mois, jour = divmod(reste, 30)
        return dt.date(annee, mois + 1, min(jour + 1, calendar.monthrange(annee, mois + 1)[1]))

    def queue(self, rang: int) -> int:
        return rang - 359

    def rupture(self, rang: int) -> int:
        return rang + self.an

    def place(self, rang: int) -> int:
        return rang

    def rang_de(self, place: int) -> int:
        return place


@lru_cache(maxsize=512)
def _apres_le_28_fevrier(annee: int) -> int:
    """The 29th of February or the 1st of March: only there can the window's tail stand still or jump."""
    return dt.date(annee, 2, 28).toordinal() + 1


def ajouter_mois(jour: dt.date, mois: int) -> dt.date:
    """The same day so many months later, or the last of a shorter month."""
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    return dt.date(annee, rang + 1, min(jour.day, calendar.monthrange(annee, rang + 1)[1]))
