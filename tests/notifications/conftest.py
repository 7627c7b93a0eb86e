"""What tests of e-mails begin with: a small CDG, a real SMTP server, a Monday at work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from accounts.models import Organisme
from tests import factories
from tests.factories import Monde
from tests.notifications.horloges import MONDAY
from tests.notifications.serveur_smtp import Server, point_at, served


@pytest.fixture
def m(vraie_base: None) -> Monde:
    """Its events are committed for real, since a consumer reads what others have committed."""
    monde = factories.monde()
    Organisme.objects.create(genre="CDG", nom="CDG d’essai", siret=factories.siret())
    return monde


@pytest.fixture
def smtp(settings: Any) -> Iterator[Server]:
    server = Server()
    with served(server) as port:
        point_at(settings, port)
        yield server


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as travelled:
        yield travelled
