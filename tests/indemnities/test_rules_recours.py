"""The rules of a recours: who gets each cent, what is proposed, when the right to act ends. Against naive versions, and by property."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.enums import GenreFranchise, Nature, RepartitionRecours
from indemnities.enums import BeneficiaireRecours, MandatRecours, PosteRecours
from indemnities.rules_recours import Cle, Connu, chiffrer, lignes_de, prescription, prochaine_alerte, repartir

A, C = BeneficiaireRecours.ASSUREUR.value, BeneficiaireRecours.COLLECTIVITE.value
TRAITEMENTS, CHARGES = PosteRecours.TRAITEMENTS.value, PosteRecours.CHARGES_PATRONALES.value
FRANCHISE, FRAIS = PosteRecours.FRANCHISE.value, PosteRecours.FRAIS_MEDICAUX.value
LIGNES: list[Cle] = [(poste.value, b.value) for poste in PosteRecours for b in BeneficiaireRecours]


def euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


dues = st.dictionaries(st.sampled_from(LIGNES), st.integers(1, 500_000).map(euros), min_size=1, max_size=8)
montants = st.integers(0, 2_000_000).map(euros)
modes = st.sampled_from(RepartitionRecours.values)


def naive(cents: int, dus: dict[Cle, Decimal], deja: dict[Cle, Decimal]) -> dict[Cle, Decimal]:
    """Cent after cent, to the line whose next cent comes first."""
    eus = {cle: int(deja.get(cle, Decimal(0)) * 100) for cle in dus}
    avant = dict(eus)
    for _ in range(cents):
        suivante = min(dus, key=lambda cle: (Fraction(2 * eus[cle] + 1, 2 * int(dus[cle] * 100)), cle))
        eus[suivante] += 1
    return {cle: euros(eus[cle] - avant[cle]) for cle in dus if eus[cle] != avant[cle]}


@given(dues, montants, modes)
def test_parts_add_up_to_the_cent_and_none_exceeds_its_due_before_all_are_served(
    dus: dict[Cle, Decimal], montant: Decimal, mode: str
) -> None:
    parts = repartir(montant, dus=dus, deja={}, mode=mode)
    assert sum(parts.values(), Decimal(0)) == montant
    assert all(part > 0 for part in parts.values())
    if montant <= sum(dus.values()):
        assert all(part <= dus[cle] for cle, part in parts.items())
    else:
        assert all(parts.get(cle, Decimal(0)) >= du for cle, du in dus.items())


@given(dues, montants, st.integers(1, 5000).map(euros), modes)
def test_more_money_never_gives_anybody_less(dus: dict[Cle, Decimal], montant: Decimal, plus: Decimal, mode: str) -> None:
    avec, sans = repartir(montant + plus, dus=dus, deja={}, mode=mode), repartir(montant, dus=dus, deja={}, mode=mode)
    assert all(avec.get(cle, Decimal(0)) >= part for cle, part in sans.items())


@given(dues, st.lists(st.integers(0, 300_000).map(euros), max_size=5), modes)
def test_several_payments_give_what_one_would(dus: dict[Cle, Decimal], payes: list[Decimal], mode: str) -> None:
    eus: dict[Cle, Decimal] = {}
    for paye in payes:
        for cle, part in repartir(paye, dus=dus, deja=eus, mode=mode).items():
            eus[cle] = eus.get(cle, Decimal(0)) + part
    assert eus == repartir(sum(payes, Decimal(0)), dus=dus, deja={}, mode=mode)


@given(dues, montants, modes, st.randoms())
def test_the_order_of_the_postes_does_not_matter(dus: dict[Cle, Decimal], montant: Decimal, mode: str, rng: Any) -> None:
    melange = list(dus.items())
    rng.shuffle(melange)
    assert repartir(montant, dus=dict(melange), deja={}, mode=mode) == repartir(montant, dus=dus, deja={}, mode=mode)


@given(
    st.dictionaries(st.sampled_from(LIGNES), st.integers(1, 300).map(euros), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from(LIGNES), st.integers(0, 300).map(euros), max_size=6),
    st.integers(0, 900),
)
def test_pro_rata_is_cent_after_cent_to_the_one_furthest_behind(dus: dict[Cle, Decimal], deja: dict[Cle, Decimal], cents: int) -> None:
    total = sum(dus.values()) - sum(min(deja.get(cle, Decimal(0)), du) for cle, du in dus.items())
    if euros(cents) <= total:
        assert repartir(euros(cents), dus=dus, deja=deja, mode=RepartitionRecours.PRORATA) == naive(cents, dus, deja)


def test_pro_rata_and_priorities_by_hand() -> None:
    dus = {(TRAITEMENTS, A): Decimal("600.00"), (TRAITEMENTS, C): Decimal("300.00"), (FRANCHISE, C): Decimal("100.00")}
    assert repartir(Decimal("500.00"), dus=dus, deja={}, mode=RepartitionRecours.PRORATA) == {
        (TRAITEMENTS, A): Decimal("300.00"),
        (TRAITEMENTS, C): Decimal("150.00"),
        (FRANCHISE, C): Decimal("50.00"),
    }
    assert repartir(Decimal("500.00"), dus=dus, deja={}, mode=RepartitionRecours.ASSUREUR) == {(TRAITEMENTS, A): Decimal("500.00")}
    first = repartir(Decimal("500.00"), dus=dus, deja={}, mode=RepartitionRecours.COLLECTIVITE)
    assert first == {(TRAITEMENTS, C): Decimal("300.00"), (FRANCHISE, C): Decimal("100.00"), (TRAITEMENTS, A): Decimal("100.00")}
    beyond = repartir(Decimal("1100.00"), dus=dus, deja={}, mode=RepartitionRecours.ASSUREUR)
    assert beyond == {(TRAITEMENTS, A): Decimal("660.00"), (TRAITEMENTS, C): Decimal("330.00"), (FRANCHISE, C): Decimal("110.00")}
    # A poste paid by itself waits until the others have caught up.
    assert repartir(Decimal("30.00"), dus=dus, deja={(FRANCHISE, C): Decimal("100.00")}, mode=RepartitionRecours.PRORATA) == {
        (TRAITEMENTS, A): Decimal("20.00"),
        (TRAITEMENTS, C): Decimal("10.00"),
    }


def test_nothing_is_split_without_dues() -> None:
    with pytest.raises(ValueError, match="dues"):
        repartir(Decimal("1.00"), dus={}, deja={}, mode=RepartitionRecours.PRORATA)
    with pytest.raises(ValueError, match="cent"):
        repartir(Decimal("1.001"), dus={(FRAIS, A): Decimal(5)}, deja={}, mode=RepartitionRecours.PRORATA)


def test_what_is_claimed_for_a_leave_and_for_a_death() -> None:
    assert (FRANCHISE, A) not in lignes_de(Nature.AS, MandatRecours.COMMUN)
    assert {b for _, b in lignes_de(Nature.AS, MandatRecours.COLLECTIVITE)} == {C}
    assert {p for p, _ in lignes_de(Nature.DC, MandatRecours.COMMUN)} == {"CAPITAL_DECES", "FRAIS_FUNERAIRES", "FRAIS_MEDICAUX"}
    assert len(lignes_de(Nature.AS, MandatRecours.COMMUN)) == 7


def test_the_employer_claims_what_the_contract_left_to_him() -> None:
    """Level 80 %, ten days of franchise of a maladie ordinaire at 90 %, forfait of charges 40 %, SFT not insured. By hand."""
    connu = Connu(
        nature=Nature.CMO, indemnites=Decimal("1120.00"), niveau=Decimal("0.80"), genre_franchise=GenreFranchise.PAR_ARRET_MO,
        franchise_jours=10, jours=31, debut=dt.date(2026, 3, 2), diviseur=360, assure=Decimal(24000), charges=Decimal(9600),
        non_assure=Decimal(720),
    )  # fmt: skip
    montants = {cle: p.montant for cle, p in chiffrer(connu).items()}
    assert montants == {
        (TRAITEMENTS, A): Decimal("800.00"),  # 1 120 × 24 000 / 33 600
        (CHARGES, A): Decimal("320.00"),
        (CHARGES, C): Decimal("80.00"),  # 280 above the level × 9 600 / 33 600
        (FRANCHISE, C): Decimal("756.00"),  # 33 600 / 360 × 9 days (the carence is nobody's) × 0.90
        (TRAITEMENTS, C): Decimal("260.00"),  # 200 above the level, and 720 / 360 × 30 days
    }


@pytest.mark.parametrize(
    ("genre", "nature", "jours", "attendus"),
    [
        (GenreFranchise.PAR_ARRET_MO, Nature.AS, 40, 0),
        (GenreFranchise.PAR_ARRET_TOUTES_IJ, Nature.AS, 40, 10),
        (GenreFranchise.PAR_ARRET_TOUTES_IJ, Nature.AS, 4, 4),
        (GenreFranchise.CUMULEE, Nature.CMO, 40, 0),
    ],
)
def test_the_franchise_that_is_proposed(genre: str, nature: str, jours: int, attendus: int) -> None:
    connu = Connu(nature=nature, genre_franchise=genre, franchise_jours=10, jours=jours, diviseur=365, assure=Decimal(36500))
    franchise = chiffrer(connu).get((FRANCHISE, C))
    assert (franchise.montant if franchise else 0) == attendus * 100


def test_a_death_claims_its_capital_and_an_unknown_pay_proposes_what_was_paid() -> None:
    assert {k: p.montant for k, p in chiffrer(Connu(nature=Nature.DC, autres=Decimal(14000))).items()} == {
        ("CAPITAL_DECES", A): Decimal("14000.00")
    }
    seul = chiffrer(Connu(nature=Nature.AS, indemnites=Decimal(100), autres=Decimal(50), jours=3))
    assert {k: p.montant for k, p in seul.items()} == {(FRAIS, A): Decimal("50.00"), (TRAITEMENTS, A): Decimal("100.00")}


SURVENANCE = dt.date(2026, 5, 12)


def fin(consolidation: dt.date | None = None, *, nature: str = Nature.AS, quadriennale: bool = False, reclame_le: Any = None) -> Any:
    return prescription(
        nature=nature, survenance=SURVENANCE, consolidation=consolidation, quadriennale=quadriennale, reclame_le=reclame_le
    ).fin


def test_ten_years_from_the_consolidation_four_against_a_public_person() -> None:
    assert fin() is None
    assert fin(dt.date(2028, 2, 29)) == dt.date(2038, 2, 28)
    assert fin(nature=Nature.DC) == dt.date(2036, 5, 12)
    assert fin(dt.date(2028, 2, 29), reclame_le=dt.date(2029, 1, 1)) == dt.date(2038, 2, 28)  # an amicable claim interrupts nothing
    assert fin(quadriennale=True) == dt.date(2030, 12, 31)
    assert fin(quadriennale=True, reclame_le=dt.date(2028, 3, 1)) == dt.date(2032, 12, 31)
    assert fin(quadriennale=True, reclame_le=dt.date(2031, 1, 1)) == dt.date(2030, 12, 31)  # too late to interrupt


def test_one_is_warned_two_years_one_year_three_months_before_and_on_the_day() -> None:
    terme, vue, warned = dt.date(2036, 5, 12), None, []
    while (jour := prochaine_alerte(fin=terme, survenance=SURVENANCE, vue_le=vue)) is not None:
        warned.append(jour)
        vue = jour
    assert warned == [dt.date(2034, 5, 12), dt.date(2035, 5, 12), dt.date(2036, 2, 12), terme]
    # Warnings that have gone by are one, and seeing it sees them all.
    assert prochaine_alerte(fin=terme, survenance=SURVENANCE, vue_le=dt.date(2035, 6, 1)) == dt.date(2036, 2, 12)


def test_without_a_consolidation_it_is_asked_for_each_year() -> None:
    assert prochaine_alerte(fin=None, survenance=SURVENANCE, vue_le=None) == dt.date(2027, 5, 12)
    assert prochaine_alerte(fin=None, survenance=SURVENANCE, vue_le=dt.date(2028, 1, 1)) == dt.date(2028, 5, 12)
