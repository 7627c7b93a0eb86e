"""A small CDG for the tests of cases."""

from __future__ import annotations

import pytest

from tests import factories as f


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()
