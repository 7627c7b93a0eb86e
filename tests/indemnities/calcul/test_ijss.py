"""Estimated IJSS: worked by hand from the published figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from indemnities.calcul.ijss import DonneesManquantes, estimer
from indemnities.calcul.modele import Montant

D = dt.date
SALAIRES = [Decimal("2000.00")] * 3


def test_maladie_half_of_three_months_after_three_days() -> None:
    """3 × 2 000 ÷ 91,25 ÷ 2 = 32,877 a day, 32,88 paid."""
    assert estimer("CMO", D(2025, 6, 1), D(2025, 6, 13), SALAIRES) == [Montant(D(2025, 6, 4), D(2025, 6, 13), Decimal("328.80"))]
    assert estimer("CMO", D(2025, 6, 1), D(2025, 6, 3), SALAIRES) == []


@pytest.mark.parametrize(("debut", "par_jour"), [(D(2025, 3, 1), "53.31"), (D(2025, 4, 1), "41.47")])
def test_the_cap_fell_in_april_2025(debut: dt.date, par_jour: str) -> None:
    """1,8 then 1,4 × 1 801,80 € × 3 ÷ 91,25 ÷ 2; these caps were published as 53,31 € and 41,47 €."""
    (montant,) = estimer("CMO", debut, debut + dt.timedelta(days=3), [Decimal(9000)] * 3)
    assert montant.montant == Decimal(par_jour)


def test_accident_60_then_80_percent() -> None:
    """2 500 ÷ 30,42 = 82,183 ; 49,31 to the 28th day, 65,75 from the 29th."""
    first, second = estimer("ATC", D(2025, 1, 1), D(2025, 1, 30), [Decimal(2500)])
    assert (first.fin, first.montant) == (D(2025, 1, 28), Decimal("1380.68"))
    assert (second.debut, second.montant) == (D(2025, 1, 29), Decimal("131.50"))


def test_the_accident_s_cap_of_2025() -> None:
    """0,834 % of 47 100 € is 392,81 €: 235,69 € a day then 314,25 €, as published for 2025."""
    first, second = estimer("ATI", D(2025, 1, 1), D(2025, 1, 29), [Decimal(30000)])
    assert (first.montant / 28, second.montant) == (Decimal("235.69"), Decimal("314.25"))


@pytest.mark.parametrize(
    ("nature", "debut", "salaires"),
    [
        ("CMO", D(2025, 1, 1), SALAIRES[:2]),
        ("CMO", D(2019, 1, 1), SALAIRES),
        ("ATC", D(2019, 1, 1), SALAIRES),
        ("ATC", D(2025, 1, 1), []),
        ("AS", D(2025, 1, 1), SALAIRES),
    ],
)
def test_no_estimate_without_its_figures(nature: str, debut: dt.date, salaires: list[Decimal]) -> None:
    with pytest.raises(DonneesManquantes):
        estimer(nature, debut, debut, salaires)
