"""The two ways of counting days, day by day over two centuries; and what keeps the engine pure."""

from __future__ import annotations

import ast
import calendar
import datetime as dt
from pathlib import Path

import pytest

from indemnities import droits
from indemnities.droits.calendrier import UN_JOUR, Calendaire, Calendrier, Trentieme, ajouter_mois
from tests.indemnities.droits.naif import un_an_avant

STANDARD = ("__future__", "calendar", "dataclasses", "datetime", "decimal", "enum", "functools", "itertools", "typing")
PERMIS = (*STANDARD, "cases.errors", "indemnities.lecture")


def poids(jour: dt.date) -> int:
    """Thirtieths of a day."""
    dernier = calendar.monthrange(jour.year, jour.month)[1]
    if jour.month == 2 and jour.day == dernier:
        return 31 - dernier
    return 0 if jour.day == 31 else 1


@pytest.mark.parametrize("calendrier", [Calendaire(), Trentieme()])
def test_chaque_jour(calendrier: Calendrier) -> None:
    """Ranks weigh what the day weighs; the window leaves out the same date a year ago; its tail follows the head, but after a rupture."""
    jour, rupture, avance = dt.date(1899, 1, 1), 0, 0
    while jour < dt.date(2101, 1, 1):
        rang, suivant = calendrier.rang(jour), calendrier.rang(jour + UN_JOUR)
        assert suivant - rang == (poids(jour) if isinstance(calendrier, Trentieme) else 1)
        assert all(calendrier.jour(place) == jour for place in range(rang, suivant))
        assert calendrier.rang_de(calendrier.place(rang)) == rang
        avant = un_an_avant(jour)
        if isinstance(calendrier, Calendaire) or (suivant > rang and (jour.month, jour.day) != (2, 29)):
            assert calendrier.queue(rang) == calendrier.rang(avant) + 1
        if rang < rupture:
            assert rang - calendrier.queue(rang) == avance
        avance, rupture = rang - calendrier.queue(rang), calendrier.rupture(rang)
        assert rupture > rang
        if (jour.month, jour.day) != (2, 29):
            assert calendrier.place(rang) - calendrier.place(calendrier.rang(avant)) == calendrier.an
        jour += UN_JOUR


def test_un_an_depuis_un_29_fevrier() -> None:
    """Its place is empty the next year: the year ends there all the same, the day before the 1st of March."""
    calendrier = Calendaire()
    place = calendrier.place(calendrier.rang(dt.date(2024, 2, 29)))
    assert calendrier.jour(calendrier.rang_de(place + calendrier.an)) == dt.date(2025, 3, 1)


def test_ajouter_des_mois() -> None:
    assert [str(ajouter_mois(dt.date(2024, 1, 31), mois)) for mois in (0, 1, 2, 13, -2, -11)] == [
        "2024-01-31", "2024-02-29", "2024-03-31", "2025-02-28", "2023-11-30", "2023-02-28",
    ]  # fmt: skip


def test_le_moteur_est_pur() -> None:
    """Neither Django nor a clock: the standard library, the errors of `cases`, the reader of requests, and itself."""
    for fichier in Path(droits.__file__).parent.glob("*.py"):
        arbre = ast.parse(fichier.read_text())
        for noeud in ast.walk(arbre):
            modules = [nom.name for nom in noeud.names] if isinstance(noeud, ast.Import) else []
            if isinstance(noeud, ast.ImportFrom):
                modules = [noeud.module or ""]
            for module in modules:
                assert module in PERMIS or module.startswith(("collections", "indemnities.droits")), (fichier, module)
            assert not (isinstance(noeud, ast.Attribute) and noeud.attr in {"today", "now"}), fichier
        assert len(fichier.read_text().splitlines()) <= 400
