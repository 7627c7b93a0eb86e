"""The relay against bare smtplib: the same messages, to the same server on this machine, over one connection, in turn.

The server is a process of its own, that takes everything and keeps nothing. Ours reads again what each e-mail is to say, writes it, and
commits before the final dot and after the answer; smtplib only hands over what was written.
"""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notifications.composition import composer
from notifications.enums import Cadence, EtatCourriel
from notifications.models import Annonce, Courriel
from notifications.relay import relayer
from notifications.rendering import Rendu
from notifications.transport import _message
from project.embedded.home import free_port
from tests import factories
from tests.bench.measure import Result, compare, database_clock, timed
from tests.notifications.nouvelles import Mairie, a_dire, mairie
from tests.notifications.serveur_smtp import point_at

LOT = 200
ROUNDS = 10
"""Ten times two hundred: two thousand e-mails of each kind."""


@contextmanager
def sink() -> Iterator[int]:
    """A mail server that takes everything. Yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the mail server does not listen")


def fill(towns: list[Mairie], cadence: Cadence, each: int) -> None:
    """An outbox of LOT e-mails, each of `each` things, one after another of the towns' people."""
    with transaction.atomic():
        Annonce.objects.all().delete()
        Courriel.objects.all().delete()
        Annonce.objects.bulk_create([a_dire(town.sinistre, qui, cadence) for town in towns for qui in town.gens for _ in range(each)])
        Annonce.objects.update(prevue_le=timezone.now())
    composer()
    if Courriel.objects.count() != LOT:
        raise RuntimeError("not as many e-mails as meant")


def send() -> float:
    """Seconds to send them."""
    spent = timed(lambda: relayer(limite=LOT))
    if Courriel.objects.filter(etat=EtatCourriel.ENVOYE).count() != LOT:
        raise RuntimeError("some e-mails were not sent")
    return spent


def bare_smtplib(port: int) -> Callable[[], float]:
    """The messages that ours has just sent, handed over with nothing else."""
    rows = [_message(row, Rendu(row.objet, row.texte, row.html)) for row in Courriel.objects.order_by("pk")]
    messages = [(row.to, row.message().as_bytes().replace(b"\n", b"\r\n")) for row in rows]

    def hand_over() -> None:
        with smtplib.SMTP("127.0.0.1", port) as line:
            for to, message in messages:
                line.sendmail(settings.RETOUR_EMAIL, to, message)

    return lambda: timed(hand_over)


def bare_updates(bare: psycopg.Connection) -> Callable[[], float]:
    """The least that keeping them asks: the words and the state of each, committed."""
    rows = list(Courriel.objects.order_by("pk").values_list("objet", "texte", "html", "pk"))

    def keep() -> None:
        for row in rows:
            bare.execute(
                "UPDATE notifications_courriel SET objet = %s, texte = %s, html = %s, etat = 'ENVOYE', envoye_le = now() WHERE id = %s", row
            )

    return lambda: timed(keep)


def _measure(name: str, prepare: Callable[[], None], floor: Callable[[], Callable[[], float]]) -> Result:
    prepare()
    with database_clock() as clock:
        spent = send()
    share, queries = clock.seconds / spent, clock.queries / LOT

    def ours() -> float:
        prepare()
        return send()

    found = compare(name, ours, floor(), rounds=ROUNDS, warmup=1, queries=round(queries), bound="for information")
    print(
        f"{name}: {1000 * LOT / found.p50:.0f} a second; the floor {1000 * LOT / found.floor_p50:.0f};"
        f" {queries:.1f} queries an e-mail, {share:.0%} of the time in the database"
    )
    return found


def bench_relais(bare: psycopg.Connection, world: factories.Monde) -> list[Result]:
    towns = [mairie(world, 10) for _ in range(LOT // 10)]
    results = []
    with sink() as port:
        point_at(settings, port, 10)
        for name, cadence, each in (("alone", Cadence.AUSSITOT, 1), ("digests of 5", Cadence.RECAPITULATIF, 5)):

            def prepare(cadence: Cadence = cadence, each: int = each) -> None:
                fill(towns, cadence, each)

            results.append(_measure(f"relay, {LOT} e-mails, {name}", prepare, lambda: bare_smtplib(port)))
        settings.EMAIL_OUTBOX_ONLY = True
        results.append(_measure(f"kept here, {LOT} e-mails alone", lambda: fill(towns, Cadence.AUSSITOT, 1), lambda: bare_updates(bare)))
    return results
