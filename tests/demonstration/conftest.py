"""A small demonstration, loaded once for the tests that only read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import override_settings

from project.demonstration.taille import Taille

PETITE = Taille(collectivites=8, agents_cnracl=130, agents_ircantec=40, dossiers=70, fichiers=9, courriers=5)
MINUSCULE = Taille(collectivites=4, agents_cnracl=70, agents_ircantec=30, dossiers=1, fichiers=0, courriers=1)
REFERENCE = dt.datetime(2026, 11, 19, 15, 0, tzinfo=dt.UTC)


@pytest.fixture
def en_demonstration() -> Iterator[None]:
    with override_settings(DEMO=True):
        yield
