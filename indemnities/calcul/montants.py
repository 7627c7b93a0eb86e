"""Amounts of runs of days, found by the days they touch: their number must not slow a line down."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from indemnities.calcul.modele import Montant


class Montants:
    """An index of amounts by day. Those of one kind rarely share a day, but may."""

    def __init__(self, montants: Sequence[Montant]) -> None:
        self._tries = sorted(montants, key=lambda m: m.debut)
        self._debuts = [m.debut for m in self._tries]
        self._dernier = list(accumulate((m.fin for m in self._tries), max))

    def couvrant(self, debut: dt.date, fin: dt.date) -> list[Montant]:
        """Those whose days hold all of [debut, fin], the latest first."""
        place = bisect_right(self._debuts, debut) - 1
        trouves = []
        while place >= 0 and self._dernier[place] >= fin:
            if self._tries[place].fin >= fin:
                trouves.append(self._tries[place])
            place -= 1
        return trouves
