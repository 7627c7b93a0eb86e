"""The relay against a provider's HTTP API (django-anymail, Brevo's), served on loopback: what each answer means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from notifications.models import Courriel
from notifications.relay import Bilan, relayer
from project.embedded.home import free_port
from tests.notifications.test_relay import courriel, fresh

pytestmark = pytest.mark.usefixtures("vraie_base")


class Provider(ThreadingHTTPServer):
    status = 200
    silent = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append(body)
        if self.server.silent:
            self.connection.close()
            return
        answer = json.dumps({"messageId": "<1@provider.example>"}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    settings.EMAIL_BACKEND = "anymail.backends.brevo.EmailBackend"
    settings.EMAIL_OUTBOX_ONLY = False
    settings.ANYMAIL = {
        "BREVO_API_KEY": "clef",
        "BREVO_API_URL": f"http://127.0.0.1:{server.server_port}/",
    }
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Bilan(envoyes=1)),
        (400, Bilan(abandonnes=1)),
        (401, Bilan(repousses=1)),
        (429, Bilan(repousses=1)),
        (500, Bilan(incertains=1)),
    ],
)
def test_status(provider: Provider, status: int, expected: Bilan) -> None:
    row: Courriel = courriel()
    provider.status = status
    assert relayer() == expected
    assert provider.received[0]["headers"]["Message-ID"] == row.message_id
    assert provider.received[0]["headers"]["Auto-Submitted"] == "auto-generated"


def test_line_dropped_after_the_message_is_uncertain(provider: Provider) -> None:
    row = courriel()
    provider.silent = True
    assert relayer() == Bilan(incertains=1)
    assert "test.example" not in fresh(row).erreur


def test_provider_down_is_no_doubt(provider: Provider, settings: Any) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"BREVO_API_URL": f"http://127.0.0.1:{free_port()}/"}
    courriel()
    assert relayer() == Bilan(repousses=1)
