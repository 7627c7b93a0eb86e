"""Signed-in clients at the bulle's address."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.portal.conftest import AuNomDe


@pytest.fixture
def au_nom_de() -> AuNomDe:
    """A client signed in as somebody (nobody for None), without the sign-in page."""

    def client(user: User | None) -> Client:
        signed = Client(HTTP_HOST="localhost")
        if user is not None:
            signed.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return signed

    return client
