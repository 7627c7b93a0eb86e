"""Amounts of the demonstration that no engine reckons: what no day measures, and what the Sécurité sociale is said to have paid."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from cases.models import Arret, Sinistre
from contracts.enums import Nature
from indemnities.francais import euros

IJSS = Decimal("0.80")
"""What the Sécurité sociale pays of the gross pay of a maternity, about (CSS R331-5 caps the net pay at the plafond)."""


def sans_jour(sinistre: Sinistre, tib: Decimal) -> tuple[dt.date, Decimal, str]:
    """Its day, its amount in euros, where it comes from. `tib` is annual."""
    jour = sinistre.survenance
    if sinistre.nature == Nature.DC:
        return jour, _cents(tib), f"Capital décès : dernière rémunération annuelle, {euros(_cents(tib))}."
    return jour, _cents(tib / 250), "Honoraires et frais remboursés au coût réel, sur facture."


def ijss(arret: Arret, fin: dt.date, tib: Decimal) -> Decimal:
    """Euros that the CPAM is said to have paid for this arrêt up to `fin`; a temps partiel is paid for what is not worked."""
    jours = (fin - arret.debut).days + 1
    part = Decimal(100 - (arret.quotite or 0)) / 100
    return _cents(tib / 365 * jours * IJSS * part)


def _cents(montant: Decimal) -> Decimal:
    return montant.quantize(Decimal("0.01"), ROUND_HALF_UP)
