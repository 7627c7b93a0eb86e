"""People signed in without the sign-in page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User

AuNomDe = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    """These tests are about the pages; tests/accounts holds the second factor to its promise."""
    settings.MFA_REQUIRED = False


def entrer(user: User | None) -> Client:
    """A client signed in as somebody (nobody for None)."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def au_nom_de() -> AuNomDe:
    return entrer
