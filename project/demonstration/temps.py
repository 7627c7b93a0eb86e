"""The simulation's time: lives of dossiers that take turns, in the order of their dates, with the house's own regular work between."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterator
from itertools import count
from random import Random

from django.utils import timezone

from project.demonstration.voyage import Horloge

Vie = Iterator[float]
"""A life: does something, yields how many days it waits before going on."""

OPENING, CLOSING = 8 * 60 + 15, 17 * 60 + 40
"""Minutes of the day between which people act."""


class Agenda:
    """Runs lives in date order until `limite`, and `chaque_jour` before the first act of each day."""

    def __init__(self, horloge: Horloge, limite: dt.datetime, rng: Random, chaque_jour: Callable[[dt.date], None]) -> None:
        self.horloge = horloge
        self.limite = limite
        self.rng = rng
        self.chaque_jour = chaque_jour
        self._rang = count()
        self._file: list[tuple[dt.datetime, int, Vie]] = []

    def inscrire(self, vie: Vie, debut: dt.datetime) -> None:
        heapq.heappush(self._file, (min(debut, self.limite), next(self._rang), vie))

    def derouler(self) -> None:
        """Run every life to its end. One that would go past the limit hurries: what it was meant to reach, it reaches."""
        jour = None
        while self._file:
            instant, _, vie = heapq.heappop(self._file)
            while jour is None or jour < timezone.localdate(instant):
                jour = timezone.localdate(instant) if jour is None else jour + dt.timedelta(days=1)
                self._open_day(jour)
            self.horloge.aller_a(max(instant, self.horloge.instant))
            attente = next(vie, None)
            if attente is not None:
                self.inscrire(vie, self._next(attente))
        while jour is not None and jour < timezone.localdate(self.limite):
            jour += dt.timedelta(days=1)
            self._open_day(jour)
        self.horloge.aller_a(max(self.limite, self.horloge.instant))

    def _open_day(self, jour: dt.date) -> None:
        matin = timezone.make_aware(dt.datetime.combine(jour, dt.time(6, 0)))
        if self.horloge.instant < matin <= self.limite:
            self.horloge.aller_a(matin)
            self.chaque_jour(jour)

    def _next(self, jours: float) -> dt.datetime:
        """An instant of office hours about `jours` later; when that is past the limit, somewhere in what is left."""
        voulu = self.a_heure_ouvree(timezone.localdate(self.horloge.instant) + dt.timedelta(days=round(jours)))
        if voulu <= self.horloge.instant:
            voulu = self.horloge.instant + dt.timedelta(minutes=self.rng.randint(2, 25))
        if voulu >= self.limite:
            reste = (self.limite - self.horloge.instant) / 2
            voulu = self.horloge.instant + reste * self.rng.random()
        return voulu

    def a_heure_ouvree(self, jour: dt.date) -> dt.datetime:
        """A minute of office hours of that day, or of the next Monday."""
        while jour.weekday() > 4:
            jour += dt.timedelta(days=1)
        minute = self.rng.randint(OPENING, CLOSING)
        heure = dt.time(minute // 60, minute % 60, self.rng.randint(0, 59))
        return timezone.make_aware(dt.datetime.combine(jour, heure))
