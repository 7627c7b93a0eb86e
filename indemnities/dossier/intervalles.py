"""Runs of whole days, both ends included. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise

Intervalle = tuple[dt.date, dt.date]
JOUR = dt.timedelta(days=1)


def without(intervalle: Intervalle, removed: Iterable[Intervalle]) -> list[Intervalle]:
    """What is left of `intervalle` once the days of `removed` (in any order, overlaps allowed) are taken out; in order."""
    debut, fin = intervalle
    left: list[Intervalle] = []
    for premier, dernier in sorted(removed):
        if dernier < debut or premier > fin:
            continue
        if premier > debut:
            left.append((debut, premier - JOUR))
        debut = max(debut, dernier + JOUR)
        if debut > fin:
            break
    if debut <= fin:
        left.append((debut, fin))
    return left


def overlap(a: Intervalle, b: Intervalle) -> bool:
    """Whether two runs share a day."""
    return a[0] <= b[1] and b[0] <= a[1]


def elementary(intervalles: Iterable[Intervalle]) -> Iterator[Intervalle]:
    """The runs of days between which nothing begins or ends, holes included, in order."""
    bounds = sorted({bound for debut, fin in intervalles for bound in (debut, fin + JOUR)})
    for debut, suivant in pairwise(bounds):
        yield debut, suivant - JOUR
