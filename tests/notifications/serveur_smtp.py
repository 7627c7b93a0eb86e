"""A real SMTP server of the tests: it keeps what it accepted, and answers as told."""

from __future__ import annotations

import email
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from project.embedded.home import free_port

Answer = Callable[[SMTP, Envelope], str]


def drop_line(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.close()


class Server:
    """Answers the next of `at_rcpt` and `at_data` while there are any, then accepts everything."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.at_rcpt: list[str] = []
        self.at_data: list[Answer] = []

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.at_rcpt:
            answer = self.at_rcpt.pop(0)
            if answer == "drop":
                drop_line(server)
                return "451 x"
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.at_data:
            return self.at_data.pop(0)(server, envelope)
        self.keep(envelope)
        return "250 OK"

    def keep(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        self.received.append(email.message_from_bytes(envelope.content, policy=default))

    def ids(self) -> Counter[str]:
        """How many times each Message-ID was accepted."""
        return Counter(str(message["Message-ID"]) for message in self.received)


class _Controller(Controller):
    """`session`: how one connection is served, where the library's own way is not wanted."""

    def __init__(self, handler: Server, session: Callable[..., SMTP]) -> None:
        self.session = session
        super().__init__(handler, hostname="127.0.0.1", port=free_port())

    def factory(self) -> SMTP:
        return self.session(self.handler, **self.SMTP_kwargs)


@contextmanager
def served(server: Server, session: Callable[..., SMTP] = SMTP) -> Iterator[int]:
    """Serve on a free port of this machine. Yields the port."""
    controller = _Controller(server, session)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def point_at(settings: Any, port: int, timeout: float = 1) -> None:
    """Make this process hand its e-mails to the server on that port."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = timeout
    settings.EMAIL_OUTBOX_ONLY = False
