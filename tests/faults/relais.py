"""A relay in a process of its own, that a signal takes at a named step: `python -m tests.faults.relais`.

Setting up Django takes seconds, a fork takes none: this process sets up once, then makes a relay for each line it reads, « step passage
signal » (« - 0 9 » for one that lives, « instant 0.25 9 » for one killed from outside after so many seconds), and answers with its exit
status. Signal 9 leaves it no word; SIGUSR1 is how a worker tells a task that its time is over, and raises what it raises there.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import django

if __name__ == "__main__":  # the tests read the steps' names here
    django.setup()

from billiard.pool import soft_timeout_sighandler
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from cases.rules import add_working_days
from notifications import relay, transport
from notifications.enums import GenreCourriel
from notifications.gabarits import mots_d_origine
from notifications.genres import exemple
from notifications.rendering import rendre

LIVES = "-"
ANYWHERE = "instant"
HOLD = 10_000


OVERTIME = 3
"""The exit status of a relay that let its worker's SoftTimeLimitExceeded through."""


class Death:
    """A signal to oneself at the `passage`-th time that a step is reached. By 9, nothing is closed, nothing is said to anybody."""

    def __init__(self, passage: int, sign: int) -> None:
        self.left, self.sign = passage, sign

    def reached(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.sign)


def around(owner: Any, name: str, *, before: Callable[..., None] = lambda *_: None, after: Callable[..., None] = lambda *_: None) -> None:
    """Have `before` told the arguments of each call, and `after` what it gave."""
    real = getattr(owner, name)

    def watched(*args: Any, **kwargs: Any) -> Any:
        before(*args)
        found = real(*args, **kwargs)
        after(found)
        return found

    setattr(owner, name, watched)


def at(owner: Any, name: str, *, before: bool = False) -> Callable[[Death], None]:
    def arm(death: Death) -> None:
        told = {"before" if before else "after": lambda *_: death.reached()}
        around(owner, name, **told)

    return arm


def before_commit_of_the_mark(death: Death) -> None:
    """The words and the mark are written, and not committed."""
    inside = [False]
    around(relay, "_mark", before=lambda *_: inside.append(True), after=lambda *_: inside.append(False))
    around(BaseDatabaseWrapper, "_commit", before=lambda *_: death.reached() if inside[-1] else None)


def at_the_354(death: Death) -> None:
    around(transport._WatchedSMTP, "getreply", after=lambda reply: death.reached() if reply[0] == 354 else None)


def in_mid_message(death: Death) -> None:
    """Half of the message has gone. Nothing else we send is that long."""
    real = transport._WatchedSMTP.send

    def send(self: Any, data: Any) -> None:
        if len(data) > 500:
            real(self, data[: len(data) // 2])
            death.reached()
            data = data[len(data) // 2 :]
        real(self, data)

    transport._WatchedSMTP.send = send  # type: ignore[method-assign, assignment]


def after_the_dot(death: Death) -> None:
    dots = [False]

    def sent(_: None) -> None:
        if dots[-1]:
            death.reached()

    around(transport._WatchedSMTP, "send", before=lambda _, data: dots.append(data == b".\r\n"), after=sent)


STEPS: dict[str, Callable[[Death], None]] = {
    "avant la prise": at(relay, "_claim", before=True),
    "prise écrite, non validée": at(QuerySet, "bulk_update"),
    "prise validée": at(relay, "_claim"),
    "courriel écrit": at(relay, "ecrire"),
    "après le 354": at_the_354,
    "au milieu du message": in_mid_message,
    "message envoyé, avant la marque": at(relay, "_mark", before=True),
    "marque écrite, non validée": before_commit_of_the_mark,
    "marque validée, avant le point": at(relay, "_mark"),
    "point envoyé, 250 non lu": after_the_dot,
    "250 lu, avant le règlement": at(relay, "_settle", before=True),
    "règlement validé": at(relay, "_settle"),
}
IN_DOUBT = ("marque validée, avant le point", "point envoyé, 250 non lu", "250 lu, avant le règlement")
"""The steps after which nobody can tell whether the server has taken the message."""


def _relay(step: str, passage: str, sign: int) -> None:
    if step in STEPS:
        STEPS[step](Death(int(passage), sign))
    relay.relayer(limite=HOLD)


def warm() -> None:
    """Load what a relay loads when it first writes, so that a fork does not begin with a second of it. The database is left alone."""
    code = GenreCourriel.ACCUSE_DECLARATION
    rendre(code, mots_d_origine()[code], exemple(code), settings.PUBLIC_URL)
    add_working_days(dt.date(2026, 1, 1), 1, "34")


def main() -> None:
    settings.EMAIL_BACKEND = transport.SMTP_BACKEND  # the tests' settings name another one
    signal.signal(signal.SIGUSR1, soft_timeout_sighandler)
    warm()
    for line in sys.stdin:
        step, passage, sign = line.strip().split("\t")
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                _relay(step, passage, int(sign))
                code = 0
            except SoftTimeLimitExceeded:
                code = OVERTIME
            finally:
                os._exit(code)
        if step == ANYWHERE:
            time.sleep(float(passage))
            os.kill(pid, int(sign))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
