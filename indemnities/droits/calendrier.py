"""Two ways of counting days, on one axis of ranks where a year always has the same length.

A rank is an integer; a period is a half-open range of ranks. The sliding year of maladie ordinaire and the years of longue maladie then
need no special case: « the same date a year ago » is `rang - periode`, whatever the 29th of February.

* `Calendaire`: each year has 366 places; that of the 29th of February is empty in a common year and weighs no day.
* `Trentieme`: each month has thirty days, as public accounting counts pay: the 31st weighs nothing, the last day of February weighs what is
  missing to thirty (domain: §1.3, CGT-DEC: June and July are 60 days).
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Protocol

UN_JOUR = dt.timedelta(days=1)

_AVANT_LE_MOIS = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)  # places before each month, in a year of 366
_PLACES = tuple((mois, jour) for mois in range(1, 13) for jour in range(1, calendar.monthrange(2024, mois)[1] + 1))
_FEV_28, _FEV_29, _MARS_1 = 58, 59, 60


class Calendrier(Protocol):
    periode: int
    """Ranks in a year."""

    def rang(self, jour: dt.date) -> int:
        """The first rank of a day; also where the period that ended the day before stops."""

    def jour(self, rang: int) -> dt.date:
        """The day that holds a rank (the first real day after it, for an empty place)."""

    def jours(self, debut: int, fin: int) -> int:
        """Days counted in [debut, fin[."""

    def avancer(self, rang: int, jours: int) -> int:
        """Where a period that starts at `rang` stops once it holds so many days."""

    def rupture(self, rang: int) -> int:
        """The next rank before which one rank is one day, for the window's head and for its tail alike."""


class Calendaire:
    """Real days."""

    periode = 366

    def rang(self, jour: dt.date) -> int:
        return 366 * jour.year + _AVANT_LE_MOIS[jour.month - 1] + jour.day - 1

    def jour(self, rang: int) -> dt.date:
        annee, place = divmod(rang, 366)
        if place == _FEV_29 and not calendar.isleap(annee):
            place = _MARS_1
        mois, jour = _PLACES[place]
        return dt.date(annee, mois, jour)

    def jours(self, debut: int, fin: int) -> int:
        return fin - debut - _places_vides(fin) + _places_vides(debut)

    def avancer(self, rang: int, jours: int) -> int:
        return self.rang(self.jour(rang) + dt.timedelta(days=jours))

    def rupture(self, rang: int) -> int:
        annee, place = divmod(rang, 366)
        if place < _FEV_28:
            return 366 * annee + _FEV_28
        return rang + 1 if place < _MARS_1 else 366 * (annee + 1) + _FEV_28


class Trentieme:
    """Months of thirty days."""

    periode = 360

    def rang(self, jour: dt.date) -> int:
        return 360 * jour.year + 30 * (jour.month - 1) + jour.day - 1

    def jour(self, rang: int) -> dt.date:
        annee, reste = divmod(rang, 360)
        mois, jour = divmod(reste, 30)
        return dt.date(annee, mois + 1, min(jour + 1, calendar.monthrange(annee, mois + 1)[1]))

    def jours(self, debut: int, fin: int) -> int:
        return fin - debut

    def avancer(self, rang: int, jours: int) -> int:
        return rang + jours

    def rupture(self, rang: int) -> int:
        return rang + self.periode


def _places_vides(rang: int) -> int:
    """Places of a 29th of February that does not exist, before `rang`, since the year 0."""
    annee, place = divmod(rang, 366)
    annees = annee + (place > _FEV_29)  # years whose February is behind
    precedente = annees - 1
    return annees - (precedente // 4 - precedente // 100 + precedente // 400 + 1)


def ajouter_mois(jour: dt.date, mois: int) -> dt.date:
    """The same day so many months later, or the last of a shorter month."""
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    return dt.date(annee, rang + 1, min(jour.day, calendar.monthrange(annee, rang + 1)[1]))
