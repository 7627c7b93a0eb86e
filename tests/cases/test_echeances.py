"""Deadlines: pauses, the sweeper, its failures, an outage."""

from __future__ import annotations

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import psycopg
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from cases.enums import MINUTERIES, GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre, Tache
from cases.services import echeances
from journal.models import Entree
from tests import factories as f

ONE_DAY = dt.timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")


def set_one(sinistre: Sinistre, *, days_ago: int = 0, genre: GenreEcheance = GenreEcheance.REPRISE_ATTENDUE) -> Echeance:
    """An open deadline that came `days_ago` days ago (in the future when negative)."""
    echeances.poser(sinistre=sinistre, genre=genre, depart=timezone.now(), jours=7, departement="34")
    echeance = Echeance.objects.get(sinistre=sinistre, genre=genre, traitee_le=None, levee_le=None)
    Echeance.objects.filter(pk=echeance.pk).update(due_at=timezone.now() - days_ago * ONE_DAY - dt.timedelta(minutes=1))
    return Echeance.objects.get(pk=echeance.pk)


def only(*ones: Echeance) -> None:
    """Forget the deadlines that the declarations set by themselves."""
    Echeance.objects.exclude(pk__in=[e.pk for e in ones]).update(levee_le=timezone.now())


def tasks(sinistre: Sinistre, genre: GenreTache = GenreTache.DEMANDER_REPRISE) -> int:
    return Tache.objects.filter(sinistre=sinistre, genre=genre, fermee_le=None).count()


def test_a_pause_is_added_to_the_deadline_and_two_are_one(m: f.Monde) -> None:
    echeance = set_one(f.sinistre(m), days_ago=-5)
    due = echeance.due_at
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        echeances.suspendre(acteur=m.gestionnaire, echeance=echeance, motif="Conseil médical saisi")
        clock.shift(ONE_DAY)
        echeances.suspendre(acteur=m.gestionnaire2, echeance=echeance, motif="Encore")
        clock.shift(2 * ONE_DAY)
        echeances.reprendre(acteur=m.gestionnaire, echeance=echeance)
        clock.shift(ONE_DAY)
        echeances.reprendre(acteur=m.gestionnaire2, echeance=echeance)
    fresh = Echeance.objects.get(pk=echeance.pk)
    assert (fresh.due_at, fresh.en_pause, fresh.pauses.count()) == (due + 3 * ONE_DAY, False, 1)
    actions = Entree.objects.filter(objet_type="echeance", objet_id=echeance.pk).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["echeance.suspendue", "echeance.reprise"]


