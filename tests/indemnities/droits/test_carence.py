"""The jour de carence: when it exists, and who has none."""

from __future__ import annotations

from typing import Any

import pytest

from indemnities.droits.modele import Dispense
from tests.indemnities.droits.histoires import arret, calcule, cles, d, histoire


@pytest.mark.parametrize(
    ("debut", "carence"),
    [
        ("2011-12-31", False),
        ("2012-01-01", True),
        ("2013-12-31", True),
        ("2014-01-01", False),
        ("2017-12-31", False),
        ("2018-01-01", True),
        ("2020-03-23", True),
        ("2020-03-24", False),
        ("2020-07-10", False),
        ("2020-07-11", True),
        ("2026-11-02", True),
    ],
)
def test_quand_elle_existe(debut: str, carence: bool) -> None:
    droit = calcule([arret(debut, debut)]).droits[0]
    assert (droit.segments[0].motif.code == "CARENCE") is carence
    assert (droit.segments[0].fraction == 0) is carence


def test_le_premier_jour_seul_et_pas_les_prolongations() -> None:
    assert cles(calcule(histoire(("2023-01-02", "2023-01-08"), ("2023-01-09", "2023-01-15")))) == {"1": 13, "0": 1}
    assert cles(calcule(histoire(("2023-01-02", "2023-01-08"), ("2023-01-10", "2023-01-15")))) == {"1": 11, "0": 2}


def test_un_arret_commence_avant_la_loi_n_en_a_pas() -> None:
    assert cles(calcule(histoire(("2017-12-20", "2017-12-31"), ("2018-01-01", "2018-01-10")))) == {"1": 22}


def test_un_jour_de_carence_a_demi_traitement_compte_dans_les_270() -> None:
    deux = calcule(histoire(("2019-01-01", "2019-12-20"), ("2019-12-22", "2019-12-31")))
    assert [(s.motif.code, s.jours) for s in deux.droits[1].segments] == [("CARENCE", 1), ("CMO_DEMI", 5), ("CMO_EPUISE", 4)]
    assert cles(deux) == {"1": 89, "0.5": 264 + 5, "0": 1 + 1 + 4}


@pytest.mark.parametrize(("reprise", "jours"), [("2023-01-10", 0), ("2023-01-11", 0), ("2023-01-12", 1)])
def test_meme_cause_sous_48_heures(reprise: str, jours: int) -> None:
    """Back at work for one or two days: no second carence; for three, one. Nor without the same cause."""
    second = arret(reprise, "2023-01-20", dispense=Dispense.MEME_CAUSE)
    assert cles(calcule([arret("2023-01-02", "2023-01-08"), second]))["0"] == 1 + jours
    assert cles(calcule([arret("2023-01-02", "2023-01-08"), arret(reprise, "2023-01-20")]))["0"] == 2


def test_meme_cause_sans_arret_precedent() -> None:
    assert cles(calcule([arret("2023-01-02", "2023-01-08", dispense=Dispense.MEME_CAUSE)]))["0"] == 1


def test_une_ald_trois_ans() -> None:
    """The first leave has its carence; the others of that affection have none for three years; then again one."""
    jours = ("2020-09-01", "2021-02-01", "2023-08-31", "2023-09-01", "2024-01-05")
    arrets = [arret(jour, jour, dispense=Dispense.ALD, dossier="a") for jour in jours]
    codes = [droit.segments[0].motif.code == "CARENCE" for droit in calcule([*arrets[:2], *arrets[3:]]).droits]
    assert codes == [True, False, True, False]
    assert [droit.segments[0].motif.code == "CARENCE" for droit in calcule(arrets[:3]).droits] == [True, False, False]


def test_deux_ald_deux_carences() -> None:
    arrets = [arret(f"2023-0{mois}-02", f"2023-0{mois}-03", dispense=Dispense.ALD, dossier=str(mois % 2)) for mois in (1, 2, 3, 4)]
    assert cles(calcule(arrets))["0"] == 2


def test_deuil_d_un_enfant() -> None:
    """The first leave within thirteen weeks, and it alone."""
    champs: dict[str, Any] = {"dispense": Dispense.DEUIL_ENFANT, "deces_enfant": d("2023-01-01")}
    assert "0" not in cles(calcule([arret("2023-04-01", "2023-04-03", **champs)]))
    assert cles(calcule([arret("2023-04-02", "2023-04-03", **champs)]))["0"] == 1
    assert cles(calcule([arret("2023-02-01", "2023-02-03", **champs), arret("2023-03-01", "2023-03-03", **champs)]))["0"] == 1
    assert cles(calcule([arret("2022-12-31", "2023-01-03", **champs)]))["0"] == 1
    assert cles(calcule([arret("2023-02-01", "2023-02-03", dispense=Dispense.DEUIL_ENFANT)]))["0"] == 1


@pytest.mark.parametrize("dispense", [Dispense.GROSSESSE, Dispense.INTERRUPTION_GROSSESSE, Dispense.DEVOUEMENT])
def test_dispenses_sans_date(dispense: Dispense) -> None:
    assert "0" not in cles(calcule([arret("2023-01-02", "2023-01-08", dispense=dispense)]))
