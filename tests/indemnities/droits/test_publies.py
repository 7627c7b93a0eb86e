"""Maladie ordinaire: every worked example that was published, to the day. Where the print is wrong, the test says so."""

from __future__ import annotations

import pytest

from indemnities.droits.modele import Arret, Nature
from tests.indemnities.droits.histoires import arret, calcule, cles, histoire, lus

CDG40_1 = histoire(
    ("2002-01-16", "2002-01-23"), ("2002-02-17", "2002-03-02"), ("2002-03-06", "2002-04-15"), ("2002-05-25", "2002-05-27"),
    ("2002-06-11", "2002-07-02"), ("2002-08-18", "2002-09-12"), ("2002-09-15", "2002-09-24"), ("2002-10-10", "2002-11-15"),
)  # fmt: skip
CDG40_2 = histoire(
    ("2002-02-02", "2002-02-12"), ("2002-06-16", "2002-06-30"), ("2002-08-04", "2002-09-02"), ("2002-09-05", "2002-11-12"),
    ("2003-01-03", "2003-03-16"), ("2003-04-04", "2003-04-18"), ("2003-05-14", "2003-07-01"),
)  # fmt: skip
CGT = histoire(("2000-04-09", "2000-04-21"), ("2000-06-01", "2000-07-31"), ("2000-08-01", "2000-08-31"), ("2001-04-01", "2001-04-30"))


def test_premier_exemple_du_cdg_40() -> None:
    resultat = calcule(CDG40_1)
    assert lus(resultat) == [
        [("2002-01-16", "2002-01-23", 8, "1")],
        [("2002-02-17", "2002-03-02", 14, "1")],
        [("2002-03-06", "2002-04-15", 41, "1")],
        [("2002-05-25", "2002-05-27", 3, "1")],
        [("2002-06-11", "2002-07-02", 22, "1")],
        [("2002-08-18", "2002-08-19", 2, "1"), ("2002-08-20", "2002-09-12", 24, "0.5")],
        [("2002-09-15", "2002-09-24", 10, "0.5")],
        [("2002-10-10", "2002-11-15", 37, "0.5")],
    ]
    assert cles(resultat) == {"1": 90, "0.5": 71}


def test_second_exemple_du_cdg_40() -> None:
    """Each period of the next year « erases » the same one of the year before.

    Printed: 33 days from 12/02 to 16/03/2003, 147 in all. The 12th is counted twice: it is the last of the eleven at full pay.
    """
    resultat = calcule(CDG40_2)
    assert lus(resultat)[3:] == [
        [("2002-09-05", "2002-10-08", 34, "1"), ("2002-10-09", "2002-11-12", 35, "0.5")],
        [("2003-01-03", "2003-02-01", 30, "0.5"), ("2003-02-02", "2003-02-12", 11, "1"), ("2003-02-13", "2003-03-16", 32, "0.5")],
        [("2003-04-04", "2003-04-18", 15, "0.5")],
        [("2003-05-14", "2003-06-15", 33, "0.5"), ("2003-06-16", "2003-06-30", 15, "1"), ("2003-07-01", "2003-07-01", 1, "0.5")],
    ]
    assert cles(resultat) == {"1": 116, "0.5": 146}


def test_exemple_en_trentiemes_de_la_cgt() -> None:
    """June and July are 60 days; the 31st of August weighs nothing; the days of April come back a year later."""
    resultat = calcule(CGT, decompte="trentieme")
    assert lus(resultat) == [
        [("2000-04-09", "2000-04-21", 13, "1")],
        [("2000-06-01", "2000-07-31", 60, "1")],
        [("2000-08-01", "2000-08-17", 17, "1"), ("2000-08-18", "2000-08-31", 13, "0.5")],
        [("2001-04-01", "2001-04-08", 8, "0.5"), ("2001-04-09", "2001-04-21", 13, "1"), ("2001-04-22", "2001-04-30", 9, "0.5")],
    ]


def test_le_meme_en_jours_de_calendrier() -> None:
    assert lus(calcule(CGT))[1:3] == [
        [("2000-06-01", "2000-07-31", 61, "1")],
        [("2000-08-01", "2000-08-16", 16, "1"), ("2000-08-17", "2000-08-31", 15, "0.5")],
    ]


