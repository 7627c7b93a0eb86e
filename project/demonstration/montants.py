"""Amounts of the demonstration that no engine reckons: care, who is left after a death, what the Sécurité sociale is said to have paid."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from cases.models import Arret
from indemnities.droits.deces import Conjoint, Enfant, Lien
from indemnities.services.capital import FaitsDeces

IJSS = Decimal("0.80")
"""What the Sécurité sociale pays of the gross pay of a maternity, about (CSS R331-5 caps the net pay at the plafond)."""


def soins(tib: Decimal) -> Decimal:
    """Euros of the care of a dossier, about a day's pay. `tib` is annual."""
    return _cents(tib / 250)


def ayants_droit(deces: dt.date) -> FaitsDeces:
    """A spouse and one child of school age: what most families are left with."""
    return FaitsDeces(
        age_legal=False,
        conjoint=Conjoint(Lien.MARIAGE, deces - dt.timedelta(days=365 * 12)),
        enfants=(Enfant(deces - dt.timedelta(days=365 * 11)),),
    )


def ijss(arret: Arret, fin: dt.date, tib: Decimal) -> Decimal:
    """Euros that the CPAM is said to have paid for this arrêt up to `fin`; a temps partiel is paid for what is not worked."""
    jours = (fin - arret.debut).days + 1
    part = Decimal(100 - (arret.quotite or 0)) / 100
    return _cents(tib / 365 * jours * IJSS * part)


def _cents(montant: Decimal) -> Decimal:
    return montant.quantize(Decimal("0.01"), ROUND_HALF_UP)
