"""Family leaves: their lengths, and what goes beyond."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cases.errors import DonneeInvalide
from indemnities.droits.famille import duree, periode_maternite
from indemnities.droits.modele import Famille, Nature
from tests.indemnities.droits.histoires import arret, calcule, cles, d, lus


@pytest.mark.parametrize(
    ("famille", "semaines"),
    [
        (Famille(), 16),
        (Famille(rang=2), 16),
        (Famille(rang=3), 26),
        (Famille(enfants=2), 34),
        (Famille(rang=3, enfants=2), 34),
        (Famille(enfants=3), 46),
    ],
)
def test_maternite(famille: Famille, semaines: int) -> None:
    jours = 7 * semaines
    assert duree(Nature.MAT, famille, d("2024-01-01")) == jours
    assert cles(calcule([arret("2024-01-01", "2024-12-31", famille=famille)], Nature.MAT)) == {"1": jours, "0": 366 - jours}


@pytest.mark.parametrize(
    ("naissance", "enfants", "jours"), [("2021-06-30", 1, 14), ("2021-07-01", 1, 28), ("2021-07-01", 2, 35), ("2021-06-30", 2, 21)]
)
def test_paternite(naissance: str, enfants: int, jours: int) -> None:
    """25 days (32) and the three of the birth since 1/7/2021; in two parts, within six months."""
    famille = Famille(naissance=d(naissance), enfants=enfants)
    deux = [arret("2021-07-02", "2021-07-09", famille=famille), arret("2021-09-01", "2021-10-31", famille=famille)]
    assert cles(calcule(deux, Nature.PAT)) == {"1": jours, "0": 69 - jours}


def test_paternite_au_dela_de_six_mois() -> None:
    famille = Famille(naissance=d("2024-01-10"))
    a_temps, trop_tard = arret("2024-07-10", "2024-07-12", famille=famille), arret("2024-07-15", "2024-07-17", famille=famille)
    resultat = calcule([a_temps, trop_tard], Nature.PAT)
    assert [droit.segments[0].motif.code for droit in resultat.droits] == ["PAT", "PAT_HORS_DELAI"]
    assert cles(resultat) == {"1": 3, "0": 3}


@pytest.mark.parametrize(
    ("famille", "jours"),
    [
        (Famille(), 112),
        (Famille(a_charge=3), 126),
        (Famille(enfants=2), 154),
        (Famille(partage=True), 112 + 25),
        (Famille(enfants=2, partage=True), 154 + 32),
        (Famille(naissance=d("2021-06-30")), 70),
        (Famille(naissance=d("2021-07-01")), 112),
        (Famille(naissance=d("2021-06-30"), partage=True), 70 + 11),
        (Famille(naissance=d("2021-06-30"), enfants=2, partage=True), 154 + 18),
        (Famille(a_charge=3, partage=True), 126 + 25),
    ],
)
def test_adoption(famille: Famille, jours: int) -> None:
    """16, 18 or 22 weeks, and 25 or 32 days when shared; 10 weeks before 1/7/2021."""
    assert duree(Nature.ADO, famille, d("2024-01-01")) == jours


@pytest.mark.parametrize(("postnatal", "jours"), [(False, 14), (True, 28)])
def test_pathologique(postnatal: bool, jours: int) -> None:
    conge = arret("2024-01-01", "2024-01-31", famille=Famille(postnatal=postnatal))
    assert cles(calcule([conge], Nature.PATHO)) == {"1": jours, "0": 31 - jours}


def test_des_semaines_sont_des_jours_reels_meme_en_trentiemes() -> None:
    """Sixteen weeks are 112 real days whatever the count: 112 thirtieths over a February, 110 over two 31sts."""
    hiver, ete = calcule([arret("2023-01-01", "2023-04-30"), arret("2024-05-01", "2024-08-31")], Nature.MAT, decompte="trentieme").droits
    assert [(str(s.debut), str(s.fin), s.jours) for s in (hiver.segments[0], ete.segments[0])] == [
        ("2023-01-01", "2023-04-22", 112),
        ("2024-05-01", "2024-08-20", 110),
    ]


def test_deux_naissances_deux_droits() -> None:
    resultat = calcule([arret("2021-01-01", "2021-04-22"), arret("2022-06-01", "2022-09-20")], Nature.MAT)
    assert cles(resultat) == {"1": 224}
    proches = [arret("2024-01-01", "2024-01-28", dossier="a"), arret("2024-03-01", "2024-03-28", dossier="b")]
    assert cles(calcule(proches, Nature.PAT)) == {"1": 56}
    dates = [
        arret(debut, fin, famille=Famille(naissance=d(debut)))
        for debut, fin in (("2024-01-01", "2024-01-28"), ("2024-03-01", "2024-03-28"))
    ]
    assert cles(calcule(dates, Nature.PAT)) == {"1": 56}


def test_conge_supplementaire_de_naissance() -> None:
    """Two months, each at its own rate; taken apart, the second month has the second rate; without a decree, the floor."""
    famille = Famille(naissance=d("2026-05-01"), taux=(Decimal("0.7"), Decimal("0.6")))
    deux = calcule([arret("2026-07-05", "2026-09-30", famille=famille)], Nature.NAI)
    assert lus(deux) == [
        [("2026-07-05", "2026-08-04", 31, "0.7"), ("2026-08-05", "2026-09-04", 31, "0.6"), ("2026-09-05", "2026-09-30", 26, "0")]
    ]
    separes = calcule([arret("2026-07-05", "2026-08-04", famille=famille), arret("2026-10-01", "2026-10-31", famille=famille)], Nature.NAI)
    assert cles(separes) == {"0.7": 31, "0.6": 31}
    assert cles(calcule([arret("2026-07-05", "2026-08-04")], Nature.NAI)) == {"0.5": 31}


@pytest.mark.parametrize("taux", [("0.6", "0.7"), ("0.7", "0.4"), ("1.1", "0.9"), ("0.7",)])
def test_des_taux_que_la_loi_refuse(taux: tuple[str, ...]) -> None:
    with pytest.raises(DonneeInvalide) as refus:
        calcule([arret("2026-07-05", "2026-08-04", famille=Famille(taux=tuple(map(Decimal, taux))))], Nature.NAI)
    assert "taux" in refus.value.champs


@pytest.mark.parametrize(("debut", "naissance"), [("2026-06-30", None), ("2026-07-05", "2025-12-31")])
def test_un_conge_de_naissance_avant_l_heure(debut: str, naissance: str | None) -> None:
    famille = Famille(naissance=d(naissance) if naissance else None)
    with pytest.raises(DonneeInvalide):
        calcule([arret(debut, "2026-08-04", famille=famille)], Nature.NAI)


@pytest.mark.parametrize(
    ("accouchement", "debut", "fin"),
    [
        (None, "2024-04-20", "2024-08-09"),
        ("2024-06-01", "2024-04-20", "2024-08-09"),
        ("2024-06-08", "2024-04-20", "2024-08-16"),
        ("2024-05-25", "2024-04-20", "2024-08-09"),
        ("2024-04-10", "2024-04-10", "2024-07-30"),
    ],
)
def test_periode_de_maternite(accouchement: str | None, debut: str, fin: str) -> None:
    """Six weeks before 1/6/2024 and ten after; a late birth adds its days, an early one moves none out of the sixteen weeks."""
    reel = d(accouchement) if accouchement else None
    assert periode_maternite(d("2024-06-01"), Famille(), accouchement=reel) == (d(debut), d(fin))
