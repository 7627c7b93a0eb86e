"""Words of the simulator's answer, whose values are plain texts; its fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField

from portal import presentation
from portal.templatetags.vigie import champ

register = template.Library()

SORTS = {
    "CARENCE": "Carence",
    "FRANCHISE": "Franchise",
    "SANS_DROIT": "Sans traitement",
    "NON_COUVERT": "Non couvert",
    "INTERROMPU": "Interrompu",
    "REFUSE": "Refusé",
}


@register.filter
def periode(valeur: Mapping[str, str]) -> str:
    """« du 21/11/2026 au 30/11/2026 », or « le 21/11/2026 », of whatever has « debut » and « fin »."""
    debut, fin = (presentation.jour(dt.date.fromisoformat(valeur[nom])) for nom in ("debut", "fin"))
    return f"le {debut}" if debut == fin else f"du {debut} au {fin}"


@register.filter
def pourcent(fraction: str) -> str:
    """« 0.9 » as « 90 % »."""
    return f"{(Decimal(fraction) * 100).normalize():f}\u202f%".replace(".", ",")


@register.filter
def sort(ligne: Mapping[str, Any]) -> str:
    """What becomes of the days of a line, in a word or as a share of the pay."""
    return SORTS.get(ligne["sort"]) or pourcent(ligne["fraction"])


@register.inclusion_tag("portal/_champ_bref.html")
def champ_bref(field: BoundField) -> dict[str, Any]:
    """A field of a row: « Arrêt 2, premier jour » shows « Premier jour », and says the whole to a screen reader."""
    de, virgule, libelle = str(field.label).partition(", ")
    if not virgule:
        return champ(field) | {"de": "", "libelle": de}
    return champ(field) | {"de": de, "libelle": libelle[0].upper() + libelle[1:]}
