"""The line to the mail server: what the dot waits for, and what is no doubt."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from notifications import relay
from notifications.enums import EtatCourriel
from notifications.relay import Bilan, relayer
from notifications.transport import Transport
from tests.notifications.serveur_smtp import Server, drop_line, point_at, served
from tests.notifications.test_relay import courriel, due_again, fresh

pytestmark = pytest.mark.usefixtures("vraie_base")


def test_the_dot_waits_for_no_acknowledgement_of_the_message(settings: Any) -> None:
    """Forty milliseconds an e-mail otherwise: a small packet after a large one is held back until the other end says it has that."""
    with served(Server()) as port:
        point_at(settings, port)
        with Transport() as transport:
            assert transport.backend.connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class HangsUp(SMTP):
    """Asks for the message, and hangs up while it comes."""

    async def smtp_DATA(self, arg: str) -> None:
        await self.push("354 allez")
        drop_line(self)


def test_line_dropped_before_the_dot_is_no_doubt(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row, mark = courriel(), relay._mark

    def slowly(*arguments: Any) -> None:
        mark(*arguments)
        time.sleep(0.2)

    monkeypatch.setattr(relay, "_mark", slowly)
    with served(Server(), HangsUp) as port:
        point_at(settings, port)
        assert relayer() == Bilan(repousses=1)
    assert (fresh(row).etat, fresh(row).transmis_le) == (EtatCourriel.A_ENVOYER, None)
    due_again(row)
    server = Server()
    with served(server) as port:
        point_at(settings, port)
        assert relayer() == Bilan(envoyes=1)
    assert server.ids() == {row.message_id: 1}
