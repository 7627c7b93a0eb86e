"""The simulator of indemnities: its shapes, its figures, its refusals."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import pytest

from cases.errors import DonneeInvalide
from indemnities.calcul.simulation import simuler

DEMANDE: dict[str, Any] = {
    "nature": "CMO",
    "regime": "CNRACL",
    "decompte": "calendaire",
    "arrets": [{"debut": "2025-04-01", "fin": "2025-04-30", "certificat": "2025-04-01"}],
    "base": {"tib": "36000.00", "sft": "3600.00", "charges": "40"},
    "diviseur": "360",
    "franchise": {"genre": "PAR_ARRET_MO", "jours": 10},
    "niveau": "0.80",
    "survenance": "2025-04-01",
}


def test_a_month_of_maladie_ordinaire() -> None:
    """1 day of carence, 9 of franchise, 20 at 90 %: ((100 × 0.9 + 10) + 100 × 0.9 × 0.4) × 20 × 0.8."""
    rendu = simuler(DEMANDE)
    assert [(x["sort"], x["jours"], x["montant"]) for x in rendu["lignes"]] == [
        ("CARENCE", 1, "0.00"),
        ("FRANCHISE", 9, "0.00"),
        ("PAYE", 20, "2176.00"),
    ]
    assert rendu["totaux"] == {"jours": 30, "jours_payes": 20, "montant": "2176.00"}
    assert rendu["droits"]["totaux"] == {"0.9": 29, "0": 1}
    paid = rendu["lignes"][-1]
    assert (paid["debut"], paid["fin"], paid["fraction"], paid["nature"]) == ("2025-04-11", "2025-04-30", "0.9", "CMO")
    assert paid["trace"]["base"] == [
        {"composante": "TIB", "annuel": "36000.00", "fraction": "0.9", "montant": "1800.00"},
        {"composante": "SFT", "annuel": "3600.00", "fraction": "1", "montant": "200.00"},
        {"composante": "CHARGES", "annuel": "14400.00", "fraction": "0.9", "montant": "720.00"},
    ]
    assert (paid["trace"]["regle"], paid["trace"]["source"]) == ("CMO_90", "CGFP L822-3")
    assert paid["pourquoi"]


@pytest.mark.parametrize(
    ("franchise", "paid"), [(None, 29), (0, 29), (15, 15), ({"jours": 15}, 15), ({"genre": "RELATIVE", "jours": 40}, 0)]
)
def test_a_franchise_is_an_object_or_a_number_of_days(franchise: object, paid: int) -> None:
    assert simuler(DEMANDE | {"franchise": franchise})["totaux"]["jours_payes"] == paid


def test_the_treatment_alone_may_be_the_base() -> None:
    for base in ("36000", 36000, Decimal("36000.00"), {"tib": "36000"}):
        assert simuler(DEMANDE | {"base": base, "franchise": 0, "niveau": "1"})["totaux"]["montant"] == "2610.00"


def test_the_allowance_is_deducted_by_its_days() -> None:
    ijss = [{"debut": "2025-04-21", "fin": "2025-04-30", "montant": "100.00"}]
    assert simuler(DEMANDE | {"ijss": ijss})["totaux"]["montant"] == "2076.00"


def test_a_contractuel_is_of_the_ircantec_where_no_regime_is_named() -> None:
    """S002: a reduced level spares IRCANTEC."""
    nu = {k: v for k, v in DEMANDE.items() if k != "regime"} | {"nature": "CMO-C", "anciennete_mois": 60, "franchise": 0}
    assert {ligne["trace"]["niveau"] for ligne in simuler(nu)["lignes"] if ligne["sort"] == "PAYE"} == {"1.00"}


def test_what_is_left_out_has_the_usual_value() -> None:
    least = {k: DEMANDE[k] for k in ("nature", "arrets")} | {"base": "36000"}
    assert simuler(least)["totaux"]["montant"] == "2610.00"


def test_a_temps_partiel_is_paid_for_the_work_not_done() -> None:
    """Working 60 % of the time: 40 % of a month of 3 000 €, without carence nor franchise of maladie ordinaire, at the level of 80 %."""
    arrets = [{"debut": "2025-04-01", "fin": "2025-04-30", "nature": "TPT", "quotite": 60}]
    rendu = simuler(DEMANDE | {"arrets": arrets, "base": "36000"})
    assert (rendu["totaux"]["montant"], rendu["droits"]["totaux"]) == ("960.00", {"1": 30})


def test_earlier_leaves_may_come_before_the_survenance() -> None:
    """The history weighs on the rights of a sinistre that came after it."""
    avant = {"debut": "2025-01-01", "fin": "2025-01-31", "certificat": "2025-01-01"}
    rendu = simuler(DEMANDE | {"arrets": [avant, *DEMANDE["arrets"]]})
    assert rendu["lignes"][-1]["montant"] == "2176.00"


def test_a_quotite_says_nothing_of_another_leave() -> None:
    assert simuler(DEMANDE | {"arrets": [DEMANDE["arrets"][0] | {"quotite": 50}]})["totaux"] == simuler(DEMANDE)["totaux"]


def test_the_largest_request_is_answered_in_bounded_time() -> None:
    """A thousand arrêts and two thousand amounts over two centuries, by the month: thousands of lines, a second or two."""

    def plages(combien: int, pas: int, longueur: int) -> list[dict[str, str]]:
        debuts = [dt.date(1960, 1, 1) + n * dt.timedelta(days=pas) for n in range(combien)]
        return [{"debut": str(debut), "fin": str(debut + dt.timedelta(days=longueur - 1))} for debut in debuts]

    amounts = {nom: [une | {"montant": "1"} for une in plages(1000, pas, pas - 1)] for nom, pas in (("ijss", 79), ("maintenu", 81))}
    start = time.process_time()
    rendu = simuler(DEMANDE | {"arrets": plages(1000, 80, 79), "diviseur": "MOIS", "survenance": None} | amounts)
    assert len(rendu["lignes"]) > 5000
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    ("champs", "ou"),
    [
        ({"base": None}, {"base"}),
        ({"base": "-5"}, {"base"}),
        ({"base": "beaucoup"}, {"base"}),
        ({"base": 1.5}, {"base"}),
        ({"base": True}, {"base"}),
        ({"base": {}}, {"base.tib"}),
        ({"base": {"tib": "-1", "prime": "2"}}, {"base.tib", "base.prime"}),
        ({"base": {"tib": "1", "charges": "101"}}, {"base.charges"}),
        ({"diviseur": "364"}, {"diviseur"}),
        ({"franchise": -1}, {"franchise"}),
        ({"franchise": {"genre": "AUTRE", "jours": 366, "x": 1}}, {"franchise.genre", "franchise.jours", "franchise.x"}),
        ({"niveau": "1.2"}, {"niveau"}),
        ({"niveau": "NaN"}, {"niveau"}),
        ({"survenance": "2025-05-01"}, {"survenance"}),
        ({"survenance": "2025-02-30"}, {"survenance"}),
        ({"ijss": "100"}, {"ijss"}),
        ({"ijss": ["x", {"debut": "2025-04-02", "fin": "2025-04-01", "montant": "1"}]}, {"ijss.0", "ijss.1.fin"}),
        ({"maintenu": [{"debut": "2025-04-01", "fin": "2025-04-02", "montant": "-1"}]}, {"maintenu.0.montant"}),
        ({"plafond_jour": "-1"}, {"plafond_jour"}),
        ({"niveau_ircantec": "oui"}, {"niveau_ircantec"}),
        ({"nature": "GRIPPE", "niveau": "2"}, {"nature", "niveau"}),
        ({"arrets": [{"debut": "2025-04-30", "fin": "2025-04-01"}], "base": None}, {"arrets.0.fin", "base"}),
        ({"couleur": "bleu"}, {"couleur"}),
        ({"é" * 100_000: 1}, {"é" * 60}),
        (
            {
                "ijss": [
                    {"debut": "2025-04-01", "fin": "2025-04-05", "montant": "1"},
                    {"debut": "2025-04-05", "fin": "2025-04-06", "montant": "1"},
                ]
            },
            {"ijss"},
        ),
        ({"nature": "TPT"}, {"arrets.0.quotite"}),
        ({"arrets": [{"debut": "2025-04-01", "fin": "2025-04-02", "nature": "TPT", "quotite": 95}]}, {"arrets.0.quotite"}),
        ({"arrets": [{"debut": "2025-04-01", "fin": "2025-04-02", "nature": "TPT", "quotite": "50"}]}, {"arrets.0.quotite"}),
    ],
)
def test_each_fault_is_said_on_its_field(champs: dict[str, Any], ou: set[str]) -> None:
    with pytest.raises(DonneeInvalide) as error:
        simuler(DEMANDE | champs)
    assert set(error.value.champs) == ou
