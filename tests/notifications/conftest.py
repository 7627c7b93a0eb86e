"""A small CDG whose events are committed for real, since a consumer reads what others have committed."""

from __future__ import annotations

import pytest

from accounts.models import Organisme
from tests import factories
from tests.factories import Monde


@pytest.fixture
def m(vraie_base: None) -> Monde:
    monde = factories.monde()
    Organisme.objects.create(genre="CDG", nom="CDG d’essai", siret=factories.siret())
    return monde
