"""Arrêts sent late: who is warned, what may be halved."""

from __future__ import annotations

import pytest

from cases.errors import DonneeInvalide
from indemnities.droits.retards import Envoi, retards
from tests.indemnities.droits.histoires import d


def envoi(etabli: str, envoye: str, *, excuse: bool = False) -> Envoi:
    return Envoi(d(etabli), d(envoye), excuse)


def suites(*envois: Envoi) -> list[tuple[str, str, str]]:
    return [(retard.suite.value, str(retard.debut), str(retard.fin)) for retard in retards(envois)]


def test_un_avertissement_puis_une_reduction() -> None:
    """From establishment to the eve of the sending, whatever the order they are keyed in."""
    premier, second = envoi("2024-01-10", "2024-01-15"), envoi("2025-06-02", "2025-06-08")
    attendu = [("AVERTISSEMENT", "2024-01-10", "2024-01-14"), ("REDUCTION", "2025-06-02", "2025-06-07")]
    assert suites(premier, second) == suites(second, premier) == attendu


@pytest.mark.parametrize(("envoye", "retard"), [("2024-01-10", False), ("2024-01-12", False), ("2024-01-13", True)])
def test_quarante_huit_heures(envoye: str, retard: bool) -> None:
    assert bool(suites(envoi("2024-01-10", envoye))) is retard


@pytest.mark.parametrize(
    ("etabli", "envoye", "suite"), [("2026-01-09", "2026-01-20", "REDUCTION"), ("2026-01-10", "2026-01-20", "AVERTISSEMENT")]
)
def test_vingt_quatre_mois(etabli: str, envoye: str, suite: str) -> None:
    assert suites(envoi("2024-01-10", "2024-01-15"), envoi(etabli, envoye))[1][0] == suite


def test_l_avertissement_ouvre_les_vingt_quatre_mois_et_une_reduction_ne_les_prolonge_pas() -> None:
    trois = [envoi("2024-01-10", "2024-01-15"), envoi("2025-12-01", "2025-12-10"), envoi("2026-02-01", "2026-02-10")]
    assert [suite for suite, _, _ in suites(*trois)] == ["AVERTISSEMENT", "REDUCTION", "AVERTISSEMENT"]


def test_ce_qui_n_est_pas_un_retard() -> None:
    """Excused, or before the decree of 2014."""
    assert suites(envoi("2024-01-10", "2024-01-30", excuse=True), envoi("2014-10-05", "2014-10-20")) == []
    assert suites(envoi("2014-10-06", "2014-10-20")) != []


def test_envoye_avant_d_etre_etabli() -> None:
    with pytest.raises(DonneeInvalide):
        retards([envoi("2024-01-10", "2024-01-09")])
