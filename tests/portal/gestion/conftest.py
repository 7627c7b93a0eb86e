"""A small CDG and signed-in clients for the gestionnaires' door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests import factories as f


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    """These tests are about the door; tests/accounts and tests/portal/test_securite hold the identity to its promise."""
    settings.MFA_REQUIRED, settings.STEP_UP_MINUTES = False, 0


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


@pytest.fixture
def au_nom_de() -> Callable[[User], Client]:
    """A client signed in as somebody, without the sign-in page."""

    def client(user: User) -> Client:
        signed = Client()
        signed.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return signed

    return client
