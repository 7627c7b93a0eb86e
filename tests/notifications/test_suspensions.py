"""Reminders that a person stops for a while: what moves, what ends by itself, what is asked meanwhile, who reads that they stand still."""

from __future__ import annotations

import datetime as dt
import threading

import psycopg
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.gate import Refus
from accounts.models import Collectivite
from cases.errors import DonneeInvalide, Erreur
from cases.models import Echeance, Pause, Sinistre
from cases.selectors_relances import LONGTEMPS, relances_suspendues, suspension_de
from cases.services import echeances, relances
from journal.models import Entree
from notifications.relances import relancer
from tests import factories as f
from tests.notifications.horloges import DAY, FRANCE, MONDAY, PARIS, at, clock_of, declared, live, receive, to_call, told, working_day
from workflows import lifecycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


def suspended(m: f.Monde, jusqu_au: dt.date | None = None, motif: str = "Arrêté en signature") -> Sinistre:
    sinistre = declared(m)
    relances.suspendre(acteur=m.gestionnaire, sinistre=sinistre, motif=motif, jusqu_au=jusqu_au)
    return sinistre


def said(sinistre: Sinistre) -> list[tuple[str, int | None, str]]:
    """What the journal has of its suspensions: act, by whom, until when."""
    rows = Entree.objects.filter(sinistre_id=sinistre.pk, objet_type="echeance", action__startswith="echeance.").order_by("pk")
    return [(row.action, row.acteur_id, row.contenu.donnees.get("jusqu_au", "")) for row in rows.select_related("contenu")]


def test_a_pause_moves_every_reminder_by_its_working_days(m: f.Monde, clock: time_machine.Traveller) -> None:
    """Paused from Thursday 5 to Thursday 19 November: nine working days, since the 11th is none."""
    sinistre = declared(m)
    live(clock, at(2026, 11, 5, 10))
    relances.suspendre(acteur=m.responsable, sinistre=sinistre, motif="Secrétaire de mairie absente")
    live(clock, at(2026, 11, 19, 16))
    assert told(sinistre) == []
    relances.reprendre(acteur=m.gestionnaire, sinistre=sinistre)
    assert clock_of(sinistre).due_at == at(2026, 11, 25)
    live(clock, at(2027, 3, 1))
    days = [working_day(MONDAY.date(), jours + 9, FRANCE) for jours in (7, 21, 45, 50)]
    assert told(sinistre) == [(dt.datetime.combine(j, dt.time(8), tzinfo=PARIS), n) for j, n in zip(days[:3], (1, 2, 3), strict=True)]
    assert to_call(sinistre) == [dt.datetime.combine(days[3], dt.time(8), tzinfo=PARIS)]


def test_who_may_pause_and_when(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    for other in (m.mairie, m.payeur, m.admin, m.medecin):
        with pytest.raises(Refus):
            relances.suspendre(acteur=other, sinistre=sinistre, motif="Non")
        with pytest.raises(Refus):
            relances.reprendre(acteur=other, sinistre=sinistre)
    with pytest.raises(DonneeInvalide):
        relances.suspendre(acteur=m.gestionnaire, sinistre=sinistre, motif="  ")
    f.complete_pieces(sinistre, m.gestionnaire)
    clock.move_to(at(2026, 11, 12))
    relancer()
    with pytest.raises(Erreur, match="Aucune relance"):
        relances.suspendre(acteur=m.gestionnaire, sinistre=sinistre, motif="Plus rien à suspendre")


# -- What is asked for meanwhile ----------------------------------------------------------------------------------------------


def test_what_is_asked_during_a_pause_waits_for_no_day_before_it_was_asked(m: f.Monde, clock: time_machine.Traveller) -> None:
    """Two reminders told, the third far away; paused from Friday 4 to Friday 11 December; a pièce is asked for on Thursday 10. One working
    day of the pause is after its request: its seventh is Monday 21, so it is asked for again on Tuesday 22, and not on Monday 28."""
    sinistre = declared(m)
    live(clock, at(2026, 12, 4, 9))
    relances.suspendre(acteur=m.gestionnaire, sinistre=sinistre, motif="Secrétaire absente")
    clock.move_to(at(2026, 12, 10, 9))
    lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(sinistre.arrets.get().fin + DAY, 20))
    clock.move_to(at(2026, 12, 11, 9))
    relances.reprendre(acteur=m.gestionnaire, sinistre=sinistre)
    receive(m, sinistre, "certificat", "arrete")
    assert clock_of(sinistre).due_at == at(2026, 12, 22)
    live(clock, at(2026, 12, 31))
    assert told(sinistre)[2:] == [(at(2026, 12, 22), 1)]


