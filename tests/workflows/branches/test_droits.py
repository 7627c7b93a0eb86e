"""When the conseil médical must be asked: the ends of rights of each leave, and when the last prolongation is known (domain: §1.2, §3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from cases.enums import DELAY_OF, GenreEcheance, GenreTache
from cases.models import Echeance, Tache
from cases.rules import add_months, end_of_business
from cases.services import echeances
from tests.factories import Monde, arret_demande, monde, sinistre
from workflows import effects
from workflows.branches.saisine import actes
from workflows.branches.saisine.droits import Conge, saisine_le
from workflows.demande import ArretDemande
from workflows.lifecycle import ajouter_arret

JOUR = dt.timedelta(days=1)
LE = dt.date(2026, 3, 10)
HIER = LE - JOUR


def conge(debut: str, fin: str, **champs: Any) -> Conge:
    return Conge(dt.date.fromisoformat(debut), dt.date.fromisoformat(fin), **champs)


@pytest.mark.parametrize(
    ("nature", "c", "attendu"),
    [
        # CMO: one year. Nothing at ten months less a day; two months before the end from there on; at once when the year is reached.
        ("CMO", conge("2026-01-01", "2026-10-30"), None),
        ("CMO", conge("2026-01-01", "2026-10-31"), dt.date(2026, 10, 31)),
        ("CMO", conge("2026-01-01", "2026-12-30"), dt.date(2026, 10, 31)),
        ("CMO", conge("2026-01-01", "2026-12-31"), HIER),
        ("CMO", conge("2025-03-01", "2026-02-28"), dt.date(2025, 12, 28)),
        # CLM, CGM, DORS: three years, each renewal two months before its end.
        ("CLM", conge("2026-01-01", "2026-06-30"), dt.date(2026, 4, 30)),
        ("CLM", conge("2026-02-01", "2026-03-31"), dt.date(2026, 1, 31)),
        ("CLM", conge("2023-06-01", "2026-05-31"), HIER),
        ("CGM", conge("2023-09-01", "2026-08-30"), dt.date(2026, 6, 30)),
        ("CGM", conge("2023-09-01", "2026-08-31"), HIER),
        ("DORS", conge("2024-01-01", "2026-12-31"), HIER),
        # CLD: five years, eight where the illness came from service.
        ("CLD", conge("2021-09-01", "2026-08-31"), HIER),
        ("CLD", conge("2021-09-01", "2026-08-31", fut_imputable=True), dt.date(2026, 6, 30)),
        ("CLD", conge("2018-09-01", "2026-08-31", fut_imputable=True), HIER),
        # Leaves that the conseil médical has nothing to say about.
        ("MAT", conge("2026-01-01", "2027-12-31"), None),
        ("AS", conge("2020-01-01", "2027-12-31"), None),
        ("CMO", Conge(), None),
        # A temps partiel thérapeutique has its own year.
        ("TPT", Conge(tpt_debut=dt.date(2026, 1, 1), tpt_fin=dt.date(2026, 3, 31)), None),
        ("TPT", Conge(tpt_debut=dt.date(2026, 1, 1), tpt_fin=dt.date(2026, 12, 31)), HIER),
        ("AS", Conge(tpt_debut=dt.date(2026, 1, 1), tpt_fin=dt.date(2026, 11, 30)), dt.date(2026, 10, 31)),
    ],
)
def test_table(nature: str, c: Conge, attendu: dt.date | None) -> None:
    assert saisine_le(nature, c, LE) == attendu


@pytest.fixture
def m() -> Monde:
    return monde()


def prolonge(m: Monde, numero: str, debut: dt.date, fin: dt.date) -> None:
    ajouter_arret(acteur=m.gestionnaire, numero=numero, arret=ArretDemande(debut, fin, debut))


@pytest.mark.django_db
def test_the_last_prolongation_of_an_ordinary_leave_brings_it_at_once(m: Monde) -> None:
    debut = timezone.localdate() - 170 * JOUR
    dossier = sinistre(m, arret=ArretDemande(debut, debut + 180 * JOUR, debut))
    assert not Echeance.objects.filter(sinistre=dossier, genre=GenreEcheance.SAISINE).exists()
    dernier = add_months(debut, 12) - JOUR
    prolonge(m, dossier.numero, debut + 181 * JOUR, dernier)
    echeances.balayer()
    tache = Tache.objects.get(sinistre=dossier, genre=GenreTache.SAISINE)
    assert tache.due_at > timezone.now() + DELAY_OF[GenreTache.SAISINE] * JOUR


@pytest.mark.django_db
def test_less_than_two_months_before_the_end_it_is_due_at_once_and_follows_each_renewal(m: Monde) -> None:
    debut = timezone.localdate() - 20 * JOUR
    dossier = sinistre(m, "CLM", arret=arret_demande(debut, 60))
    echeances.balayer()
    assert Tache.objects.filter(sinistre=dossier, genre=GenreTache.SAISINE, fermee_le__isnull=True).count() == 1
    fin = debut + 300 * JOUR
    prolonge(m, dossier.numero, debut + 60 * JOUR, fin)
    prochaine = Echeance.objects.get(sinistre=dossier, genre=GenreEcheance.SAISINE, levee_le__isnull=True, traitee_le__isnull=True)
    assert prochaine.due_at == end_of_business(add_months(fin, -2))


@pytest.mark.django_db
def test_while_the_conseil_medical_is_being_asked_nobody_is_told_to(m: Monde) -> None:
    debut = timezone.localdate() - 20 * JOUR
    dossier = sinistre(m, "CLM", arret=arret_demande(debut, 60))
    actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet="CLM")
    prolonge(m, dossier.numero, debut + 60 * JOUR, debut + 90 * JOUR)
    assert not Echeance.objects.filter(sinistre=dossier, genre=GenreEcheance.SAISINE, levee_le__isnull=True).exists()


@pytest.mark.django_db
def test_a_shorter_leave_takes_its_clock_away(m: Monde) -> None:
    debut = timezone.localdate() - 340 * JOUR
    dossier = sinistre(m, arret=ArretDemande(debut, debut + 330 * JOUR, debut))
    assert Echeance.objects.filter(sinistre=dossier, genre=GenreEcheance.SAISINE, levee_le__isnull=True).exists()
    dossier.arrets.update(fin=debut + 100 * JOUR)
    effects.reset_leave_deadlines(dossier)
    assert not Echeance.objects.filter(sinistre=dossier, genre=GenreEcheance.SAISINE, levee_le__isnull=True).exists()