@pytest.mark.parametrize("arrets", [(("2025-02-20", "2025-03-20", "2025-02-20"), ("2025-03-21", "2025-04-05", "2025-03-21"))])
def test_transition_du_1er_mars_2025(arrets: tuple[tuple[str, ...], ...]) -> None:
    """CDG 31: from 20/02 to 20/03 at 100 % to its term; the certificate from 21/03 at 90 %, though it prolongs."""
    assert lus(calcule(histoire(*arrets))) == [
        [("2025-02-20", "2025-02-20", 1, "0"), ("2025-02-21", "2025-03-20", 28, "1")],
        [("2025-03-21", "2025-04-05", 16, "0.9")],
    ]


def test_transition_selon_le_cdg_49_et_le_cdg_61() -> None:
    """28/02 to 06/03 at 100 %, prolonged from 07/03 at 90 %; 27/02 to 04/03, prolonged from 05/03: the same."""
    assert lus(calcule(histoire(("2025-02-28", "2025-03-06"), ("2025-03-07", "2025-03-13")))) == [
        [("2025-02-28", "2025-02-28", 1, "0"), ("2025-03-01", "2025-03-06", 6, "1")],
        [("2025-03-07", "2025-03-13", 7, "0.9")],
    ]
    assert lus(calcule(histoire(("2025-02-27", "2025-03-04"), ("2025-03-05", "2025-03-10"))))[1] == [("2025-03-05", "2025-03-10", 6, "0.9")]


@pytest.mark.parametrize(
    ("certificat", "fraction"),
    [("2025-02-28", "1"), ("2025-03-01", "0.9"), ("2025-03-03", "0.9"), (None, "0.9")],
)
def test_le_certificat_decide_du_taux(certificat: str | None, fraction: str) -> None:
    """An arrêt of March under a certificate of February is the end of what February certified."""
    resultat = calcule([arret("2025-03-03", "2025-03-12", certificat)])
    assert cles(resultat) == {fraction: 9, "0": 1}


def test_un_certificat_tardif_prend_effet_au_premier_jour_couvert() -> None:
    assert cles(calcule([arret("2025-02-27", "2025-03-08", "2025-03-03")])) == {"1": 9, "0": 1}
    deux = [arret("2025-02-27", "2025-03-04", "2025-03-03"), arret("2025-03-05", "2025-03-08", "2025-03-03")]
    assert cles(calcule(deux)) == {"1": 9, "0": 1}


def test_les_jours_a_cent_et_a_quatre_vingt_dix_pour_cent_comptent_ensemble() -> None:
    """Sixty days at 100 % leave thirty of the three months, at 90 %."""
    resultat = calcule(histoire(("2025-01-01", "2025-03-01"), ("2025-04-01", "2025-05-31")))
    assert lus(resultat)[1] == [
        ("2025-04-01", "2025-04-01", 1, "0"),
        ("2025-04-02", "2025-04-30", 29, "0.9"),
        ("2025-05-01", "2025-05-31", 31, "0.5"),
    ]


def test_quatre_vingt_neuf_puis_quatre_vingt_huit_jours() -> None:
    """Circulaire of 15/2/2018: 89 days paid in full, 88 where a second leave had its carence."""
    assert cles(calcule(histoire(("2019-01-01", "2019-06-30"))))["1"] == 89
    assert cles(calcule(histoire(("2019-01-01", "2019-01-10"), ("2019-02-01", "2019-06-30"))))["1"] == 88


def test_fenetre_du_cdg_63() -> None:
    """For a leave of 1/6/2023 the year goes from 2/6/2022 to 1/6/2023: the 1st of June 2022 is out, the 2nd is in."""
    histoires = [histoire((debut, "2022-08-30")) for debut in ("2022-06-01", "2022-06-02", "2022-06-03")]
    plein = [lus(calcule([*h, arret("2023-05-31", "2023-06-01", dispense="GROSSESSE")]))[1] for h in histoires]
    assert plein[0] == [("2023-05-31", "2023-05-31", 1, "0.5"), ("2023-06-01", "2023-06-01", 1, "1")]  # 91 days, 90 in the window, then 89
    assert plein[1] == [("2023-05-31", "2023-06-01", 2, "0.5")]
    assert plein[2] == [("2023-05-31", "2023-05-31", 1, "1"), ("2023-06-01", "2023-06-01", 1, "0.5")]


