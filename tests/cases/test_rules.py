"""Working days of each département, deadlines, six months: against dates worked out by hand."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules import add_months, add_working_days, days_late, deadline, is_working_day, working_days_between

PARIS = ZoneInfo("Europe/Paris")
D = dt.date
DEPARTEMENTS = ["34", "2A", "57", "67", "68", "971", "972", "973", "974", "976"]
days = st.dates(D(2015, 1, 1), D(2035, 12, 31))


@pytest.mark.parametrize(
    ("jour", "ferie", "ouvre"),
    [
        (D(2026, 4, 3), ["67", "68", "57"], ["34", "2A", "974"]),  # Good Friday: Alsace-Moselle
        (D(2025, 12, 26), ["67", "68", "57"], ["34", "971"]),  # Saint-Étienne
        (D(2026, 5, 22), ["972"], ["34", "67", "971", "973"]),  # abolition, Martinique
        (D(2026, 5, 27), ["971"], ["34", "972", "974"]),  # Guadeloupe
        (D(2026, 6, 10), ["973"], ["34", "971"]),  # Guyane
        (D(2027, 12, 20), ["974"], ["34", "976"]),  # La Réunion
        (D(2026, 4, 27), ["976"], ["34", "974"]),  # Mayotte
        (D(2026, 5, 14), DEPARTEMENTS, []),  # Ascension
        (D(2026, 4, 6), DEPARTEMENTS, []),  # Easter Monday
        (D(2026, 5, 25), DEPARTEMENTS, []),  # Whit Monday
        (D(2025, 11, 11), DEPARTEMENTS, []),
    ],
)
def test_public_holidays_of_each_departement(jour: dt.date, ferie: list[str], ouvre: list[str]) -> None:
    assert [d for d in ferie if is_working_day(jour, d)] == []
    assert [d for d in ouvre if not is_working_day(jour, d)] == []


def test_a_weekend_and_a_long_easter_are_crossed() -> None:
    assert add_working_days(D(2026, 4, 2), 1, "34") == D(2026, 4, 3)
    assert add_working_days(D(2026, 4, 2), 1, "67") == D(2026, 4, 7)  # Good Friday, weekend, Easter Monday
    assert add_working_days(D(2026, 11, 13), 3, "34") == D(2026, 11, 18)
    assert add_working_days(D(2026, 11, 14), 0, "34") == D(2026, 11, 14)


@given(jour=days, nombre=st.integers(1, 40), departement=st.sampled_from(DEPARTEMENTS))
def test_adding_then_counting_working_days_agree(jour: dt.date, nombre: int, departement: str) -> None:
    fin = add_working_days(jour, nombre, departement)
    assert is_working_day(fin, departement)
    assert working_days_between(jour, fin, departement) == nombre
    assert add_working_days(jour, nombre + 1, departement) > fin


@pytest.mark.parametrize(
    ("depart", "jours", "ouvres", "attendu"),
    [
        # The last Sunday of October: clocks go back, the delay still ends at 18:00 in Paris (17:00 UTC, not 16:00).
        (dt.datetime(2026, 10, 23, 10, tzinfo=PARIS), 3, False, dt.datetime(2026, 10, 26, 17, tzinfo=dt.UTC)),
        (dt.datetime(2026, 10, 22, 10, tzinfo=PARIS), 1, True, dt.datetime(2026, 10, 23, 16, tzinfo=dt.UTC)),
        # The last Sunday of March: they go forward.
        (dt.datetime(2026, 3, 27, 10, tzinfo=PARIS), 1, True, dt.datetime(2026, 3, 30, 16, tzinfo=dt.UTC)),
        # 23:30 UTC on the 15th is the 16th in Paris.
        (dt.datetime(2026, 11, 15, 23, 30, tzinfo=dt.UTC), 1, True, dt.datetime(2026, 11, 17, 17, tzinfo=dt.UTC)),
    ],
)
def test_a_delay_ends_at_six_in_paris(depart: dt.datetime, jours: int, ouvres: bool, attendu: dt.datetime) -> None:
    assert deadline(depart, jours, "34", ouvres=ouvres).astimezone(dt.UTC) == attendu


@pytest.mark.parametrize(
    ("jour", "mois", "attendu"),
    [
        (D(2025, 8, 31), 6, D(2026, 2, 28)),
        (D(2023, 8, 31), 6, D(2024, 2, 29)),
        (D(2025, 12, 15), 1, D(2026, 1, 15)),
        (D(2026, 1, 31), 11, D(2026, 12, 31)),
        (D(2026, 3, 31), -1, D(2026, 2, 28)),
    ],
)
def test_months_end_on_a_day_that_exists(jour: dt.date, mois: int, attendu: dt.date) -> None:
    assert add_months(jour, mois) == attendu


@pytest.mark.parametrize(("declare", "retard"), [(D(2026, 5, 1), 0), (D(2026, 4, 1), 0), (D(2026, 5, 2), 1), (D(2026, 6, 1), 31)])
def test_days_late(declare: dt.date, retard: int) -> None:
    assert days_late(declare, D(2026, 5, 1)) == retard
