"""What days are worth where rights are counted in months of thirty (ADR 24)."""

from __future__ import annotations

from typing import Any

import pytest

from indemnities.calcul.simulation import simuler

UN_AN = [{"debut": "2026-01-01", "fin": "2026-12-31"}]


def lignes(arrets: list[dict[str, str]], **champs: Any) -> list[tuple[str, str, int, str, str]]:
    """(first day, last day, days, fate, euros) of a treatment of 36 000 €: 100 € a day of a year of 360."""
    demande = {"nature": "CMO", "decompte": "trentieme", "base": "36000", "arrets": arrets} | champs
    return [(x["debut"][5:], x["fin"][5:], x["jours"], x["sort"], x["montant"]) for x in simuler(demande)["lignes"]]


@pytest.mark.parametrize(
    ("diviseur", "decompte"), [("360", "trentieme"), ("365", "trentieme"), ("365", "calendaire"), ("MOIS", "trentieme")]
)
def test_a_year_of_leave_is_worth_a_year_of_pay(diviseur: str, decompte: str) -> None:
    demande = {"nature": "CLM", "decompte": decompte, "base": "36000", "diviseur": diviseur, "arrets": UN_AN}
    assert simuler(demande)["totaux"]["montant"] == "36000.00"


def test_real_days_over_360_are_worth_five_days_more() -> None:
    """What a published account does (domain: §0.4)."""
    demande = {"nature": "CLM", "decompte": "calendaire", "base": "36000", "diviseur": "360", "arrets": UN_AN}
    assert simuler(demande)["totaux"] == {"jours": 365, "jours_payes": 365, "montant": "36500.00"}


@pytest.mark.parametrize(
    ("debut", "fin", "jours"),
    [("2010-01-01", "2010-01-31", 30), ("2010-02-01", "2010-02-28", 30), ("2010-01-31", "2010-02-01", 1), ("2010-04-01", "2010-04-30", 30)],
)
def test_each_month_is_thirty_days_of_pay(debut: str, fin: str, jours: int) -> None:
    assert lignes([{"debut": debut, "fin": fin}]) == [(debut[5:], fin[5:], jours, "PAYE", f"{100 * jours}.00")]


def test_a_day_cut_in_two_is_paid_for_each_part() -> None:
    """The 90th thirtieth is the first of the three of a 28 February."""
    arret = [{"debut": "2009-11-30", "fin": "2010-03-10"}]
    assert lignes(arret) == [("11-30", "02-28", 90, "PAYE", "9000.00"), ("02-28", "03-10", 11, "PAYE", "550.00")]
    in_real_days = lignes(arret, diviseur="365")
    assert [ligne[:3] for ligne in in_real_days] == [("11-30", "02-28", 91), ("03-01", "03-10", 10)], "it goes with its first part"


def test_what_was_received_for_a_day_cut_in_two_is_shared() -> None:
    arret = [{"debut": "2009-11-30", "fin": "2010-03-10"}]
    recu = [{"debut": "2010-02-28", "fin": "2010-02-28", "montant": "30.00"}]
    trouvees = lignes(arret, ijss=recu)
    assert trouvees[1:3] == [("02-28", "02-28", 2, "PAYE", "180.00"), ("02-28", "02-28", 1, "PAYE", "40.00")]


def test_a_carence_is_one_date() -> None:
    assert lignes([{"debut": "2019-04-30", "fin": "2019-05-10"}])[0] == ("04-30", "04-30", 1, "CARENCE", "0.00")
    avec_31 = lignes([{"debut": "2019-03-30", "fin": "2019-04-10"}])
    assert avec_31 == [("03-30", "03-30", 1, "CARENCE", "0.00"), ("03-31", "04-10", 10, "PAYE", "1000.00")]
    seul = [("03-30", "03-30", 1, "CARENCE", "0.00"), ("03-31", "03-31", 0, "PAYE", "0.00")]
    assert lignes([{"debut": "2019-03-30", "fin": "2019-03-31"}]) == seul, "cut there, the leave is paid as the whole"
    assert lignes([{"debut": "2019-03-30", "fin": "2019-04-10"}], diviseur="MOIS")[1][:3] == ("03-31", "03-31", 1)


@pytest.mark.parametrize(("comprise", "fin"), [(True, "03-14"), (False, "03-15")])
def test_a_franchise_is_of_real_days(comprise: bool, fin: str) -> None:
    """Carence on a 28 February, then fifteen days of franchise: what is left of that day belongs to it."""
    franchise = {"genre": "PAR_ARRET_MO", "jours": 15, "carence_comprise": comprise}
    trouvees = lignes([{"debut": "2019-02-28", "fin": "2019-03-25"}], franchise=franchise)
    assert [ligne[:2] for ligne in trouvees[:2]] == [("02-28", "02-28"), ("02-28", fin)]
    assert [ligne[3] for ligne in trouvees] == ["CARENCE", "FRANCHISE", "PAYE"]


def test_a_line_says_that_it_counts_in_months_of_thirty() -> None:
    demande = {"nature": "CLM", "decompte": "trentieme", "base": "36000", "arrets": [{"debut": "2026-01-01", "fin": "2026-01-31"}]}
    assert simuler(demande)["lignes"][0]["pourquoi"][0] == "Jours comptés en mois de trente jours : 30 pour 31 de calendrier."
    reel = simuler(demande | {"decompte": "calendaire"})["lignes"][0]["pourquoi"]
    assert not any("mois de trente" in raison for raison in reel)
