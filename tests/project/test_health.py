"""Alive, ready, degraded; figures for those who may read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError
from django.test import Client

from project import health, metrics


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    health._cache = None
    health._migrated = False
    yield
    health._cache = None
    health._migrated = False


def test_alive_without_any_server(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    for queue in health.QUEUES:
        health.beat(queue)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["down"] == []
    assert answer.json()["statut"] == "ok"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "down"),
    [
        ({"BROKER_URL": "redis://127.0.0.1:1/0"}, {"courtier", "taches"}),
        ({"S3_ENDPOINT_URL": "http://127.0.0.1:1"}, {"entrepot"}),
        ({"S3_SECRET_ACCESS_KEY": "faux"}, {"entrepot"}),
        ({"CLAMD_URL": "tcp://127.0.0.1:1"}, {"antivirus"}),
        ({"EMAIL_URL": "smtp://127.0.0.1:1", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 1}, {"messagerie"}),
    ],
)
def test_what_is_down_is_named_and_the_service_goes_on(client: Client, settings: Any, changes: dict[str, Any], down: set[str]) -> None:
    for queue in health.QUEUES:
        health.beat(queue)
    for name, value in changes.items():
        setattr(settings, name, value)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["degraded"] is True
    assert set(answer.json()["down"]) == down


@pytest.mark.django_db
def test_silent_worker_is_named(client: Client, settings: Any) -> None:
    transport = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = transport | {"global_keyprefix": "personne:"}
    assert client.get("/readyz").json()["down"] == ["taches"]


@pytest.mark.django_db
def test_missing_migration_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.executor import MigrationExecutor

    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("cases.0099", False)])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["raison"]) == (503, "migration manquante")


def test_database_down_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database_fault", lambda: "base de données : OperationalError")
    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_figures_are_for_this_machine(client: Client, settings: Any) -> None:
    client.get("/healthz")
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403
    settings.METRICS_TOKEN = "jeton"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer jeton"}).status_code == 200


@pytest.mark.django_db
def test_figures_tell_the_calls_to_other_programs_that_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = client.get("/metrics").content.decode()
    assert 'vigie_webhooks_livraisons{etat="en_retard"} 0.0' in figures and 'vigie_courriels{etat="INCERTAIN"} 0.0' in figures

    def down() -> dict[str, int]:
        raise OperationalError

    monkeypatch.setattr(metrics.COMPTES[0], "lire", down)
    answer = client.get("/metrics")
    assert answer.status_code == 200 and "vigie_webhooks" not in answer.content.decode()


def test_logs_lose_query_strings() -> None:
    from project.settings.logs import without_personal_data

    event = without_personal_data(None, "info", {"event": "x", "request": "GET /agents/?nom=Durand&q=1 HTTP"})
    assert "Durand" not in json.dumps(event)
    assert "/agents/" in event["request"]


@pytest.mark.django_db
def test_session_row_does_not_open_the_session() -> None:
    from django.contrib.sessions.models import Session

    from project.sessions import SessionStore

    store = SessionStore()
    store["a"] = 1
    store.save()
    key = store.session_key
    assert key is not None
    row = Session.objects.get()
    assert row.session_key != key
    assert SessionStore(key).get("a") == 1
    assert SessionStore(row.session_key).get("a") is None
    again = SessionStore(key)
    again["a"] = 2
    again.save()
    again.cycle_key()
    assert Session.objects.count() == 1
    again.delete()
    assert not Session.objects.exists()
    assert mail.outbox == []
