"""A clock that travels, so that the services write two years of history in a minute. In demonstration only.

Services ask `django.utils.timezone.now` for the instant, and models hold it as the default of their fields; both are replaced for the
length of the load, in this process alone. The journal loses nothing of its promise: each entry is written once, and never touched again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.db.models import Field
from django.utils import timezone

real_now = timezone.now


class Horloge:
    """The instant that the services see: it only moves forward."""

    def __init__(self, depart: dt.datetime) -> None:
        self.instant = depart

    def now(self) -> dt.datetime:
        return self.instant

    def aller_a(self, instant: dt.datetime) -> None:
        if instant < self.instant:
            raise ValueError("The clock of a history does not go back.")
        self.instant = instant


@contextmanager
def voyage(horloge: Horloge) -> Iterator[Horloge]:
    """Let every service of this process see the time of `horloge`. Raises RuntimeError outside demonstration and tests."""
    if not settings.DEMO or settings.PRODUCTION:
        raise RuntimeError("Time travels in demonstration only.")
    champs = [champ for champ in _fields() if champ.default is real_now]
    timezone.now = horloge.now
    for champ in champs:
        _set_default(champ, horloge.now)
    try:
        yield horloge
    finally:
        timezone.now = real_now
        for champ in champs:
            _set_default(champ, real_now)


def _fields() -> Iterator[Field]:
    for modele in apps.get_models():
        yield from (champ for champ in modele._meta.local_fields)


def _set_default(champ: Field, valeur: object) -> None:
    champ.default = valeur
    champ.__dict__.pop("_get_default", None)  # Field keeps the callable it found first