@pytest.mark.parametrize("decompte", ["calendaire", "trentieme"])
def test_un_an_puis_plus_rien_jusqu_a_la_reprise(decompte: str) -> None:
    """90 then 270 days; rights do not come back while the leave goes on, though the year slides; they do after a return."""
    long = [arret("2009-01-01", "2010-12-31"), arret("2011-01-02", "2011-01-31")]
    resultat = calcule(long, decompte=decompte)
    premier, second = lus(resultat)
    assert [(jours, fraction) for _, _, jours, fraction in premier] == [
        (90, "1"),
        (270, "0.5"),
        (370 if decompte == "calendaire" else 360, "0"),
    ]
    assert premier[-1][0] == ("2009-12-27" if decompte == "calendaire" else "2010-01-01")
    assert second == [("2011-01-02", "2011-01-31", 30 if decompte == "calendaire" else 29, "1")]


def test_une_prolongation_ne_rouvre_rien() -> None:
    deux = [arret("2009-01-01", "2010-01-31"), arret("2010-02-01", "2010-02-28")]
    assert lus(calcule(deux))[1] == [("2010-02-01", "2010-02-28", 28, "0")]


@pytest.mark.parametrize(("debut", "codes"), [("2010-05-01", ["CMO_EPUISE"]), ("2010-05-02", ["CMO_PLEIN"])])
def test_une_disponibilite_n_est_pas_une_reprise(debut: str, codes: list[str]) -> None:
    """Rights that were over stay so through another leave; a day of work opens them, and so does the year for rights that were not."""
    suite = [arret("2010-01-01", "2010-04-30", nature=Nature.DORS), arret(debut, "2010-05-31")]
    apres = calcule([arret("2009-01-01", "2009-12-31"), *suite]).droits[-1]
    assert [s.motif.code for s in apres.segments] == codes
    entames = calcule([arret("2009-11-01", "2009-12-31"), *suite]).droits[-1]
    assert [s.motif.code for s in entames.segments][:1] == ["CMO_PLEIN"]


def test_un_temps_partiel_est_une_reprise() -> None:
    suite = [arret("2010-01-01", "2010-04-30", nature=Nature.TPT), arret("2010-05-01", "2010-05-31")]
    assert lus(calcule([arret("2009-01-01", "2009-12-31"), *suite]))[-1] == [("2010-05-01", "2010-05-31", 31, "1")]


def test_fevrier_en_trentiemes() -> None:
    """A whole February is thirty days, common year or not; a limit inside its last day shows that day on both sides."""
    assert cles(calcule([arret("2010-02-01", "2010-02-28")], decompte="trentieme")) == {"1": 30}
    assert cles(calcule([arret("2008-02-01", "2008-02-29")], decompte="trentieme")) == {"1": 30}
    resultat = calcule(histoire(("2009-11-30", "2010-03-10")), decompte="trentieme")
    assert lus(resultat) == [[("2009-11-30", "2010-02-28", 90, "1"), ("2010-02-28", "2010-03-10", 11, "0.5")]]


def test_un_arret_du_seul_31_en_trentiemes() -> None:
    assert lus(calcule([arret("2010-01-31", "2010-01-31")], decompte="trentieme")) == [[("2010-01-31", "2010-01-31", 0, "1")]]
    assert lus(calcule([arret("2019-01-31", "2019-01-31")], decompte="trentieme")) == [[("2019-01-31", "2019-01-31", 0, "0")]]
    assert lus(calcule([arret("2019-01-31", "2019-02-10")], decompte="trentieme")) == [
        [("2019-01-31", "2019-01-31", 0, "0"), ("2019-02-01", "2019-02-10", 10, "1")]
    ]


def test_la_carence_du_dernier_de_fevrier_ne_prend_qu_un_trentieme() -> None:
    assert lus(calcule([arret("2019-02-28", "2019-03-05")], decompte="trentieme")) == [
        [("2019-02-28", "2019-02-28", 1, "0"), ("2019-02-28", "2019-03-05", 7, "1")]
    ]


def test_le_29_fevrier() -> None:
    """The 29th of February 2008 is in the window on the 28th a year later, and out of it on the 1st of March, with that of 2008."""
    histoires: list[Arret] = [arret("2008-02-29", "2008-05-28"), arret("2009-02-27", "2009-03-02")]
    assert lus(calcule(histoires))[1] == [("2009-02-27", "2009-02-28", 2, "0.5"), ("2009-03-01", "2009-03-02", 2, "1")]
