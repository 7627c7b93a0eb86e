"""Procedures raced on real connections: two parallel steps, two people on one step, workers, sweepers and timers. 0 stuck, 0 doubled."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone
from viewflow.workflow.models import Task

from accounts.models import User
from cases.enums import Etat, EtatBranche, GenreBranche, GenreTache, MotifCloture, OrigineBranche
from cases.errors import DejaPris, Erreur, GardeNonSatisfaite, TransitionImpossible
from cases.models import Branche, Echeance, Sinistre, Tache
from cases.services import taches
from journal.models import Entree, Evenement
from tests import factories as f
from tests.races.conftest import ROUNDS, Tally, Track, count
from workflows import automates, moteur, suites, verrous
from workflows.branches.contre_visite import demande as contre_visite
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.lifecycle import transiter
from workflows.models import Execution

JOINS = max(ROUNDS, 40)
BEFORE_THE_JOIN = ("designer", "convoquer", "avis", "conclusions")


def open_branch(m: f.Monde, *steps: str) -> Branche:
    """The trial flow on a dossier of its own, those steps done with the automatic ones between them."""
    branche = moteur.ouvrir(
        acteur=m.gestionnaire,
        genre=GenreBranche.CONTRE_VISITE,
        sinistre=f.sinistre(m, de=f.agent(m.collectivite)),
        origine=OrigineBranche.CDG,
        metier=lambda _: None,
    )
    for nom in steps:
        do(m.gestionnaire, branche, nom)
        if nom == "convoquer" and nom != steps[-1]:
            assert automates.balayer() == 1
    return branche


def do(acteur: User, branche: Branche, nom: str) -> None:
    with moteur.etape(acteur=acteur, branche=Branche.objects.get(pk=branche.pk), nom=nom):
        pass


def step(acteur: User, branche: Branche, nom: str) -> Callable[[], None]:
    return partial(do, acteur, branche, nom)


def etat(branche: Branche) -> str:
    return Branche.objects.get(pk=branche.pk).etat


def told(branche: Branche, type: str) -> int:
    return Evenement.objects.filter(objet_type="branche", objet_id=branche.pk, type=type).count()


def steps_at(branche: Branche, nom: str) -> int:
    return Task.objects.filter(process=branche.processus_id, flow_task=f"essai/flows.EssaiFlow.{nom}").count()


def late(branche: Branche) -> None:
    Echeance.objects.filter(etape__process=branche.processus_id).update(due_at=timezone.now() - dt.timedelta(minutes=1))


def somebody_waits() -> bool:
    """Whether another connection of this database stands at a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # kept for a whole transaction otherwise
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])


@pytest.mark.usefixtures("essai")
def test_two_parallel_steps_that_join(track: Track, tally: Tally) -> None:
    """With viewflow's default lock, 21 of 30 such processes hung for ever."""
    m = f.monde()
    for _ in range(JOINS):
        branche = open_branch(m, *BEFORE_THE_JOIN)
        results = track.race(step(m.gestionnaire, branche, "decision"), step(m.responsable, branche, "honoraires"))
        assert count(tally, results) == 2
        assert (steps_at(branche, "reunir"), steps_at(branche, "appliquer")) == (1, 1), "joined once"
        assert automates.balayer() == 1
        assert etat(branche) == EtatBranche.TERMINEE
        assert (told(branche, "essai.applique"), told(branche, "branche.terminee")) == (1, 1)
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_two_people_on_one_step(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m)
        results = track.race(step(m.gestionnaire, branche, "designer"), step(m.gestionnaire2, branche, "designer"))
        assert count(tally, results, moteur.EtapeFermee) == 1
        assert steps_at(branche, "convoquer") == 1
        assert Entree.objects.filter(objet_type="branche", objet_id=branche.pk, action="etape.faite").count() == 1
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_a_step_done_while_another_takes_it(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m)
        tache = Tache.objects.get(sinistre=branche.sinistre, genre=GenreTache.CV_DESIGNER)
        take = partial(taches.prendre, acteur=m.gestionnaire2, tache=tache)
        assert count(tally, track.race(step(m.gestionnaire, branche, "designer"), take), DejaPris) == 1
        tache.refresh_from_db()
        assert (tache.fermee_le is None) is (tache.porteur == m.gestionnaire2)
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_a_step_that_waited_for_who_takes_it(track: Track, tally: Tally) -> None:
    """What the race meets once in a thousand: the step stands at the lock of the item while it is being taken, and sees by whom."""
    m, taken = f.monde(), threading.Event()
    branche = open_branch(m)
    tache = Tache.objects.get(sinistre=branche.sinistre, genre=GenreTache.CV_DESIGNER)

    def take_slowly() -> None:
        with transaction.atomic():
            taches.prendre(acteur=m.gestionnaire2, tache=tache)
            taken.set()
            deadline = time.monotonic() + 10
            while not somebody_waits() and time.monotonic() < deadline:
                time.sleep(0.01)

    def then_step() -> None:
        taken.wait(10)
        do(m.gestionnaire, branche, "designer")

    results = track.race(take_slowly, then_step)
    assert results[0] is None
    assert count(tally, results, DejaPris) == 1
    assert m.gestionnaire2.get_full_name() in str(results[1])
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_a_step_against_the_abandonment(track: Track, tally: Tally) -> None:
    """Both may be right, the step first; never the other way round, and nothing stays open."""
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m)
        stop = partial(moteur.demander_abandon, acteur=m.responsable, branche=Branche.objects.get(pk=branche.pk), motif="Par erreur")
        results = track.race(step(m.gestionnaire, branche, "designer"), stop)
        assert count(tally, results, moteur.EtapeFermee) >= 1
        assert results[1] is None and etat(branche) == EtatBranche.ABANDONNEE
        assert steps_at(branche, "convoquer") == (1 if results[0] is None else 0)
        assert not Tache.objects.filter(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True).exists()
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_a_step_while_the_dossier_is_cancelled(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m, "designer")
        assert branche.sinistre is not None
        cancel = partial(transiter, acteur=m.responsable, numero=branche.sinistre.numero, nom="annuler", demande=Demande(motif="DOUBLE"))
        results = track.race(step(m.gestionnaire, branche, "convoquer"), cancel)
        assert count(tally, results, moteur.EtapeFermee) >= 1
        assert etat(branche) == EtatBranche.ABANDONNEE
        assert automates.balayer() == 0, "what the step had set off is cancelled with it"
    assert anomalies() == []


