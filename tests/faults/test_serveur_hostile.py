"""A mail server that at any step refuses, delays beyond our patience, drops the line or greylists: what is sent converges, once each."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from notifications.enums import EtatCourriel
from notifications.models import Courriel
from notifications.relay import Bilan, relayer
from tests.notifications.serveur_smtp import Server, drop_line, point_at, served
from tests.notifications.test_relay import courriel

pytestmark = [pytest.mark.usefixtures("vraie_base"), pytest.mark.lent]

MESSAGES, SERIES = (300, 10) if os.environ.get("VIGIE_PROVE") else (120, 1)
PATIENCE = 0.2
GREYLISTED = 2

SETTLED = {EtatCourriel.ENVOYE, EtatCourriel.ABANDONNE, EtatCourriel.INCERTAIN}


class Hostile(Server):
    """Misbehaves at random. `refused`: the addresses that it refuses for good; `seen`: how it misbehaved, and how often."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice
        self.seen: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.refused: set[str] = set()

    def now(self, what: str, chance: float) -> bool:
        happens = self.dice.random() < chance
        self.seen[what] += happens
        return happens

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.now("refuses the sender", 0.03):
            return "550 pas vous"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        self.asked[address] += 1
        if self.now("unknown recipient", 0.02):
            self.refused.add(address)
            return "550 inconnu"
        if address.startswith("gris") and self.asked[address] <= GREYLISTED:
            self.seen["greylists"] += 1
            return "451 revenez"
        if self.now("no answer to the recipient", 0.02):
            await asyncio.sleep(2 * PATIENCE)
        elif self.now("drops at the recipient", 0.03):
            drop_line(server)
        elif self.now("busy", 0.05):
            return "421 fermeture" if self.now("leaves", 0.3) else "450 occupé"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.now("refuses the message for now", 0.05):
            return "452 disque plein"
        if self.now("refuses the message for good", 0.02):
            self.refused.update(envelope.rcpt_tos)
            return "554 contenu refusé"
        if self.now("drops after the dot, message lost", 0.03):
            drop_line(server)
            return "250 OK"
        self.keep(envelope)
        if self.now("drops after the dot, message taken", 0.03):
            drop_line(server)
        elif self.now("no answer to the dot, message taken", 0.02):
            await asyncio.sleep(2 * PATIENCE)
        return "250 OK"


class Line(SMTP):
    """One connection to it."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.event_handler.now("closes at connect", 0.05):
            transport.close()

    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.now("drops before the dot", 0.03):
            await self.push("354 allez")
            drop_line(self)
            return
        await super().smtp_DATA(arg)


def move_time_on() -> None:
    """The time to try again has come, for all that waits."""
    Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).update(prochaine_le=timezone.now())


@pytest.mark.parametrize("serie", range(SERIES))
def test_everything_is_settled_in_the_end_and_nothing_accepted_twice(settings: Any, serie: int, capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.randrange(2**32)
    server = Hostile(random.Random(seed))
    rows = [courriel(adresse=f"{'gris' if rank % 5 == 0 else 'clair'}{rank}@test.example") for rank in range(MESSAGES)]
    relays = 0
    with served(server, Line) as port:
        point_at(settings, port, PATIENCE)
        while Courriel.objects.exclude(etat__in=SETTLED).exists():
            relays += 1
            assert relays < 200, f"it never ends (seed {seed})"
            relayer(limite=MESSAGES)
            move_time_on()
        assert relayer() == Bilan()
    accepted, after = server.ids(), {row.pk: row for row in Courriel.objects.all()}
    states = Counter(str(after[row.pk].etat) for row in rows)
    doubtful = [row for row in rows if after[row.pk].etat == EtatCourriel.INCERTAIN]
    with capsys.disabled():
        told = ", ".join(f"{what} {times}" for what, times in sorted(server.seen.items()))
        in_doubt = f"in doubt: {sum(row.message_id in accepted for row in doubtful)} accepted of {len(doubtful)}"
        twice = sum(times > 1 for times in accepted.values())
        print(f"\n{MESSAGES} e-mails, {relays} relays: {dict(states)}, {in_doubt}, {twice} accepted twice (seed {seed}; {told})")
    assert set(accepted.values()) == {1}, f"accepted twice (seed {seed})"
    for row in rows:
        match after[row.pk].etat:
            case EtatCourriel.ENVOYE:
                assert row.message_id in accepted, "told as sent, and lost"
            case EtatCourriel.ABANDONNE:
                assert row.message_id not in accepted and row.adresse in server.refused
    assert states[EtatCourriel.INCERTAIN] <= sum(times for what, times in server.seen.items() if "dot" in what)
    assert set(states) > {EtatCourriel.ENVOYE}, "it misbehaved enough"
