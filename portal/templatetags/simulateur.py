"""Words of the simulator's answer, whose values are plain texts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django import template

from portal import presentation

register = template.Library()


@register.filter
def jour_iso(valeur: str) -> str:
    """« 2026-11-21 » as « 21/11/2026 »."""
    return presentation.jour(dt.date.fromisoformat(valeur))


@register.filter
def pourcent(fraction: str) -> str:
    """« 0.9 » as « 90 % »."""
    return f"{(Decimal(fraction) * 100).normalize():f}\u202f%".replace(".", ",")