def test_a_procedure_asked_for_while_the_dossier_closes(track: Track, tally: Tally) -> None:
    """Closed first, nothing starts; started first, the dossier waits for it. The contre-visite as it is."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = f.sinistre(m, de=f.agent(m.collectivite))
        f.complete_pieces(sinistre, m.gestionnaire)
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
        close = Demande(motif=MotifCloture.SANS_SUITE, date_effet=timezone.localdate(), commentaire="Sans suite.")
        ask = partial(contre_visite.demander, acteur=m.mairie, sinistre=sinistre, motif="DUREE")
        results = track.race(partial(transiter, acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=close), ask)
        assert count(tally, results, GardeNonSatisfaite, TransitionImpossible) == 1
        assert (Sinistre.objects.get(pk=sinistre.pk).etat == Etat.CLOS) is not Branche.objects.filter(sinistre=sinistre).exists()
    assert anomalies() == []


def test_two_ask_for_the_same_procedure(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = f.sinistre(m, de=f.agent(m.collectivite))
        ask = [partial(contre_visite.demander, acteur=who, sinistre=sinistre, motif="DUREE") for who in (m.mairie, m.gestionnaire)]
        assert count(tally, track.race(*ask), Erreur) == 1
        assert Branche.objects.filter(sinistre=sinistre).count() == 1
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_a_worker_against_the_sweeper(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m, "designer", "convoquer")
        execution = Execution.objects.get(etape__process=branche.processus_id)
        assert count(tally, track.race(partial(automates.executer, execution.pk), automates.balayer)) == 2
        assert sum(int(value) for value in track.values) == 1  # type: ignore[call-overload]
        assert (told(branche, "essai.diffuse"), steps_at(branche, "avis")) == (1, 1)
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_a_dossier_held_for_long_is_no_failure(track: Track, tally: Tally) -> None:
    """Longer than one waits: a person is told to come back, the worker's step waits for the next round without a mark."""
    m, held, over = f.monde(), threading.Event(), threading.Event()
    branche = open_branch(m, "designer", "convoquer")
    execution = Execution.objects.get(etape__process=branche.processus_id)
    assert branche.sinistre_id is not None

    def hold() -> None:
        with transaction.atomic():
            verrous.lock(branche.sinistre_id)  # type: ignore[arg-type] # asserted above
            held.set()
            over.wait(30)

    def meanwhile() -> None:
        held.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            assert automates.executer(execution.pk) is False
            with pytest.raises(verrous.Occupe):
                do(m.gestionnaire, branche, "avis")
        finally:
            over.set()
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    assert count(tally, track.race(hold, meanwhile)) == 2
    execution.refresh_from_db()
    assert (execution.tentatives, execution.erreur, execution.terminee_le) == (0, "", None)
    assert automates.balayer() == 1
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_two_sweepers(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m, "designer", "convoquer", "avis")
        autre = open_branch(m, "designer", "convoquer")
        late(branche)
        assert count(tally, track.race(automates.balayer, automates.balayer)) == 2
        assert sum(int(value) for value in track.values) == 1  # type: ignore[call-overload]
        assert steps_at(autre, "avis") == 1
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_two_sweepers_on_one_timer(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m, "designer", "convoquer")
        assert automates.balayer() == 1
        late(branche)
        assert count(tally, track.race(automates.balayer, automates.balayer)) == 2
        automates.balayer()
        assert steps_at(branche, "escalader") == 1
        assert Tache.objects.filter(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=branche.pk).count() == 1
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_a_timer_against_its_step(track: Track, tally: Tally) -> None:
    """The step is done whatever happens; the timer runs out before it, or falls with it."""
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m, "designer", "convoquer")
        assert automates.balayer() == 1
        late(branche)
        assert count(tally, track.race(step(m.gestionnaire, branche, "avis"), automates.balayer)) == 2
        automates.balayer()
        echeance = Echeance.objects.get(etape__process=branche.processus_id)
        assert (echeance.traitee_le is None) is not (echeance.levee_le is None)
        assert steps_at(branche, "escalader") == (1 if echeance.traitee_le else 0)
        assert (steps_at(branche, "conclusions"), steps_at(branche, "honoraires")) == (1, 1)
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_two_resume_one_failed_step(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        branche = open_branch(m, "designer", "convoquer")
        execution = Execution.objects.get(etape__process=branche.processus_id)
        Execution.objects.filter(pk=execution.pk).update(tentatives=automates.ESSAIS, abandonnee_le=timezone.now())
        taches.ouvrir(genre=GenreTache.REPRENDRE_ETAPE, sinistre=branche.sinistre, objet_type="etape", objet_id=execution.etape_id)
        tache = Tache.objects.get(genre=GenreTache.REPRENDRE_ETAPE, objet_id=execution.etape_id)
        resume = partial(suites.terminer, acteur=m.responsable, tache_id=tache.pk)
        assert count(tally, track.race(resume, resume), Tache.DoesNotExist) >= 1
        assert told(branche, "branche.etape_reprise") == 1
        assert automates.balayer() == 1
    assert anomalies() == []
