"""A small CDG, and a caller of the API for any of its people."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import JetonApi, User
from accounts.selectors import token_digest
from tests import factories as f


class Caller:
    """Sends JSON with a token, as a programme would. `path` starts after /api/v1/."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, None, None, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, None, **headers)

    def send(self, method: str, path: str, body: Any = None, raw: bytes | None = None, **headers: str) -> Any:
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = sent.pop("Content-Type", "application/json")
        if self.secret:
            sent["Authorization"] = f"Token {self.secret}"
        address = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
        return self.client.generic(method, address, data, content_type=content_type, headers=sent)


def token_of(user: User) -> str:
    secret = f"vigie_essai_{user.pk:020d}"
    JetonApi.objects.get_or_create(
        empreinte=token_digest(secret), defaults={"user": user, "libelle": "essai", "expire_le": timezone.now() + dt.timedelta(days=1)}
    )
    return secret


@pytest.fixture(autouse=True)
def _no_step_up(settings: Any) -> None:
    """These tests are about the operations; test_confirmation holds acts on money to their promise."""
    settings.STEP_UP_MINUTES = 0


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


@pytest.fixture
def par(db: None) -> Callable[[User], Caller]:
    """One caller for each person: his token is not asked for, nor the middlewares loaded, at each request."""
    known: dict[int, Caller] = {}

    def caller(user: User) -> Caller:
        if user.pk not in known:
            known[user.pk] = Caller(token_of(user))
        return known[user.pk]

    return caller


@pytest.fixture
def declaration(m: f.Monde) -> dict[str, Any]:
    """A good declaration for the first mairie's agent: a leave of 31 days, over some days ago."""
    debut = timezone.localdate() - dt.timedelta(days=45)
    return {
        "collectivite": m.collectivite.siret,
        "agent": m.agent.matricule,
        "nature": "CMO",
        "survenance": debut.isoformat(),
        "arret": {"debut": debut.isoformat(), "fin": (debut + dt.timedelta(days=30)).isoformat(), "certificat": debut.isoformat()},
        "circonstances": None,
        "tiers_possible": False,
    }


def champs(response: Any) -> dict[str, list[str]]:
    """The messages by field of a problem document."""
    found: dict[str, list[str]] = response.json()["champs"]
    return found
