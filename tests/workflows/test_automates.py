"""What the workers do when something fails: nothing hangs nor is hidden, what waits behind goes on, a person has it tried again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from cases.enums import EtatBranche, GenreBranche, GenreTache, OrigineBranche
from cases.models import Branche, Echeance, Tache
from cases.services.echeances import MAX_ATTEMPTS
from tests.essai import suites
from tests.factories import Monde, agent, monde, sinistre
from workflows import automates, moteur
from workflows import suites as suites_du_travail
from workflows.coherence import anomalies
from workflows.models import Execution

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("essai")]


@pytest.fixture
def m() -> Monde:
    return monde()


@pytest.fixture(autouse=True)
def coherent(db: None, essai: None) -> Iterator[None]:
    yield
    assert anomalies() == []


def at(m: Monde, *noms: str) -> Branche:
    """The trial flow on a dossier of its own, those steps done."""
    branche = moteur.ouvrir(
        acteur=m.gestionnaire,
        genre=GenreBranche.CONTRE_VISITE,
        sinistre=sinistre(m, de=agent(m.collectivite)),
        origine=OrigineBranche.CDG,
        metier=lambda _: None,
    )
    for nom in noms:
        faire(m, branche, nom)
    return branche


def faire(m: Monde, branche: Branche, nom: str) -> None:
    with moteur.etape(acteur=m.gestionnaire, branche=branche, nom=nom):
        pass


def under_its_timer(m: Monde) -> Branche:
    branche = at(m, "designer", "convoquer")
    assert automates.balayer() == 1
    return branche


def due_now() -> None:
    Echeance.objects.filter(etape__isnull=False).update(due_at=timezone.now() - dt.timedelta(minutes=1))


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("panne")


def exhaust_the_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path fails as often as it is tried."""
    with monkeypatch.context() as patch:
        patch.setattr(Execution.objects, "create", broken)
        for _ in range(MAX_ATTEMPTS + 2):
            due_now()
            assert automates.balayer() == 0


def to_resume() -> Tache:
    return Tache.objects.get(genre=GenreTache.REPRENDRE_ETAPE, fermee_le__isnull=True)


def test_a_timer_that_fails_is_left_to_a_person_who_has_it_tried_again(m: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    branche = under_its_timer(m)
    exhaust_the_timer(monkeypatch)
    echeance = Echeance.objects.get(etape__process=branche.processus_id)
    assert (echeance.tentatives, echeance.erreur) == (MAX_ATTEMPTS, "RuntimeError")
    assert anomalies() == []
    suites_du_travail.terminer(acteur=m.responsable, tache_id=to_resume().pk)
    assert automates.balayer() == 1
    assert automates.balayer() == 1
    assert Tache.objects.filter(genre=GenreTache.ESCALADE, fermee_le__isnull=True).count() == 1
    assert not Tache.objects.filter(genre=GenreTache.REPRENDRE_ETAPE, fermee_le__isnull=True).exists()


def test_a_failed_timer_falls_with_its_step(m: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    branche = under_its_timer(m)
    exhaust_the_timer(monkeypatch)
    assert to_resume().objet_id == Echeance.objects.get(etape__process=branche.processus_id).etape_id
    faire(m, branche, "avis")
    assert not Tache.objects.filter(genre=GenreTache.REPRENDRE_ETAPE, fermee_le__isnull=True).exists()


def test_one_that_fails_beyond_telling_stops_nobody_behind_it(m: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the step nor the note of its failure can be written: the others are done all the same, and it is tried again."""
    first, second = at(m, "designer", "convoquer"), at(m, "designer", "convoquer")
    held_up = Execution.objects.get(etape__process=first.processus_id)
    note = automates._note_failure

    def fails_for_the_first(execution: Execution) -> bool:
        if execution.pk == held_up.pk:
            raise RuntimeError("panne")
        return run(execution)

    run = automates._execute
    with monkeypatch.context() as patch:
        patch.setattr(automates, "_execute", fails_for_the_first)
        patch.setattr(automates, "_note_failure", broken)
        assert automates.balayer() == 1
    assert automates._note_failure is note
    assert Execution.objects.get(etape__process=second.processus_id).terminee_le is not None
    held_up.refresh_from_db()
    assert (held_up.terminee_le, held_up.tentatives) == (None, 0)
    assert automates.balayer() == 1


@pytest.mark.parametrize("seam", ["before", "during"])
def test_a_branch_that_stops_takes_its_failed_step_with_it(m: Monde, monkeypatch: pytest.MonkeyPatch, seam: str) -> None:
    """Abandoned while a step waits for its next attempt, or for a person: no worker takes it up, no item is left in a queue."""
    branche = at(m, "designer", "convoquer")
    with monkeypatch.context() as patch:
        patch.setattr(suites, "diffuser", broken)
        for _ in range(1 if seam == "before" else automates.ESSAIS):
            Execution.objects.update(prochain_essai=timezone.now())
            automates.balayer()
    assert Tache.objects.filter(genre=GenreTache.REPRENDRE_ETAPE).exists() is (seam == "during")
    moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="par erreur")
    Execution.objects.update(prochain_essai=timezone.now())
    assert automates.balayer() == 0
    assert not Tache.objects.filter(objet_type="etape", fermee_le__isnull=True).exists()
    assert Branche.objects.get(pk=branche.pk).etat == EtatBranche.ABANDONNEE


def test_what_waits_is_found_without_reading_the_rest(m: Monde, django_assert_num_queries: Any) -> None:
    """Forty branches that wait for a person cost a sweep what none does."""
    for _ in range(4):
        under_its_timer(m)
    with django_assert_num_queries(2):
        assert automates.balayer() == 0


def test_a_step_that_kills_its_workers_comes_to_a_person(m: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    """No exception is left by a worker that dies: its departures are counted, so that it does not go on for ever."""
    at(m, "designer", "convoquer")
    with monkeypatch.context() as patch:
        patch.setattr(automates, "_execute", dies)
        for _ in range(automates.INTERRUPTIONS):
            with pytest.raises(Killed):
                automates.balayer()
        assert automates.balayer() == 0
    laissee = Tache.objects.get(genre=GenreTache.REPRENDRE_ETAPE, fermee_le__isnull=True)
    assert Execution.objects.get().erreur == "Interrompue"
    assert automates.balayer() == 0
    automates.reprendre(acteur=m.responsable, tache=laissee)
    assert automates.balayer() == 1


class Killed(BaseException):
    """What no handler of the product sees, as a process that dies."""


def dies(execution: Execution) -> bool:
    raise Killed