def test_what_was_due_sooner_stays_so_whatever_is_asked_meanwhile(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = suspended(m)
    clock.move_to(at(2026, 11, 10, 9))
    echeances.attendre_pieces(sinistre=sinistre)
    clock.move_to(at(2026, 11, 16, 9))
    relances.reprendre(acteur=m.gestionnaire, sinistre=sinistre)
    # Seven working days after Monday 2, and the nine of the pause: the 11th is a holiday.
    assert clock_of(sinistre).due_at == dt.datetime.combine(working_day(MONDAY.date(), 7 + 9, FRANCE), dt.time(8), tzinfo=PARIS)


# -- A last day ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("departement", "jusqu_au", "reprise", "pause"),
    [
        pytest.param("34", dt.date(2026, 11, 4), at(2026, 11, 5), 3, id="a Wednesday: the next day"),
        pytest.param("34", dt.date(2026, 11, 6), at(2026, 11, 9), 5, id="a Friday: the Monday"),
        pytest.param("34", dt.date(2026, 11, 10), at(2026, 11, 12), 7, id="the eve of a holiday"),
        pytest.param("34", dt.date(2026, 12, 24), at(2026, 12, 28), 38, id="Christmas in Hérault"),
        pytest.param("57", dt.date(2027, 3, 25), at(2027, 3, 30), 101, id="Good Friday and Easter Monday in Moselle"),
    ],
)
def test_a_suspension_ends_at_the_start_of_the_working_day_after_its_last(
    m: f.Monde, clock: time_machine.Traveller, departement: str, jusqu_au: dt.date, reprise: dt.datetime, pause: int
) -> None:
    Collectivite.objects.filter(pk=m.collectivite.pk).update(departement=departement)
    sinistre = suspended(m, jusqu_au)
    clock.move_to(reprise - dt.timedelta(seconds=1))
    relancer()
    assert clock_of(sinistre).en_pause
    clock.move_to(reprise)
    relancer()
    horloge = clock_of(sinistre)
    assert not horloge.en_pause and horloge.pauses.get().fin == reprise
    feries = FRANCE | ({dt.date(2026, 12, 26), dt.date(2027, 3, 26)} if departement == "57" else set())
    assert horloge.due_at == dt.datetime.combine(working_day(MONDAY.date(), 7 + pause, feries), dt.time(8), tzinfo=PARIS)
    assert said(sinistre) == [("echeance.suspendue", m.gestionnaire.pk, jusqu_au.isoformat()), ("echeance.reprise", None, "")]
    live(clock, horloge.due_at)
    assert told(sinistre) == [(horloge.due_at, 1)]


