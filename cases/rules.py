"""Pure rules of cases: working days, six months, the dates a deadline falls on. No database."""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache

import holidays
from django.utils import timezone

ALSACE = {"67": "6AE", "68": "6AE", "57": "57"}
OVERSEAS = frozenset({"971", "972", "973", "974", "976"})
START_OF_DAY = dt.time(8, 0)
END_OF_DAY = dt.time(18, 0)


@lru_cache(maxsize=512)
def public_holidays(departement: str, annee: int) -> frozenset[dt.date]:
    """The public holidays of a département in one year: Alsace-Moselle and overseas have their own (C. trav. L3133-1, L3134-13)."""
    subdivision = ALSACE.get(departement) or (departement if departement in OVERSEAS else None)
    return frozenset(holidays.France(subdiv=subdivision, years=annee))


def is_working_day(jour: dt.date, departement: str) -> bool:
    """Monday to Friday, public holidays out."""
    return jour.weekday() < 5 and jour not in public_holidays(departement, jour.year)


@lru_cache(maxsize=8192)
def add_working_days(jour: dt.date, nombre: int, departement: str) -> dt.date:
    """The `nombre`-th working day after `jour`, which itself does not count. Zero gives `jour`."""
    restant = nombre
    while restant > 0:
        jour += dt.timedelta(days=1)
        if is_working_day(jour, departement):
            restant -= 1
    return jour


def remove_working_days(jour: dt.date, nombre: int, departement: str) -> dt.date:
    """The `nombre`-th working day before `jour`, which itself does not count. Zero gives `jour`."""
    restant = nombre
    while restant > 0:
        jour -= dt.timedelta(days=1)
        if is_working_day(jour, departement):
            restant -= 1
    return jour


def working_days_between(debut: dt.date, fin: dt.date, departement: str) -> int:
    """Working days in (debut, fin]; 0 when fin does not follow debut."""
    jours = (fin - debut).days
    return sum(is_working_day(debut + dt.timedelta(days=n), departement) for n in range(1, jours + 1))


def add_months(jour: dt.date, mois: int) -> dt.date:
    """The same day `mois` months later, or the last of that month where it has no such day."""
    rang = jour.year * 12 + jour.month - 1 + mois
    annee, mois_cible = divmod(rang, 12)
    mois_cible += 1
    return dt.date(annee, mois_cible, min(jour.day, calendar.monthrange(annee, mois_cible)[1]))


def start_of_business(jour: dt.date) -> dt.datetime:
    """The instant at which a day's work begins: 08:00 in Paris, whatever the season."""
    return timezone.make_aware(dt.datetime.combine(jour, START_OF_DAY))


def end_of_business(jour: dt.date) -> dt.datetime:
    """The instant at which a day given to somebody is over: 18:00 in Paris."""
    return timezone.make_aware(dt.datetime.combine(jour, END_OF_DAY))


def deadline(depart: dt.datetime, jours: int, departement: str, *, ouvres: bool = True) -> dt.datetime:
    """When a delay of `jours` (working days of the département, or calendar days) that starts at `depart` is over."""
    jour = timezone.localtime(depart).date()
    fin = add_working_days(jour, jours, departement) if ouvres else jour + dt.timedelta(days=jours)
    return end_of_business(fin)


def days_late(declare_le: dt.date, limite: dt.date) -> int:
    """Calendar days past the last day to declare; 0 when in time."""
    return max(0, (declare_le - limite).days)
