"""The one clock by which the missing pièces of a dossier are asked for again: dates, outages, pauses, what comes meanwhile."""

from __future__ import annotations

import datetime as dt
import threading

import psycopg
import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, connection
from django.utils import timezone

from accounts.models import Collectivite
from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre, Tache
from cases.services import echeances, taches
from contracts.services import fixer_calendrier
from documents.enums import EtatPiece
from documents.models import Piece
from documents.services import decisions, versions
from journal.models import Entree, Evenement
from notifications import relances as sweep
from notifications.relances import relancer
from tests import factories as f
from tests.notifications.horloges import (
    DAY,
    FRANCE,
    MONDAY,
    MOSELLE,
    PARIS,
    REUNION,
    at,
    clock_of,
    declared,
    live,
    receive,
    to_call,
    told,
    working_day,
)
from workflows import lifecycle, suites
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


# -- The dates ----------------------------------------------------------------------------------------------------------------


def test_the_default_pace_by_hand(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    live(clock, at(2027, 3, 1))
    assert told(sinistre) == [(at(2026, 11, 12), 1), (at(2026, 12, 2), 2), (at(2027, 1, 7), 3)]
    assert to_call(sinistre) == [at(2027, 1, 14)]
    assert echeances.horloge_des_pieces(sinistre) is None, "a person has it from now on"
    rows = Entree.objects.filter(sinistre_id=sinistre.pk, action__startswith="relance.").order_by("pk")
    assert list(rows.values_list("action", flat=True)) == [*["relance.faite"] * 3, "relance.sans_effet"]
    assert [row.contenu.donnees for row in rows[:2]] == [{"rang": 1, "pieces": 2}, {"rang": 2, "pieces": 2}]


@pytest.mark.parametrize(
    ("departement", "feries", "debut"),
    [
        pytest.param("34", FRANCE, at(2026, 10, 19, 17), id="over the end of summer time"),
        pytest.param("34", FRANCE, at(2027, 3, 22, 23), id="over its beginning, and Easter Monday"),
        pytest.param("34", FRANCE, at(2026, 4, 27, 9), id="1, 8, 14, 25 May and 14 July"),
        pytest.param("34", FRANCE, at(2025, 12, 19, 12), id="Christmas in Hérault: the 26th is worked"),
        pytest.param("57", MOSELLE, at(2025, 12, 19, 12), id="Christmas in Moselle: the 26th is not"),
        pytest.param("57", MOSELLE, at(2026, 3, 27, 12), id="Good Friday in Moselle"),
        pytest.param("974", REUNION, at(2027, 12, 10, 12), id="20 December in La Réunion"),
        pytest.param("34", FRANCE, at(2027, 12, 10, 12), id="20 December elsewhere"),
        pytest.param("34", FRANCE, at(2026, 11, 7, 10), id="asked on a Saturday"),
    ],
)
def test_each_reminder_leaves_at_eight_in_paris_on_a_working_day_of_the_departement(
    m: f.Monde, departement: str, feries: set[dt.date], debut: dt.datetime
) -> None:
    Collectivite.objects.filter(pk=m.collectivite.pk).update(departement=departement)
    with time_machine.travel(debut, tick=False) as clock:
        sinistre = declared(m)
        live(clock, debut + 120 * DAY)
    days = [working_day(debut.date(), jours, feries) for jours in (7, 21, 45, 50)]
    instants = [dt.datetime.combine(jour, dt.time(8), tzinfo=PARIS) for jour in days]
    assert told(sinistre) == list(zip(instants[:3], (1, 2, 3), strict=True))
    assert to_call(sinistre) == [instants[3]]


# -- Outages and faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("back", "ranks", "then"),
    [
        (at(2026, 11, 22, 3), [1], at(2026, 12, 2)),
        (at(2026, 12, 12, 3), [2], at(2027, 1, 7)),
        (at(2027, 1, 9, 3), [3], at(2027, 1, 15)),
        (at(2027, 6, 1, 3), [3], at(2027, 6, 8)),
    ],
    ids=["ten days", "over two reminders", "over three, then five days before the call", "half a year"],
)
def test_after_an_outage_one_reminder_the_highest_reached_then_the_right_next(
    m: f.Monde, clock: time_machine.Traveller, back: dt.datetime, ranks: list[int], then: dt.datetime
) -> None:
    sinistre = declared(m)
    clock.move_to(back)
    assert relancer() == 1
    assert [relancer() for _ in range(3)] == [0, 0, 0], "never a burst"
    assert told(sinistre) == [(back, rank) for rank in ranks]
    assert clock_of(sinistre).due_at == then
    assert to_call(sinistre) == [], "nobody is called in the minute that follows a reminder"


