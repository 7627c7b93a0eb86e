"""Capital décès: amounts, shares, payments; and the allocation d'invalidité temporaire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.errors import DonneeInvalide
from indemnities.droits.deces import Beneficiaire, Capital, Cause, Conjoint, Defunt, Enfant, Lien, capital
from indemnities.droits.invalidite import allocation, periodes
from indemnities.droits.modele import Regime, Statut
from tests.indemnities.droits.histoires import d

DECES = d("2021-06-15")
EPOUX = Conjoint(Lien.MARIAGE, d("2010-01-01"))
MINEUR, ETUDIANT, MAJEUR = Enfant(d("2012-01-01")), Enfant(d("2000-06-16")), Enfant(d("2000-06-15"))


def defunt(**champs: Any) -> Defunt:
    valeurs: dict[str, Any] = {"deces": DECES, "remuneration": Decimal("30000.00")} | champs
    return Defunt(**valeurs)


def parts(resultat: Capital) -> list[tuple[str, int, str, str]]:
    return [(part.qui.value, part.rang, str(part.capital), str(part.majoration)) for part in resultat.parts]


def test_un_tiers_au_conjoint_deux_tiers_aux_enfants() -> None:
    """And 833,36 € for each child in 2021. A child of 21 that day has nothing; one who will be tomorrow has his share."""
    resultat = capital(defunt(), conjoint=EPOUX, enfants=[MINEUR, MAJEUR, ETUDIANT])
    assert (resultat.montant, resultat.motif.code, resultat.echeances) == (Decimal("30000.00"), "DC_ENTIER", (DECES,))
    assert parts(resultat) == [
        ("CONJOINT", 0, "10000.00", "0.00"),
        ("ENFANT", 0, "10000.00", "833.36"),
        ("ENFANT", 2, "10000.00", "833.36"),
    ]


def test_tout_a_un_groupe_si_l_autre_manque() -> None:
    assert parts(capital(defunt(), conjoint=EPOUX, enfants=[MAJEUR])) == [("CONJOINT", 0, "30000.00", "0.00")]
    assert parts(capital(defunt(), enfants=[MINEUR, ETUDIANT])) == [
        ("ENFANT", 0, "15000.00", "833.36"),
        ("ENFANT", 1, "15000.00", "833.36"),
    ]
    assert parts(capital(defunt(), ascendants=2)) == [("ASCENDANT", 0, "15000.00", "0.00"), ("ASCENDANT", 1, "15000.00", "0.00")]
    assert parts(capital(defunt(), conjoint=EPOUX, ascendants=2)) == [("CONJOINT", 0, "30000.00", "0.00")]
    assert parts(capital(defunt())) == []


@pytest.mark.parametrize(
    ("conjoint", "servi"),
    [
        (EPOUX, True),
        (Conjoint(Lien.MARIAGE, DECES), True),
        (Conjoint(Lien.MARIAGE, d("2010-01-01"), separe=True), False),
        (Conjoint(Lien.PACS, d("2019-06-15")), True),
        (Conjoint(Lien.PACS, d("2019-06-16")), False),
        (Conjoint(Lien.PACS, d("2010-01-01"), separe=True), False),
    ],
)
def test_quel_conjoint(conjoint: Conjoint, servi: bool) -> None:
    """Not separated; a PACS of two years at least."""
    assert [part.qui for part in capital(defunt(), conjoint=conjoint, ascendants=1).parts] == [
        Beneficiaire.CONJOINT if servi else Beneficiaire.ASCENDANT
    ]


def test_quels_enfants() -> None:
    """Infirm at any age; never one taxed on his own assets; one yet to be born has the majoration alone."""
    infirme, impose, a_naitre = Enfant(d("1980-01-01"), infirme=True), Enfant(d("2015-01-01"), impose=True), Enfant(d("2022-04-11"))
    assert parts(capital(defunt(), enfants=[infirme, impose, a_naitre, Enfant(d("2022-04-12"))])) == [
        ("ENFANT", 0, "30000.00", "833.36"),
        ("ENFANT", 2, "0.00", "833.36"),
    ]


def test_age_legal_atteint() -> None:
    """A quarter, and no majoration. Not where the death is due to service."""
    resultat = capital(defunt(age_legal=True), enfants=[MINEUR])
    assert (str(resultat.montant), resultat.motif.code, parts(resultat)) == ("7500.00", "DC_QUART", [("ENFANT", 0, "7500.00", "0.00")])
    service = capital(defunt(age_legal=True, cause=Cause.SERVICE), enfants=[MINEUR])
    assert (str(service.montant), service.motif.code, parts(service)) == ("30000.00", "DC_SERVICE", [("ENFANT", 0, "30000.00", "833.36")])


def test_devouement_trois_annees_de_suite() -> None:
    resultat = capital(defunt(deces=d("2024-02-29"), cause=Cause.DEVOUEMENT), conjoint=EPOUX)
    assert [str(jour) for jour in resultat.echeances] == ["2024-02-29", "2025-02-28", "2026-02-28"]
    assert parts(resultat) == [("CONJOINT", 0, "30000.00", "0.00")]


@pytest.mark.parametrize(
    ("jour", "majoration"), [("2022-06-30", "833.36"), ("2022-07-01", "862.53"), ("2023-07-01", "875.47"), ("2024-01-01", "884.33")]
)
def test_majoration_indexee(jour: str, majoration: str) -> None:
    assert str(capital(defunt(deces=d(jour)), enfants=[MINEUR]).parts[0].majoration) == majoration


def test_forfait_avant_2021() -> None:
    avant = defunt(deces=d("2020-12-31"))
    assert str(capital(avant).montant) == "13888.00"
    reduit = capital(defunt(deces=d("2020-12-31"), age_legal=True), enfants=[Enfant(d("2012-01-01"))])
    assert (str(reduit.montant), parts(reduit)) == ("3472.00", [("ENFANT", 0, "3472.00", "0.00")])
    assert capital(defunt(deces=d("2021-01-01"))).montant == Decimal("30000.00")
    assert str(capital(defunt(deces=d("2020-04-01"))).montant) == "13888.00"
    with pytest.raises(DonneeInvalide):
        capital(defunt(deces=d("2020-03-31")))


@pytest.mark.parametrize(("cpam", "montant"), [("3681.00", "26319.00"), ("9000.00", "22500.00")])
def test_ircantec_jamais_assure(cpam: str, montant: str) -> None:
    """Twelve months less the régime général's capital, 75 % at least; paid by CPAM and Ircantec, never by the contract."""
    resultat = capital(defunt(regime=Regime.IRCANTEC, capital_cpam=Decimal(cpam)), enfants=[MINEUR])
    assert (str(resultat.montant), resultat.assurable, str(resultat.parts[0].majoration)) == (montant, False, "0.00")
    assert capital(defunt()).assurable