def test_after_an_outage_the_pause_ends_on_its_day_and_one_reminder_leaves(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = suspended(m, dt.date(2026, 11, 4))
    clock.move_to(at(2026, 11, 24, 9))
    assert relancer() == 1 and relancer() == 0
    assert Pause.objects.get().fin == at(2026, 11, 5)
    assert told(sinistre) == [(at(2026, 11, 24, 9), 1)]


def test_without_a_last_day_only_a_person_resumes(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = suspended(m)
    clock.move_to(at(2027, 9, 1))
    assert relancer() == 0
    assert clock_of(sinistre).en_pause and not told(sinistre)


def test_the_day_and_the_reason_can_be_changed_while_it_lasts(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = suspended(m, dt.date(2026, 11, 4))
    clock.move_to(at(2026, 11, 4, 9))
    for _ in range(2):  # said twice: once in the journal
        relances.suspendre(acteur=m.responsable, sinistre=sinistre, motif="Arrêté égaré", jusqu_au=dt.date(2026, 11, 20))
    clock.move_to(at(2026, 11, 5, 9))
    relancer()
    assert clock_of(sinistre).en_pause
    une = suspension_de(m.gestionnaire, sinistre)
    assert une is not None
    assert (une.depuis, une.jusqu_au, une.motif, une.par) == (MONDAY, dt.date(2026, 11, 20), "Arrêté égaré", m.responsable.get_full_name())
    relances.suspendre(acteur=m.gestionnaire, sinistre=sinistre, motif="Arrêté égaré", jusqu_au=None)
    clock.move_to(at(2026, 12, 1, 9))
    relancer()
    assert clock_of(sinistre).en_pause
    assert said(sinistre) == [
        ("echeance.suspendue", m.gestionnaire.pk, "2026-11-04"),
        ("echeance.suspension_changee", m.responsable.pk, "2026-11-20"),
        ("echeance.suspension_changee", m.gestionnaire.pk, ""),
    ]


@pytest.mark.parametrize(
    ("jusqu_au", "refus"),
    [(MONDAY.date() - DAY, "passé"), (dt.date(2027, 11, 3), "jusqu’au 02/11/2027"), (dt.date(2027, 11, 2), ""), (MONDAY.date(), "")],
)
def test_a_last_day_is_neither_past_nor_beyond_a_year(m: f.Monde, clock: time_machine.Traveller, jusqu_au: dt.date, refus: str) -> None:
    if not refus:
        assert clock_of(suspended(m, jusqu_au)).pauses.get().jusqu_au == jusqu_au
        return
    with pytest.raises(DonneeInvalide, match=refus) as error:
        suspended(m, jusqu_au)
    assert set(error.value.champs) == {"jusqu_au"}
    assert not Pause.objects.exists()


def test_a_suspension_that_cannot_be_ended_keeps_no_other_waiting(
    m: f.Monde, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = suspended(m, dt.date(2026, 11, 3)), suspended(m, dt.date(2026, 11, 4))
    real = echeances.reprendre

    def reprendre(*, acteur: None, echeance: Echeance, le: dt.datetime) -> None:
        if echeance.sinistre_id == first.pk:
            real(acteur=acteur, echeance=echeance, le=le)
            raise ValueError("after it was written")
        real(acteur=acteur, echeance=echeance, le=le)

    monkeypatch.setattr(echeances, "reprendre", reprendre)
    clock.move_to(at(2026, 11, 5))
    assert relances.finir_suspensions() == 1
    assert [clock_of(s).en_pause for s in (first, second)] == [True, False]
    assert said(first)[1:] == []


def test_one_that_somebody_works_on_ends_at_the_next_round(vraie_base: None, web_dsn: str) -> None:
    m = f.monde()
    with time_machine.travel(MONDAY, tick=False) as clock:
        busy, free = suspended(m, dt.date(2026, 11, 4)), suspended(m, dt.date(2026, 11, 4))
        clock.move_to(at(2026, 11, 5))
        with psycopg.connect(web_dsn) as other:
            other.execute("SELECT 1 FROM cases_sinistre WHERE id = %s FOR UPDATE", (busy.pk,))
            assert relances.finir_suspensions() == 1
            assert [clock_of(s).en_pause for s in (busy, free)] == [True, False]
            other.rollback()
        assert [relances.finir_suspensions() for _ in range(2)] == [1, 0]


def test_a_lock_that_nobody_gives_back_stops_no_reminder(vraie_base: None, web_dsn: str) -> None:
    """The database gives up waiting for one row: an error of that dossier, on a connection that goes on."""
    m = f.monde()
    with time_machine.travel(MONDAY, tick=False) as clock:
        held, free, due = suspended(m, dt.date(2026, 11, 4)), suspended(m, dt.date(2026, 11, 4)), declared(m)
        clock.move_to(at(2026, 11, 12))
        with psycopg.connect(web_dsn) as other, connection.cursor() as cursor:
            other.execute("SELECT 1 FROM cases_echeance WHERE id = %s FOR UPDATE", (clock_of(held).pk,))
            cursor.execute("SET lock_timeout = '100ms'")
            assert relancer() == 1
            assert [clock_of(s).en_pause for s in (held, free)] == [True, False]
            other.rollback()
        assert told(due) and relances.finir_suspensions() == 1


def test_four_sweepers_at_once_end_each_suspension_once(vraie_base: None) -> None:
    m = f.monde()
    with time_machine.travel(MONDAY, tick=False) as clock:
        sinistres = [suspended(m, dt.date(2026, 11, 4)) for _ in range(20)]
        clock.move_to(at(2026, 11, 5))
        barrier, ended, errors = threading.Barrier(5), [], []

        def run(act: object) -> None:
            barrier.wait()
            try:
                ended.append(act())  # type: ignore[operator]
            except Exception as error:
                errors.append(error)
            connection.close()

        def resume() -> int:
            """A person does it meanwhile, from the last dossier to the first."""
            for sinistre in reversed(sinistres):
                relances.reprendre(acteur=m.gestionnaire, sinistre=sinistre)
            return 0

        threads = [threading.Thread(target=run, args=(act,)) for act in (resume, *[relances.finir_suspensions] * 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert [[action for action, *_ in said(s)] for s in sinistres] == [["echeance.suspendue", "echeance.reprise"]] * 20
        assert Entree.objects.filter(action="echeance.reprise", acteur_id__isnull=True).count() == sum(ended)
        assert not Echeance.objects.filter(en_pause=True).exists()
        assert {clock_of(s).due_at for s in sinistres} == {at(2026, 11, 17)}


# -- Who reads of them --------------------------------------------------------------------------------------------------------


def test_suspensions_are_listed_the_oldest_first_and_those_that_may_be_forgotten_are_told(
    m: f.Monde, clock: time_machine.Traveller
) -> None:
    old, autre = suspended(m), declared(m)
    clock.move_to(MONDAY + LONGTEMPS)
    recent = suspended(m, timezone.localdate() + 30 * DAY)
    found = relances_suspendues(m.gestionnaire, limite=9)
    assert [(une.sinistre, une.a_revoir, une.par) for une in found] == [
        (old, False, m.gestionnaire.get_full_name()),
        (recent, False, m.gestionnaire.get_full_name()),
    ]
    clock.shift(DAY)
    assert [une.a_revoir for une in relances_suspendues(m.gestionnaire, limite=9)] == [True, False]
    assert relances_suspendues(m.gestionnaire, limite=1)[0].sinistre == old
    assert len(relances_suspendues(m.payeur, limite=9)) == 2 and suspension_de(m.payeur, old) is not None
    for other in (m.mairie, m.admin):
        assert not relances_suspendues(other, limite=9) and suspension_de(other, old) is None
    assert suspension_de(m.responsable, autre) is None
    relances.reprendre(acteur=m.gestionnaire, sinistre=old)
    assert [une.sinistre for une in relances_suspendues(m.gestionnaire, limite=9)] == [recent]