def test_a_paused_deadline_is_not_swept_before_it_resumes(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    echeance = set_one(sinistre, days_ago=-1)
    only(echeance)
    echeances.suspendre(acteur=m.gestionnaire, echeance=echeance, motif="Attente de l’arrêté")
    with time_machine.travel(timezone.now() + 3 * ONE_DAY, tick=False):
        assert echeances.balayer() == 0
        echeances.reprendre(acteur=m.gestionnaire, echeance=echeance)
        assert echeances.balayer() == 0, "three days of pause were added"
    with time_machine.travel(timezone.now() + 5 * ONE_DAY, tick=False):
        assert echeances.balayer() == 1
    assert tasks(sinistre) == 1


def test_what_is_met_or_dropped_takes_no_pause(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    echeance = set_one(sinistre, days_ago=-1)
    echeances.lever(sinistre=sinistre, genres=[GenreEcheance.REPRISE_ATTENDUE])
    echeances.suspendre(acteur=m.gestionnaire, echeance=echeance, motif="Trop tard")
    assert not Echeance.objects.get(pk=echeance.pk).en_pause


def test_setting_again_replaces_the_open_one(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    first, second = set_one(sinistre), set_one(sinistre)
    assert first.pk != second.pk
    assert Echeance.objects.get(pk=first.pk).levee_le is not None


def test_what_is_due_opens_its_task_once(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    only(set_one(sinistre))
    assert [echeances.balayer(), echeances.balayer()] == [1, 0]
    assert tasks(sinistre) == 1
    assert Entree.objects.filter(sinistre_id=sinistre.pk, action="echeance.echue").count() == 1


@pytest.mark.parametrize(("genre", "tache"), sorted(echeances.TASK_OF.items()))
def test_each_kind_opens_its_own_task(m: f.Monde, genre: GenreEcheance, tache: GenreTache) -> None:
    sinistre = f.sinistre(m)
    only(set_one(sinistre, genre=genre))
    assert echeances.balayer() == 1
    assert tasks(sinistre, tache) == 1


def test_every_kind_of_deadline_has_a_task_but_the_pieces_awaited() -> None:
    assert set(echeances.TASK_OF) == set(GenreEcheance.values) - MINUTERIES - {GenreEcheance.PIECES_ATTENDUES}


def test_the_clock_of_pieces_is_left_to_its_own_sweep(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    only(set_one(sinistre, days_ago=1, genre=GenreEcheance.PIECES_ATTENDUES))
    assert echeances.balayer() == 0
    assert tasks(sinistre, GenreTache.RELANCER) == 0


def test_the_clock_of_pieces_starts_at_the_start_of_a_working_day_and_never_goes_later(m: f.Monde) -> None:
    """Monday 2 November 2026: the 11th is a holiday, so the seventh working day is Thursday 12."""
    with time_machine.travel(dt.datetime(2026, 11, 2, 15, 0, tzinfo=PARIS), tick=False) as clock:
        sinistre = f.sinistre(m)
        first = echeances.horloge_des_pieces(sinistre)
        assert first is not None
        assert (first.due_at, first.jours, first.rang) == (dt.datetime(2026, 11, 12, 8, 0, tzinfo=PARIS), 7, 0)
        clock.shift(2 * ONE_DAY)
        echeances.attendre_pieces(sinistre=sinistre)
        assert echeances.horloge_des_pieces(sinistre) == first
        assert Echeance.objects.get(pk=first.pk).due_at == first.due_at, "asking anew gives no more time"
        Echeance.objects.filter(pk=first.pk).update(due_at=first.due_at + 30 * ONE_DAY)
        echeances.attendre_pieces(sinistre=sinistre)
        assert Echeance.objects.get(pk=first.pk).due_at == dt.datetime(2026, 11, 16, 8, 0, tzinfo=PARIS), "what is asked now comes sooner"


def test_a_pause_of_pieces_awaited_counts_its_working_days(m: f.Monde) -> None:
    """Paused from Friday 6 to Monday 9 November: one working day stood still."""
    with time_machine.travel(dt.datetime(2026, 11, 2, 15, 0, tzinfo=PARIS), tick=False) as clock:
        echeance = echeances.horloge_des_pieces(f.sinistre(m))
        assert echeance is not None
        clock.move_to(dt.datetime(2026, 11, 6, 17, 0, tzinfo=PARIS))
        echeances.suspendre(acteur=m.gestionnaire, echeance=echeance, motif="Appel fait")
        clock.move_to(dt.datetime(2026, 11, 9, 9, 0, tzinfo=PARIS))
        echeances.reprendre(acteur=m.gestionnaire, echeance=echeance)
    assert Echeance.objects.get(pk=echeance.pk).due_at == dt.datetime(2026, 11, 13, 8, 0, tzinfo=PARIS)


def test_a_ten_day_outage_catches_up(m: f.Monde) -> None:
    sinistres = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(4)]
    only(*[set_one(s, days_ago=-n) for n, s in enumerate(sinistres, start=1)])
    assert echeances.balayer() == 0
    with time_machine.travel(timezone.now() + 10 * ONE_DAY, tick=False):
        assert echeances.balayer() == 4
    assert [tasks(s) for s in sinistres] == [1, 1, 1, 1]


@pytest.mark.parametrize("error", [RuntimeError, KeyError, "SELECT 1/0"])
def test_a_row_that_fails_keeps_its_error_and_stops_nobody(m: f.Monde, error: type[Exception] | str) -> None:
    bad, good = f.sinistre(m), f.sinistre(m, de=f.agent(m.collectivite))
    row = set_one(bad, days_ago=2)
    only(row, set_one(good, days_ago=1))
    failures = 0

    def act(echeance: Echeance) -> None:
        nonlocal failures
        echeances._open_task(echeance)
        if echeance.pk == row.pk and failures < 2:
            failures += 1
            if isinstance(error, str):
                connection.cursor().execute(error)
            else:
                raise error("broken")

    assert echeances.balayer(traiter=act) == 1, "the one behind it is handled in the same round"
    failed = Echeance.objects.get(pk=row.pk)
    assert (failed.tentatives, failed.traitee_le) == (1, None)
    assert failed.erreur
    assert (tasks(bad), tasks(good)) == (0, 1), "what the failed row had begun is rolled back"
    assert echeances.balayer(traiter=act) == 0, "not again at once"
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=3), tick=False):
        assert echeances.balayer(traiter=act) == 0
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=10), tick=False):
        assert echeances.balayer(traiter=act) == 1
    assert tasks(bad) == 1


def test_a_sinistre_that_somebody_works_on_waits_for_the_next_round(vraie_base: None, web_dsn: str) -> None:
    m = f.monde()
    busy, free = f.sinistre(m), f.sinistre(m, de=f.agent(m.collectivite))
    only(set_one(busy, days_ago=2), set_one(free, days_ago=1))
    with psycopg.connect(web_dsn) as other:
        other.execute("SELECT 1 FROM cases_sinistre WHERE id = %s FOR UPDATE", (busy.pk,))
        assert echeances.balayer() == 1
        assert (tasks(busy), tasks(free)) == (0, 1)
        other.rollback()
    assert echeances.balayer() == 1
    assert tasks(busy) == 1


def test_two_sweepers_share_the_work(vraie_base: None) -> None:
    m = f.monde()
    sinistres = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(12)]
    only(*[set_one(s) for s in sinistres])
    barrier, handled = threading.Barrier(3), []

    def sweep() -> None:
        barrier.wait()
        handled.append(echeances.balayer())
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(handled) == 12
    assert Entree.objects.filter(action="echeance.echue").count() == 12
    assert [tasks(s) for s in sinistres] == [1] * 12
