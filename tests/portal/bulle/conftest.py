"""A small CDG with one dossier in each collectivité, and signed-in clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User

AuNomDe = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    """These tests are about the door; tests/accounts holds the second factor to its promise."""
    settings.MFA_REQUIRED = False


@pytest.fixture
def au_nom_de() -> AuNomDe:
    """A client signed in as somebody (nobody for None), without the sign-in page."""

    def client(user: User | None) -> Client:
        signed = Client(HTTP_HOST="localhost")
        if user is not None:
            signed.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return signed

    return client
