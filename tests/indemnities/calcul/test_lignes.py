"""Indemnities: published figures, rules of the contract, and a second implementation that goes day by day."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings

from indemnities.calcul.lignes import RemunerationInconnue, calculer, to_cent, total
from indemnities.calcul.modele import (
    ArretDroit,
    Assiette,
    Composante,
    Demande,
    Ecarte,
    Franchise,
    Ligne,
    Montant,
    Remuneration,
    Sort,
    Termes,
)
from indemnities.droits.modele import Segment
from indemnities.droits.regles import JOUR_CARENCE
from tests.indemnities.calcul.histoires import DEMI, JOUR, demandes, seg
from tests.indemnities.calcul.naif import exact_by_day

D = dt.date
EXAMPLES = 20_000 if os.environ.get("VIGIE_PROVE") else 60


def demande(*segments: Segment, nature: str = "CMO", **champs: object) -> Demande:
    """One arrêt of these segments, an annual pay of 36 000 €, base TIB, divisor 360: a day is worth 100 €."""
    voulu: dict[str, object] = {
        "regime": "CNRACL",
        "survenance": segments[0].debut,
        "arrets": [ArretDroit(nature, segments)],
        "remunerations": [Remuneration(D(2020, 1, 1), None, Decimal("36000.00"))],
        "assiette": Assiette(),
        "termes": Termes(),
    }
    return Demande(**{**voulu, **champs})  # type: ignore[arg-type]


def said(lignes: list[Ligne]) -> list[tuple[str, int, str]]:
    return [(str(x.sort), x.jours, str(x.montant)) for x in lignes]


def test_the_average_daily_indemnity_of_a_published_account() -> None:
    """CDG 34, compte de résultat 2022: 310 123 € of TIB, 15 agents, « IJ moyen 57,43 € »: 360 days, not 365 (56,64 €)."""
    une = demande(seg(D(2022, 3, 1), D(2022, 3, 1)), remunerations=[Remuneration(D(2020, 1, 1), None, Decimal("310123") / 15)])
    assert total(calculer(une)) == Decimal("57.43")
    assert total(calculer(replace(une, termes=Termes(diviseur="365")))) == Decimal("56.64")


def test_supplements_stay_whole_while_the_treatment_is_halved() -> None:
    """CGFP L822-3: the supplément familial and the indemnité de résidence are not halved."""
    pay = [Remuneration(D(2020, 1, 1), None, Decimal(36000), sft=Decimal(3600), ir=Decimal(1800), primes=Decimal(7200))]
    assiette = Assiette(frozenset({Composante.TIB, Composante.SFT, Composante.IR, Composante.PRIMES}), Decimal(40))
    (ligne,) = calculer(demande(seg(D(2025, 1, 1), D(2025, 1, 10), "0.5", DEMI), remunerations=pay, assiette=assiette))
    worth = {p.composante: p.brut for p in ligne.parts}
    assert worth == {
        Composante.TIB: 500,
        Composante.SFT: 100,
        Composante.IR: 50,
        Composante.PRIMES: 100,
        Composante.CHARGES: 200,
    }
    assert ligne.montant == Decimal("950.00")


def test_a_component_that_is_not_insured_is_not_paid() -> None:
    pay = [Remuneration(D(2020, 1, 1), None, Decimal(36000), nbi=Decimal(3600), sft=Decimal(3600))]
    (ligne,) = calculer(demande(seg(D(2025, 1, 1), D(2025, 1, 1)), remunerations=pay, assiette=Assiette(charges=Decimal(10))))
    assert ligne.montant == Decimal("110.00"), "charges follow the insured treatment only"


@pytest.mark.parametrize(
    ("franchise", "expected"),
    [
        (Franchise(), "C1 P39"),
        (Franchise("PAR_ARRET_MO", 10), "C1 F9 P30"),
        (Franchise("PAR_ARRET_MO", 10, carence_comprise=False), "C1 F10 P29"),
        (Franchise("CUMULEE", 10), "C1 F9 P2 F10 P18"),
        (Franchise("RELATIVE", 30), "C1 P39"),
        (Franchise("RELATIVE", 40), "C1 F39"),
    ],
)
def test_each_kind_of_franchise(franchise: Franchise, expected: str) -> None:
    """Forty days of maladie ordinaire from 20 December, the first one without pay."""
    leave = [seg(D(2025, 12, 20), D(2025, 12, 20), "0", JOUR_CARENCE), seg(D(2025, 12, 21), D(2026, 1, 28))]
    lignes = calculer(demande(*leave, termes=Termes(franchise=franchise)))
    assert " ".join(f"{x.sort[0]}{x.jours}" for x in lignes) == expected
    assert total(lignes) == 100 * sum(x.jours for x in lignes if x.sort == Sort.PAYE)


def test_only_maladie_ordinaire_has_the_franchise_of_maladie_ordinaire() -> None:
    leave = [seg(D(2025, 1, 1), D(2025, 1, 20))]
    assert said(calculer(demande(*leave, nature="AS", termes=Termes(franchise=Franchise("PAR_ARRET_MO", 15))))) == [("PAYE", 20, "2000.00")]
    all_ij = Termes(franchise=Franchise("PAR_ARRET_TOUTES_IJ", 15))
    assert said(calculer(demande(*leave, nature="AS", termes=all_ij))) == [("FRANCHISE", 15, "0.00"), ("PAYE", 5, "500.00")]


def test_a_prolongation_and_a_rechute_have_no_second_franchise() -> None:
    first = ArretDroit("AS", [seg(D(2025, 1, 1), D(2025, 1, 12))])
    prolonged = ArretDroit("AS", [seg(D(2025, 1, 13), D(2025, 1, 20))])
    again = ArretDroit("AS", [seg(D(2025, 3, 1), D(2025, 3, 5))], rechute=True)
    other = ArretDroit("AS", [seg(D(2025, 6, 1), D(2025, 6, 5))])
    termes = Termes(franchise=Franchise("PAR_ARRET_TOUTES_IJ", 15))
    lignes = calculer(demande(seg(D(2025, 1, 1), D(2025, 1, 1)), arrets=[first, prolonged, again, other], termes=termes))
    assert said(lignes) == [("FRANCHISE", 15, "0.00"), ("PAYE", 5, "500.00"), ("PAYE", 5, "500.00"), ("FRANCHISE", 5, "0.00")]


def test_the_level_spares_deces_frais_and_ircantec() -> None:
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    termes = Termes(niveau=Decimal("0.80"))
    assert total(calculer(demande(*leave, termes=termes))) == Decimal("800.00")
    assert total(calculer(demande(*leave, nature="DC", termes=termes))) == Decimal("1000.00")
    assert total(calculer(demande(*leave, nature="FM", termes=termes))) == Decimal("1000.00")
    assert total(calculer(demande(*leave, termes=termes, regime="IRCANTEC"))) == Decimal("1000.00")
    assert total(calculer(demande(*leave, termes=replace(termes, niveau_ircantec=True), regime="IRCANTEC"))) == Decimal("800.00")


def test_a_nature_may_have_a_level_of_its_own() -> None:
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    termes = Termes(niveau=Decimal("0.80"), niveaux={"AS": Decimal("1.00"), "FM": Decimal("0.50")})
    assert total(calculer(demande(*leave, nature="AS", termes=termes))) == Decimal("1000.00")
    assert total(calculer(demande(*leave, termes=termes))) == Decimal("800.00")
    assert total(calculer(demande(*leave, nature="FM", termes=termes))) == Decimal("1000.00"), "frais are never reduced (S002)"


def test_a_nature_that_the_formule_does_not_cover_is_a_line_of_nothing() -> None:
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    assert said(calculer(demande(*leave, nature="CLM", termes=Termes(natures=frozenset({"CMO"}))))) == [("NON_COUVERT", 10, "0.00")]


def test_days_set_aside_by_a_decision_are_lines_of_nothing() -> None:
    """The employer's from the 4th to the 6th, the insurer's from the 9th on: both ends included."""
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    ecartes = [Ecarte(D(2025, 1, 4), D(2025, 1, 6), Sort.INTERROMPU), Ecarte(D(2025, 1, 9), D(2025, 2, 1), Sort.REFUSE)]
    assert said(calculer(demande(*leave, ecartes=ecartes))) == [
        ("PAYE", 3, "300.00"),
        ("INTERROMPU", 3, "0.00"),
        ("PAYE", 2, "200.00"),
        ("REFUSE", 2, "0.00"),
    ]


def test_a_line_begins_where_a_period_does() -> None:
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    assert said(calculer(demande(*leave, coupures=[D(2025, 1, 4)]))) == [("PAYE", 3, "300.00"), ("PAYE", 7, "700.00")]


def test_the_allowance_of_the_securite_sociale_is_deducted_and_never_makes_a_debt() -> None:
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    ijss = [Montant(D(2025, 1, 4), D(2025, 1, 10), Decimal("280.00"))]
    lignes = calculer(demande(*leave, regime="IRCANTEC", ijss=ijss))
    assert said(lignes) == [("PAYE", 3, "300.00"), ("PAYE", 7, "420.00")]
    too_much = [replace(ijss[0], montant=Decimal("9000"))]
    assert said(calculer(demande(*leave, regime="IRCANTEC", ijss=too_much)))[1] == ("PAYE", 7, "0.00")


def test_never_more_than_the_pay_really_maintained() -> None:
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    (ligne,) = calculer(
        demande(*leave, assiette=Assiette(charges=Decimal(50)), maintenu=[Montant(D(2025, 1, 1), D(2025, 1, 10), Decimal(700))])
    )
    assert (ligne.montant, ligne.plafond) == (Decimal("1050.00"), "MAINTENU"), "700 € of pay and their charges"


def test_a_pay_rise_during_the_leave_counts_where_the_contract_says_so() -> None:
    pay = [
        Remuneration(D(2020, 1, 1), D(2025, 1, 5), Decimal(36000)),
        Remuneration(D(2025, 1, 6), None, Decimal(39600)),
    ]
    leave = [seg(D(2025, 1, 1), D(2025, 1, 10))]
    assert said(calculer(demande(*leave, remunerations=pay))) == [("PAYE", 5, "500.00"), ("PAYE", 5, "550.00")]
    assert said(calculer(demande(*leave, remunerations=pay, termes=Termes(suit_les_hausses=False)))) == [("PAYE", 10, "1000.00")]


def test_repartition_stops_at_the_contract_s_term() -> None:
    lignes = calculer(demande(seg(D(2025, 12, 25), D(2026, 1, 5)), termes=Termes(fin_de_couverture=D(2025, 12, 31))))
    assert said(lignes) == [("PAYE", 7, "700.00"), ("NON_COUVERT", 5, "0.00")]


def test_a_day_without_a_known_pay_is_named() -> None:
    with pytest.raises(RemunerationInconnue, match="01/01/2025") as error:
        calculer(demande(seg(D(2025, 1, 1), D(2025, 1, 2)), remunerations=[]))
    assert error.value.le == D(2025, 1, 1)


def test_a_temps_partiel_therapeutique_is_paid_for_the_work_not_done() -> None:
    arret = ArretDroit("TPT", [seg(D(2025, 1, 1), D(2025, 1, 10))], absence=Fraction(2, 5))
    assert total(calculer(demande(seg(D(2025, 1, 1), D(2025, 1, 10)), arrets=[arret]))) == Decimal("400.00")


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(49, 10000), "0.00"),
        (Fraction(1005, 1000), "1.01"),
        (Fraction(2, 3), "0.67"),
    ],
)
def test_half_up_from_the_exact_value(exact: Fraction, rounded: str) -> None:
    assert str(to_cent(exact)) == rounded


# -- Any leave at all -----------------------------------------------------------------------------------------------------------


@given(demandes())
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_reckoning_day_by_day_agrees(une: Demande) -> None:
    by_day = exact_by_day(une)
    lignes = calculer(une)
    covered = [x.debut + n * JOUR for x in lignes for n in range(x.jours)]
    assert covered == sorted(by_day)
    for ligne in lignes:
        exact = sum((by_day[ligne.debut + n * JOUR] for n in range(ligne.jours)), Fraction(0))
        assert ligne.montant == to_cent(exact), ligne


@given(demandes())
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_nothing_is_above_the_base_nor_below_zero(une: Demande) -> None:
    for ligne in calculer(une):
        assert 0 <= ligne.montant <= to_cent(ligne.brut)
        assert all(0 < p.fraction <= 1 for p in ligne.parts)
        assert (ligne.sort == Sort.PAYE) == bool(ligne.parts) or ligne.brut == 0


@given(demandes())
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_a_leave_cut_in_two_certificates_is_paid_as_the_whole(une: Demande) -> None:
    def cut(arret: ArretDroit) -> list[ArretDroit]:
        segment = arret.segments[-1]
        milieu = segment.debut + (segment.fin - segment.debut) / 2
        if milieu >= segment.fin:
            return [arret]
        tete = [*arret.segments[:-1], seg(segment.debut, milieu, str(segment.fraction), segment.motif)]
        queue = seg(milieu + JOUR, segment.fin, str(segment.fraction), segment.motif)
        return [replace(arret, segments=tete), replace(arret, segments=[queue])]

    halves = replace(une, arrets=[piece for arret in une.arrets for piece in cut(arret)])
    assert calculer(halves) == calculer(une)