@pytest.mark.parametrize("champs", [{"remuneration": Decimal(-1)}, {"capital_cpam": Decimal(-1)}, {"statut": Statut.CONTRACTUEL}])
def test_refus(champs: dict[str, Any]) -> None:
    with pytest.raises(DonneeInvalide):
        capital(defunt(**champs))


@settings(deadline=None)
@given(st.integers(0, 20_000_000), st.integers(0, 7), st.booleans(), st.integers(0, 3), st.booleans())
def test_les_parts_font_toujours_le_capital(cents: int, enfants: int, epoux: bool, ascendants: int, age_legal: bool) -> None:
    """To the cent, equal within a cent among one group."""
    resultat = capital(
        defunt(remuneration=Decimal(cents).scaleb(-2), age_legal=age_legal),
        conjoint=EPOUX if epoux else None,
        enfants=[MINEUR] * enfants,
        ascendants=ascendants,
    )
    if resultat.parts:
        assert sum(part.capital for part in resultat.parts) == resultat.montant
    else:
        assert not (enfants or epoux or ascendants)
    des_enfants = [part.capital for part in resultat.parts if part.qui is Beneficiaire.ENFANT]
    assert not des_enfants or max(des_enfants) - min(des_enfants) <= Decimal("0.01")


@pytest.mark.parametrize(
    ("groupe", "remuneration", "montant"),
    [(1, "2000.00", "600.00"), (2, "2000.00", "1000.00"), (3, "2000.00", "1400.00"), (2, "5000.00", "1962.50"), (3, "5000.00", "2747.50")],
)
def test_allocation_d_invalidite_temporaire(groupe: int, remuneration: str, montant: str) -> None:
    """30 or 50 % of traitement and primes, half of the plafond (3 925 €) at most; 40 % more for somebody at his side."""
    assert str(allocation(groupe, Decimal(remuneration), Decimal("3925.00"))) == montant


@pytest.mark.parametrize(("groupe", "remuneration", "plafond"), [(0, "1", "1"), (4, "1", "1"), (1, "-1", "1"), (1, "1", "0")])
def test_allocation_refusee(groupe: int, remuneration: str, plafond: str) -> None:
    with pytest.raises(DonneeInvalide):
        allocation(groupe, Decimal(remuneration), Decimal(plafond))


def test_six_mois_a_la_fois() -> None:
    assert periodes(d("2024-08-31"), d("2025-10-15")) == [
        (d("2024-08-31"), d("2025-02-27")),
        (d("2025-02-28"), d("2025-08-30")),
        (d("2025-08-31"), d("2025-10-15")),
    ]
    assert periodes(d("2024-01-01"), d("2024-06-30")) == [(d("2024-01-01"), d("2024-06-30"))]
