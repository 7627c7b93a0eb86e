"""Consumers of events: none missed, each once, a failing one neither silent nor in the way for ever."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from journal import outbox
from journal.models import Contenu, Curseur, Evenement, EvenementEcarte
from journal.outbox import ATTEMPTS, Tour, consume, jump_to_now, rejouer
from journal.sealing import CompteurRecule
from journal.selectors import etat_des_consommateurs, etat_du_scellement
from journal.services import annoncer, consigner
from project import health
from tests.horizon import wait_for_horizon
from tests.journal.conftest import write

pytestmark = pytest.mark.usefixtures("journal")

INSERT = "INSERT INTO journal_evenement (le, type, objet_type, objet_id, donnees) VALUES (now(), %s, 'essai', 1, '{}') RETURNING id"


def announce(*types: str, settle: bool = True) -> None:
    for type in types:
        with transaction.atomic():
            annoncer(type=type, objet_type="essai", objet_id=1)
    if settle:
        wait_for_horizon()


class Witness:
    """A handler that notes what it was given, and fails on the types in `fails`."""

    def __init__(self, *fails: str) -> None:
        self.seen: list[str] = []
        self.fails = set(fails)

    def __call__(self, evenement: Evenement) -> None:
        if evenement.type in self.fails:
            consigner(acteur=None, action="défait", objet_type="essai", objet_id=1)
            raise ValueError("monsieur Durand a une jambe cassée")
        self.seen.append(evenement.type)


def test_each_event_once_and_in_order() -> None:
    announce("a", "b", "c")
    witness = Witness()
    assert consume("essai", witness, 2) == Tour(traites=2)
    assert consume("essai", witness, 2) == Tour(traites=1)
    assert consume("essai", witness, 2) == Tour()
    assert witness.seen == ["a", "b", "c"]
    other = Witness()
    consume("autre", other)
    assert other.seen == ["a", "b", "c"], "each consumer has its own cursor"


def test_event_that_commits_late_is_not_missed(web_dsn: str) -> None:
    """A reader by id would go past the late row for good; ours waits for it."""
    witness, by_id, last_id = Witness(), [], 0
    with psycopg.connect(web_dsn) as slow:
        slow.execute(INSERT, ("lent",))
        announce("rapide", settle=False)
        for evenement in Evenement.objects.filter(id__gt=last_id).order_by("id"):
            by_id.append(evenement.type)
            last_id = evenement.pk
        consume("essai", witness)
        slow.commit()
    wait_for_horizon()
    by_id += [e.type for e in Evenement.objects.filter(id__gt=last_id).order_by("id")]
    consume("essai", witness)
    assert by_id == ["rapide"], "the naive reader lost one: this test can fail"
    assert witness.seen == ["lent", "rapide"]


def test_many_writers_at_once_lose_nothing(web_dsn: str) -> None:
    """Real interleaving: eight connections write while one consumer reads."""
    writers, each = 8, 25
    done = threading.Event()

    def work(number: int) -> None:
        with psycopg.connect(web_dsn) as mine:
            for rang in range(each):
                mine.execute(INSERT, (f"{number}-{rang}",))
                mine.execute("SELECT pg_sleep(random() * 0.004)")
                mine.commit()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    witness = Witness()

    def watch() -> None:
        for thread in threads:
            thread.join()
        done.set()

    for thread in threads:
        thread.start()
    watcher = threading.Thread(target=watch)
    watcher.start()
    while not done.is_set():
        consume("essai", witness, 7)
    watcher.join()
    wait_for_horizon()
    while consume("essai", witness, 50).traites:
        pass
    assert len(witness.seen) == writers * each
    assert set(witness.seen) == {f"{number}-{rang}" for number in range(writers) for rang in range(each)}


def test_two_workers_of_one_consumer_never_run_at_once() -> None:
    announce("a")
    inside, second = threading.Event(), []
    witness = Witness()

    def slow(evenement: Evenement) -> None:
        inside.set()
        thread.join()
        witness(evenement)

    def other() -> None:
        inside.wait(10)
        second.append(consume("essai", witness))
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    first = consume("essai", slow)
    assert second == [Tour(occupe=True)]
    assert first == Tour(traites=1) and witness.seen == ["a"]


def test_what_the_handler_writes_commits_with_the_cursor() -> None:
    """A crash after the handler and before the commit leaves neither."""
    announce("a", "b")

    class Crash(BaseException):
        pass

    def write_then_die(evenement: Evenement) -> None:
        consigner(acteur=None, action=evenement.type, objet_type="essai", objet_id=1)
        if evenement.type == "b":
            raise Crash

    with pytest.raises(Crash):
        consume("essai", write_then_die)
    assert not Contenu.objects.exists() and not Curseur.objects.filter(evenement_id__gt=0).exists()
    witness = Witness()
    consume("essai", witness)
    assert witness.seen == ["a", "b"]


def test_failing_event_holds_the_consumer_back_then_is_parked() -> None:
    announce("a", "poison", "b")
    witness = Witness("poison")
    assert consume("essai", witness) == Tour(traites=1, en_echec=True)
    curseur = Curseur.objects.get(pk="essai")
    assert curseur.tentatives == 1 and curseur.reprise_le is not None
    assert curseur.erreur.startswith("ValueError (test_outbox.py:")
    assert "Durand" not in curseur.erreur, "a message may hold somebody's data: the log names the line only"
    assert consume("essai", witness) == Tour(en_echec=True), "not before its time"
    waited = dt.timedelta()
    for attempt in range(2, ATTEMPTS + 1):
        curseur.refresh_from_db()
        assert curseur.reprise_le is not None
        waited += curseur.reprise_le - curseur.avance_le
        Curseur.objects.filter(pk="essai").update(reprise_le=timezone.now())
        tour = consume("essai", witness)
        assert tour == (Tour(traites=1, ecartes=1) if attempt == ATTEMPTS else Tour(en_echec=True))
    assert dt.timedelta(minutes=14) < waited < dt.timedelta(minutes=20)
    assert witness.seen == ["a", "b"]
    assert not Contenu.objects.exists(), "what the failing handler wrote is undone"
    curseur.refresh_from_db()
    assert (curseur.tentatives, curseur.erreur) == (0, "")
    (parked,) = EvenementEcarte.objects.all()
    assert (parked.evenement.type, parked.tentatives, parked.traite_le) == ("poison", ATTEMPTS, None)


def test_handler_that_breaks_the_transaction_is_undone_alone() -> None:
    announce("a", "b")

    def breaks(evenement: Evenement) -> None:
        if evenement.type == "b":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")

    assert consume("essai", breaks) == Tour(traites=1, en_echec=True)
    assert Curseur.objects.get(pk="essai").tentatives == 1


@pytest.fixture
def known() -> Iterator[Witness]:
    witness = Witness("poison")
    outbox.register("essai", witness)
    yield witness
    outbox._consumers.pop("essai")


def park() -> None:
    EvenementEcarte.objects.create(
        nom="essai", evenement=Evenement.objects.get(type="poison"), tentatives=6, erreur="x", ecarte_le=timezone.now()
    )


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rejouer_evenements", *arguments, stdout=out)
    return out.getvalue()


def test_parked_event_is_shown_and_replayed(known: Witness) -> None:
    announce("poison")
    park()
    (etat,) = [etat for etat in etat_des_consommateurs() if etat.nom == "essai"]
    assert (etat.ecartes, etat.degrade, etat.en_attente) == (1, True, 1)
    assert "essai : 1 en attente, 1 écarté(s)" in run()
    assert rejouer("essai", known) == Tour(ecartes=1)
    with pytest.raises(SystemExit):
        run("essai")
    known.fails.clear()
    assert "1 événement(s) traité(s), 0 encore en échec." in run("essai")
    assert known.seen == ["poison"]
    assert rejouer("essai", known) == Tour(), "replayed once"
    with pytest.raises(CommandError, match="Consommateur inconnu"):
        run("inconnu")


def test_consumer_added_late_does_not_tell_the_past(known: Witness) -> None:
    announce("a", "b")
    jump_to_now("essai")
    announce("c")
    consume("essai", known)
    assert known.seen == ["c"]
    jump_to_now("essai")
    assert Curseur.objects.get(pk="essai").evenement_id == Evenement.objects.get(type="c").pk


def test_restored_counter_stops_the_consumer() -> None:
    Curseur.objects.create(nom="essai", xid=9_000_000_000_000, evenement_id=1)
    with pytest.raises(CompteurRecule):
        consume("essai", Witness())


def test_state_of_sealing_is_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    write(3)
    assert etat_du_scellement().en_attente == 3
    monkeypatch.setattr("journal.selectors.BOUND", 1)
    etat: Any = etat_du_scellement()
    assert (etat.rang, etat.en_attente) == (0, 2) and etat.depuis is not None


def test_health_names_what_waits_for_a_person(known: Witness, time_machine: Any) -> None:
    health.check_journal()
    announce("poison")
    consume("essai", known)
    with pytest.raises(health.Down, match="essai"):
        health.check_journal()
    Curseur.objects.filter(pk="essai").update(tentatives=0)
    write(1)
    health.check_journal()
    time_machine.move_to(timezone.now() + health.SEALING_LATE)
    with pytest.raises(health.Down, match="scellement en retard"):
        health.check_journal()
