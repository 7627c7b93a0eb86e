"""Daily allowances of the Sécurité sociale, estimated while the CPAM's own décompte is awaited: that décompte always wins (domain: §4.2).

Only agents of the régime général receive them. The figures below are those published for each date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from contracts.enums import Nature
from indemnities.calcul.modele import Montant

JOUR = dt.timedelta(days=1)
T = TypeVar("T")

SMIC_MENSUEL: tuple[tuple[dt.date, Decimal], ...] = (
    (dt.date(2021, 10, 1), Decimal("1589.47")),
    (dt.date(2022, 1, 1), Decimal("1603.12")),
    (dt.date(2022, 5, 1), Decimal("1645.58")),
    (dt.date(2022, 8, 1), Decimal("1678.95")),
    (dt.date(2023, 1, 1), Decimal("1709.28")),
    (dt.date(2023, 5, 1), Decimal("1747.20")),
    (dt.date(2024, 1, 1), Decimal("1766.92")),
    (dt.date(2024, 11, 1), Decimal("1801.80")),
    (dt.date(2026, 1, 1), Decimal("1823.03")),
)
"""Gross monthly SMIC in euros, from each date (decrees on the salaire minimum de croissance)."""

PASS_ANNUEL: dict[int, int] = {2021: 41_136, 2022: 41_136, 2023: 43_992, 2024: 46_368, 2025: 47_100, 2026: 48_060}
"""Plafond annuel de la Sécurité sociale in euros, by year (yearly arrêtés)."""

PLAFOND_SMIC: tuple[tuple[dt.date, Fraction], ...] = (
    (dt.date(2021, 1, 1), Fraction(18, 10)),
    (dt.date(2025, 4, 1), Fraction(14, 10)),
)
"""Multiple of the SMIC at which a monthly salary is cut (CSS R323-4; 1.4 from 1 April 2025, décret 2025-160)."""

CARENCE_MALADIE = 3
PALIER_AT = 28


class DonneesManquantes(ValueError):
    """No figure is known for that date: the estimate is not made, the CPAM's décompte is needed."""


def estimer(nature: str, debut: dt.date, fin: dt.date, salaires: Sequence[Decimal]) -> list[Montant]:
    """Estimated IJSS of an arrêt. `salaires`: gross months before it, the latest first (three for an illness, one for an accident).

    Raises DonneesManquantes when a salary or a published figure is missing.
    """
    if nature in (Nature.ATC, Nature.ATI):
        return _accident(debut, fin, salaires)
    if nature in (Nature.CMO, Nature.CGM):
        return _maladie(debut, fin, salaires)
    raise DonneesManquantes(f"Pas d’estimation des IJSS pour la nature « {nature} ».")


def _maladie(debut: dt.date, fin: dt.date, salaires: Sequence[Decimal]) -> list[Montant]:
    """Half of a 91.25th of three months, each cut at the cap, after three days (CSS L323-1, R323-1, R323-4, R323-5)."""
    if len(salaires) < 3:
        raise DonneesManquantes("Il faut les trois derniers salaires bruts.")
    veille = debut.replace(day=1) - JOUR
    plafond = _at(PLAFOND_SMIC, debut) * Fraction(_at(SMIC_MENSUEL, veille))
    jour = sum((min(Fraction(s), plafond) for s in salaires[:3]), Fraction(0)) / Fraction("91.25") / 2
    premier = debut + CARENCE_MALADIE * JOUR
    return [_montant(premier, fin, jour)] if premier <= fin else []


def _accident(debut: dt.date, fin: dt.date, salaires: Sequence[Decimal]) -> list[Montant]:
    """60 % of a 30.42th of the last month to the 28th day, 80 % from the 29th, cut at 0.834 % of the PASS (CSS R433-1 to R433-4)."""
    if not salaires:
        raise DonneesManquantes("Il faut le dernier salaire brut.")
    if debut.year not in PASS_ANNUEL:
        raise DonneesManquantes(f"Plafond de la Sécurité sociale inconnu pour {debut.year}.")
    gain = min(Fraction(salaires[0]) / Fraction("30.42"), PASS_ANNUEL[debut.year] * Fraction("0.00834"))
    palier = debut + PALIER_AT * JOUR
    montants = [_montant(debut, min(fin, palier - JOUR), gain * Fraction(6, 10))]
    if palier <= fin:
        montants.append(_montant(palier, fin, gain * Fraction(8, 10)))
    return montants


def _montant(debut: dt.date, fin: dt.date, par_jour: Fraction) -> Montant:
    """An allowance is paid by whole cents a day."""
    cents = int(par_jour * 100 + Fraction(1, 2))
    return Montant(debut, fin, Decimal(cents) * ((fin - debut).days + 1) / 100)


def _at(table: Sequence[tuple[dt.date, T]], le: dt.date) -> T:
    valeurs = [valeur for depuis, valeur in table if depuis <= le]
    if not valeurs:
        raise DonneesManquantes(f"Aucune valeur publiée n’est connue au {le:%d/%m/%Y}.")
    return valeurs[-1]