def test_a_dossier_that_fails_stops_nobody_and_is_tried_again(
    m: f.Monde, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    sinistres = [declared(m) for _ in range(3)]
    clock.move_to(at(2026, 11, 12))
    bad = clock_of(sinistres[1])
    decide = sweep.decider

    def fails(manquantes: list[sweep.Attente], horloge: sweep.Horloge, maintenant: dt.datetime) -> sweep.Suite:
        if horloge.depart == bad.depart:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")  # the transaction itself is spoilt
        return decide(manquantes, horloge, maintenant)

    Echeance.objects.filter(pk=bad.pk).update(depart=bad.depart + dt.timedelta(minutes=1))
    bad.depart += dt.timedelta(minutes=1)
    with monkeypatch.context() as broken:
        broken.setattr(sweep, "decider", fails)
        assert relancer() == 2
    assert [len(told(s)) for s in sinistres] == [1, 0, 1]
    failed = Echeance.objects.get(pk=bad.pk)
    assert (failed.tentatives, failed.erreur, failed.due_at) == (1, "DataError", at(2026, 11, 12) + dt.timedelta(minutes=2))
    clock.shift(dt.timedelta(minutes=2))
    assert relancer() == 1
    assert [len(told(s)) for s in sinistres] == [1, 1, 1]


def test_a_sweep_whose_time_is_over_blames_no_dossier(m: f.Monde, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's signal comes in the middle of a query: what that leaves undone raises an error of its own above it."""
    sinistre = declared(m)
    clock.move_to(at(2026, 11, 12))

    def fails(*_: object) -> sweep.Suite:
        try:
            raise SoftTimeLimitExceeded
        finally:
            raise InterfaceError("the cursor is closed")

    with monkeypatch.context() as broken:
        broken.setattr(sweep, "decider", fails)
        with pytest.raises(SoftTimeLimitExceeded):
            relancer()
    assert (clock_of(sinistre).tentatives, clock_of(sinistre).erreur) == (0, "")
    assert relancer() == 1 and len(told(sinistre)) == 1


def test_a_dossier_that_somebody_works_on_waits_for_the_next_round(vraie_base: None, web_dsn: str) -> None:
    m = f.monde()
    with time_machine.travel(MONDAY, tick=False) as clock:
        busy, free = declared(m), declared(m)
        clock.move_to(at(2026, 11, 12))
        with psycopg.connect(web_dsn) as other:
            other.execute("SELECT 1 FROM cases_sinistre WHERE id = %s FOR UPDATE", (busy.pk,))
            assert relancer() == 1
            assert [len(told(busy)), len(told(free))] == [0, 1]
            other.rollback()
        assert relancer() == 1
        assert [len(told(busy)), len(told(free))] == [1, 1]


def test_sweepers_at_once_share_the_work(vraie_base: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "BATCH", 3)
    m = f.monde()
    with time_machine.travel(MONDAY, tick=False) as clock:
        sinistres = [declared(m) for _ in range(20)]
        clock.move_to(at(2026, 11, 12))
        barrier, handled = threading.Barrier(4), []

        def run() -> None:
            barrier.wait()
            handled.append(relancer())
            connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(handled) == 20
        assert [told(s) for s in sinistres] == [[(at(2026, 11, 12), 1)]] * 20
        assert Echeance.objects.filter(levee_le=None, traitee_le=None, genre=GenreEcheance.PIECES_ATTENDUES).count() == 20


def test_a_backlog_is_read_by_a_fixed_number_of_queries(m: f.Monde, django_assert_num_queries: object) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        for _ in range(12):
            declared(m)
        clock.move_to(at(2026, 11, 12))
        with django_assert_num_queries(18) as captured:  # type: ignore[operator]
            assert relancer() == 12
    read = [q["sql"] for q in captured.captured_queries if q["sql"].startswith("SELECT")]
    assert len(read) <= 8, "suspensions that are over, claim, calendars, missing, under check, pauses, latest; then the empty claim"


# -- What moves meanwhile -----------------------------------------------------------------------------------------------------


def test_what_is_conforme_is_asked_for_no_more(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    live(clock, at(2026, 11, 20))
    receive(m, sinistre, "certificat")
    live(clock, at(2026, 12, 3))
    assert [entree.contenu.donnees["pieces"] for entree in Entree.objects.filter(action="relance.faite").order_by("pk")] == [2, 1]
    receive(m, sinistre, "arrete")
    assert echeances.horloge_des_pieces(sinistre) is None
    live(clock, at(2027, 6, 1))
    assert [rang for _, rang in told(sinistre)] == [1, 2]
    assert to_call(sinistre) == []


def test_under_check_nothing_is_asked_and_a_refusal_starts_its_own_delay(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    receive(m, sinistre, "certificat")
    Piece.objects.filter(sinistre=sinistre, code="arrete").update(etat=EtatPiece.A_CONTROLER, recue_le=timezone.now())
    live(clock, at(2026, 11, 17, 10))
    assert told(sinistre) == [], "what came is being looked at"
    decisions.refuser(acteur=m.gestionnaire, piece=Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete"),
                      motif="ILLISIBLE")  # fmt: skip
    live(clock, at(2026, 12, 1))
    assert told(sinistre) == [(at(2026, 11, 26), 1)], "seven working days after the refusal of the 17th"


def test_a_file_set_aside_is_not_forgotten(m: f.Monde, clock: time_machine.Traveller) -> None:
    """Received the day before its reminder, found to be no such document five days later: the clock was still looking."""
    sinistre = declared(m)
    receive(m, sinistre, "certificat")
    piece = Piece.objects.select_related("sinistre__collectivite").get(sinistre=sinistre, code="arrete")
    live(clock, at(2026, 11, 10))
    versions.on_its_way(piece.pk)
    live(clock, at(2026, 11, 18, 12))
    assert told(sinistre) == []
    versions.set_aside(Piece.objects.get(pk=piece.pk), piece.sinistre)
    live(clock, at(2026, 11, 30))
    assert told(sinistre) == [(at(2026, 11, 19), 1)]


def test_a_prolongation_leaves_the_older_piece_its_pace(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    live(clock, at(2026, 11, 27, 12))
    arret = sinistre.arrets.get()
    lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(arret.fin + DAY, 20))
    assert Evenement.objects.filter(sinistre_id=sinistre.pk, type="pieces.attendues").count() == 2, "declared, then prolonged"
    live(clock, at(2027, 1, 8))
    assert told(sinistre) == [(at(2026, 11, 12), 1), (at(2026, 12, 2), 2), (at(2027, 1, 7), 3)]


def test_once_the_older_has_come_the_newer_sets_the_pace(m: f.Monde, clock: time_machine.Traveller) -> None:
    """Asked on Friday 27 November: the seventh working day is Tuesday 8 December, far before the older one's next reminder."""
    sinistre = declared(m)
    live(clock, at(2026, 11, 27, 12))
    lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(sinistre.arrets.get().fin + DAY, 20))
    live(clock, at(2026, 12, 3))
    receive(m, sinistre, "certificat", "arrete")
    live(clock, at(2026, 12, 31))
    assert told(sinistre) == [(at(2026, 11, 12), 1), (at(2026, 12, 2), 2), (at(2026, 12, 8), 1), (at(2026, 12, 29), 2)]


def test_nothing_is_asked_during_a_mediation_nor_after_the_end(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    refusal = Demande(motif="NON_JUSTIFIE", portee="SINISTRE")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=refusal)
    assert echeances.horloge_des_pieces(sinistre) is None
    live(clock, at(2026, 12, 1, 9))
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="lever_refus", demande=Demande(commentaire="Justifié"))
    live(clock, at(2026, 12, 11))
    assert told(sinistre) == [(at(2026, 12, 10), 1)], "a new delay, from the day it is asked for again"
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    live(clock, at(2027, 6, 1))
    assert len(told(sinistre)) == 1


def test_a_clock_left_on_a_dossier_that_awaits_nothing_is_dropped(m: f.Monde, clock: time_machine.Traveller) -> None:
    ended, complete = declared(m), declared(m)
    Sinistre.objects.filter(pk=ended.pk).update(motif_cloture="SANS_SUITE")
    f.complete_pieces(complete, m.gestionnaire)
    Piece.objects.filter(sinistre=ended).update(etat=EtatPiece.SANS_OBJET)
    clock.move_to(at(2026, 11, 12))
    assert relancer() == 2
    assert [echeances.horloge_des_pieces(s) for s in (ended, complete)] == [None, None]
    assert not Evenement.objects.filter(type="pieces.relance").exists()


def test_a_call_made_begins_a_new_series(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    live(clock, at(2027, 1, 18, 10))
    tache = Tache.objects.get(sinistre=sinistre, genre=GenreTache.RELANCER, fermee_le=None)
    suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk)
    confirmation = Evenement.objects.get(sinistre_id=sinistre.pk, type="pieces.demandees")
    assert confirmation.donnees == {"rappel": True}
    live(clock, at(2027, 1, 28))
    assert told(sinistre)[3:] == [(at(2027, 1, 27), 1)]
    assert clock_of(sinistre).rang == 1


def test_what_a_validated_dossier_lacks_is_still_asked_for_after_the_call(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = f.sinistre(m, de=f.agent(m.collectivite), arret=f.arret_demande(jours=8))  # within the franchise: nothing to pay
    live(clock, at(2027, 1, 18, 10))
    assert len(to_call(sinistre)) == 1
    receive(m, sinistre, "certificat")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider", demande=Demande())
    assert not Tache.objects.filter(sinistre=sinistre, genre=GenreTache.RELANCER, fermee_le=None).exists()
    live(clock, at(2027, 1, 28))
    assert told(sinistre)[3:] == [(at(2027, 1, 27), 1)], "the other pièce has not come"


# -- Calendars ----------------------------------------------------------------------------------------------------------------


def test_a_calendar_changed_midway_holds_for_what_is_decided_from_its_first_day(m: f.Monde, clock: time_machine.Traveller) -> None:
    before = declared(m)
    live(clock, at(2026, 11, 13))
    fixer_calendrier(acteur=m.responsable, contrat=None, stade="", debut=dt.date(2026, 11, 16), jours=[5, 25], appel=30)
    assert told(before) == [(at(2026, 11, 12), 1)]
    live(clock, at(2026, 11, 16, 9))
    after = declared(m)
    live(clock, at(2027, 1, 31))
    # The clock that was set under the old calendar still wakes on its day, and then follows the new one.
    assert told(before) == [(at(2026, 11, 12), 1), (at(2026, 12, 8), 2)]
    assert to_call(before) == [at(2026, 12, 15)]
    assert told(after) == [(at(2026, 11, 23), 1), (at(2026, 12, 21), 2)]
    assert to_call(after) == [at(2026, 12, 29)]


def test_the_calendar_of_the_contract_and_stage_is_the_nearest(m: f.Monde, clock: time_machine.Traveller) -> None:
    today = timezone.localdate()
    fixer_calendrier(acteur=m.responsable, contrat=None, stade="", debut=today, jours=[10], appel=20)
    fixer_calendrier(acteur=m.responsable, contrat=m.contrat, stade="REMBOURSEMENT", debut=today, jours=[3, 6], appel=9)
    sinistre = declared(m)
    receive(m, sinistre, "certificat")
    assert clock_of(sinistre).due_at == at(2026, 11, 5), "the soonest of its stages wakes the clock"
    live(clock, at(2026, 12, 31))
    assert told(sinistre) == [(at(2026, 11, 5), 1), (at(2026, 11, 10), 2)]
    assert to_call(sinistre) == [at(2026, 11, 16)]


def test_a_clock_that_was_let_go_of_is_set_again(m: f.Monde, clock: time_machine.Traveller) -> None:
    """Whatever lost it: a dossier that owes something has its clock, or somebody told to call."""
    lost, asked, calling = declared(m), declared(m), declared(m)
    for sinistre in (lost, calling):
        Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES).update(levee_le=timezone.now())
    taches.ouvrir(genre=GenreTache.RELANCER, sinistre=calling)
    before = clock_of(asked).pk
    assert sweep.rattraper() == 1
    assert clock_of(lost).due_at > timezone.now() and clock_of(asked).pk == before
    assert echeances.horloge_des_pieces(calling) is None
    assert sweep.rattraper() == 0
