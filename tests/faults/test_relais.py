"""A real relay killed with signal 9 at each of its steps, against a real SMTP server, and restarted until all is settled.

What is promised: no e-mail lost, none accepted twice. In doubt is the one e-mail that a relay was handing over when it died between the
mark and its settlement; it is never sent again by itself.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.db.models import Count
from django.utils import timezone

from notifications.composition import composer
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel
from notifications.models import Annonce, Courriel
from tests import factories
from tests.faults.relais import ANYWHERE, IN_DOUBT, LIVES, OVERTIME, STEPS
from tests.faults.test_processes import ROOT, environment
from tests.notifications.nouvelles import a_dire, mairie
from tests.notifications.serveur_smtp import Server, served

pytestmark = [pytest.mark.usefixtures("vraie_base"), pytest.mark.lent]

LONG = bool(os.environ.get("VIGIE_PROVE"))
MESSAGES, ROUNDS, DEATHS_A_STEP, DEATHS_ANYWHERE = (1000, 10, 4, 20) if LONG else (60, 2, 1, 6)
DEEP = max(2, MESSAGES // 40)
"""How far a relay goes before it dies."""


@dataclass
class Figures:
    """What the deaths at one step left."""

    deaths: int = 0
    accepted_in_doubt: int = 0
    not_accepted_in_doubt: int = 0


@dataclass
class Account:
    steps: dict[str, Figures] = field(default_factory=lambda: {step: Figures() for step in (*STEPS, ANYWHERE)})
    messages: int = 0
    accepted: int = 0
    doubled: int = 0
    lost: int = 0
    in_doubt: int = 0

    def __str__(self) -> str:
        lines = [f"\n{'killed by signal 9':<34} {'deaths':>6} {'in doubt: accepted':>19} {'not accepted':>13}"]
        lines += [f"{step:<34} {f.deaths:>6} {f.accepted_in_doubt:>19} {f.not_accepted_in_doubt:>13}" for step, f in self.steps.items()]
        lines.append(
            f"{self.messages} e-mails: {self.accepted} accepted, {self.doubled} twice, {self.lost} lost,"
            f" {self.in_doubt} marked in doubt, {sum(f.deaths for f in self.steps.values())} deaths"
        )
        return "\n".join(lines)


class Relays:
    """Relays in processes of their own, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def run(self, step: str, passage: float, sign: int = signal.SIGKILL) -> int:
        """The exit status of one relay."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{step}\t{passage}\t{int(sign)}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the relays' process is gone: its errors are above"
        return int(answer)


@contextmanager
def relays(port: int) -> Iterator[Relays]:
    variables = environment(EMAIL_URL=f"smtp://127.0.0.1:{port}")
    command = [sys.executable, "-m", "tests.faults.relais"]
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Relays(process)
        finally:
            process.kill()


def outbox(m: factories.Monde, number: int) -> None:
    """So many e-mails to send: one in ten a digest of three things, the others alone."""
    people = [(une.sinistre, qui) for une in (mairie(m, 5) for _ in range(number // 50 + 1)) for qui in une.gens][: number // 10]
    alone = [a_dire(*people[rank % len(people)], Cadence.AUSSITOT) for rank in range(number - len(people))]
    Annonce.objects.bulk_create(alone + [a_dire(*qui, Cadence.RECAPITULATIF) for qui in people for _ in range(3)])
    Annonce.objects.update(prevue_le=timezone.now())
    composer()


def end_leases() -> None:
    Courriel.objects.filter(etat=EtatCourriel.EN_COURS).update(bail_jusqu_a=timezone.now())


def in_doubt(but: set[int]) -> list[Courriel]:
    """Those that nobody can tell of, whether a relay has said so already or the lease of a dead one will make it."""
    marked = Courriel.objects.filter(transmis_le__isnull=False, etat__in=[EtatCourriel.EN_COURS, EtatCourriel.INCERTAIN])
    return list(marked.exclude(pk__in=but))


def kill_at(step: str, passage: float, relays: Relays, server: Server, account: Account, known: set[int]) -> None:
    """One relay that dies there, unless it has ended before, and what it left."""
    status = relays.run(step, passage)
    assert status in (0, -signal.SIGKILL), "the relay failed by itself"
    figures, left = account.steps[step], in_doubt(known)
    figures.deaths += status == -signal.SIGKILL
    known.update(courriel.pk for courriel in left)
    accepted = server.ids()
    figures.accepted_in_doubt += sum(accepted[courriel.message_id] for courriel in left)
    figures.not_accepted_in_doubt += sum(courriel.message_id not in accepted for courriel in left)
    if step == ANYWHERE:
        assert len(left) <= 1
    else:
        assert len(left) == (status == -signal.SIGKILL and step in IN_DOUBT), step
    end_leases()


def settle(account: Account, server: Server, known: set[int]) -> None:
    """Everything is settled: count what was lost and what came twice."""
    assert set(Courriel.objects.values_list("etat", flat=True)) <= {EtatCourriel.ENVOYE, EtatCourriel.INCERTAIN}
    rows, accepted = list(Courriel.objects.all()), server.ids()
    account.messages += len(rows)
    account.accepted += len(accepted)
    account.doubled += sum(times - 1 for times in accepted.values())
    account.in_doubt += sum(row.etat == EtatCourriel.INCERTAIN for row in rows)
    account.lost += sum(row.etat == EtatCourriel.ENVOYE and row.message_id not in accepted for row in rows)
    assert set(accepted) <= {row.message_id for row in rows}
    assert {row.pk for row in rows if row.etat == EtatCourriel.INCERTAIN} == known
    # A digest that did not leave the first time lost nothing of what was in it.
    contents = Annonce.objects.values("courriel").annotate(n=Count("pk")).values_list("courriel__genre", "n")
    assert Counter(contents).keys() == {("ACCUSE_DECLARATION", 1), ("RECAPITULATIF", 3)}
    assert not Annonce.objects.exclude(etat=EtatAnnonce.CONFIEE).exists()


def test_killed_at_each_step_nothing_is_lost_and_nothing_comes_twice(capsys: pytest.CaptureFixture[str]) -> None:
    m, account = factories.monde(), Account()
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    server = Server()
    with served(server) as port, relays(port) as processes:
        for _ in range(ROUNDS):
            Annonce.objects.all().delete()
            Courriel.objects.all().delete()
            server.received.clear()
            outbox(m, MESSAGES)
            known = set[int]()
            steps = [*STEPS] * DEATHS_A_STEP + [ANYWHERE] * DEATHS_ANYWHERE
            dice.shuffle(steps)
            for step in steps:
                passage = dice.uniform(0.02, 0.3) if step == ANYWHERE else dice.randint(1, 2 if "prise" in step else DEEP)
                kill_at(step, passage, processes, server, account, known)
            assert processes.run(LIVES, 0) == 0
            settle(account, server, known)
    with capsys.disabled():
        print(account, f"(seed {seed})")
    assert (account.doubled, account.lost) == (0, 0)
    assert account.messages == MESSAGES * ROUNDS
    missing = [step for step, figures in account.steps.items() if figures.deaths == 0]
    assert not missing, "no relay died there"


def test_told_that_its_time_is_over_a_relay_keeps_only_what_it_has_marked() -> None:
    """The worker's signal at each step: what was not begun waits for nobody and has had no attempt; what was in hand has had one, and is
    put off; in doubt is only what was marked. Nothing is lost, nothing comes twice."""
    m, server, known = factories.monde(), Server(), set[int]()
    with served(server) as port, relays(port) as processes:
        outbox(m, 60)
        for step in STEPS:
            tried = dict(Courriel.objects.values_list("pk", "tentatives"))
            sent = set(Courriel.objects.filter(etat=EtatCourriel.ENVOYE).values_list("pk", flat=True))
            assert processes.run(step, 1 if "prise" in step else 2, signal.SIGUSR1) == OVERTIME, step
            left = in_doubt(known)
            assert len(left) == (step in IN_DOUBT), step
            known.update(courriel.pk for courriel in left)
            held = Courriel.objects.filter(etat=EtatCourriel.EN_COURS)
            assert set(held.values_list("pk", flat=True)) == {courriel.pk for courriel in left}, step
            rest = Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER)
            begun = [row for row in rest if row.tentatives != tried[row.pk]]
            assert len(begun) == (step in IN_HAND), step
            assert all(row.tentatives == tried[row.pk] + 1 and row.prochaine_le > timezone.now() for row in begun), step
            assert Courriel.objects.filter(etat=EtatCourriel.ENVOYE).exclude(pk__in=sent).count() == SENT.get(step, 1), step
            Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).update(prochaine_le=timezone.now())
            end_leases()
        assert processes.run(LIVES, 0) == 0
    account = Account()
    settle(account, server, known)
    assert (account.messages, account.doubled, account.lost, account.in_doubt) == (60, 0, 0, len(IN_DOUBT))


IN_HAND = {"courriel écrit", "après le 354", "au milieu du message", "message envoyé, avant la marque", "marque écrite, non validée"}
"""The steps at which an e-mail was begun and not marked."""
SENT = {"avant la prise": 0, "prise écrite, non validée": 0, "prise validée": 0, "règlement validé": 2}
"""How many e-mails had left when the signal came, at the second passage of a step within a lot."""
