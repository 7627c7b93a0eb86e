"""Numbers and amounts as a French reader writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

NBSP, THIN = "\u00a0", "\u202f"


def nombre(valeur: int | Decimal, decimales: int = 0) -> str:
    """1234.5 → « 1 234,50 » with narrow no-break spaces."""
    arrondi = Decimal(valeur).quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP)
    return f"{arrondi:,.{decimales}f}".replace(",", THIN).replace(".", ",").replace("-", "\u2212")


def euros(valeur: int | Decimal | str) -> str:
    """« 1 234,56 € »."""
    return f"{nombre(Decimal(valeur), 2)}{NBSP}€"
