"""The whole play, once for the module: planting, walking, breaking, gathering. The tests then read what was found."""

from __future__ import annotations

from typing import Any

import pytest

from tests import base
from tests.canari.jeu import Bilan, en_scene, jouer
from tests.canari.puits import Journaux
from tests.conftest import _as_bulle


@pytest.fixture(scope="module")
def bilan(test_database: base.TestDatabase, django_db_setup: None, django_db_blocker: Any) -> Bilan:
    """Real commits; the database is put back before any test reads the outcome."""
    journaux = Journaux()
    with django_db_blocker.unblock(), en_scene():
        try:
            with journaux.ecouter():
                return jouer(_as_bulle, journaux, test_database.dsn("admin"))
        finally:
            test_database.put_back()
