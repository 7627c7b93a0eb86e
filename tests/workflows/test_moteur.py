"""The engine of the branches: a step is one act, a worker's step is retried, a timer is an échéance, an end closes everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.gate import Refus
from cases.enums import EtatBranche, GenreBranche, GenreTache, OrigineBranche
from cases.errors import DejaPris, Erreur
from cases.models import Arret, Branche, ContreVisite, Echeance, Sinistre, Tache
from cases.services import taches
from tests.essai import suites
from tests.factories import Monde, monde, sinistre
from workflows import automates, dessin, moteur
from workflows import suites as suites_du_travail
from workflows.coherence import anomalies
from workflows.models import Execution

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("essai")]


@pytest.fixture
def m() -> Monde:
    return monde()


@pytest.fixture(autouse=True)
def coherent(db: None, essai: None) -> Iterator[None]:
    """After each test, whatever it did, the procedures are coherent."""
    yield
    assert anomalies() == []


@pytest.fixture
def branche(m: Monde) -> Branche:
    return ouvrir(m, sinistre(m))


def ouvrir(m: Monde, dossier: Sinistre) -> Branche:
    return moteur.ouvrir(
        acteur=m.gestionnaire, genre=GenreBranche.CONTRE_VISITE, sinistre=dossier, origine=OrigineBranche.CDG, metier=contre_visite
    )


def contre_visite(branche: Branche) -> ContreVisite:
    """One whose appointment is known: the engine's steps write nothing here."""
    arret = Arret.objects.get(sinistre=branche.sinistre)
    return ContreVisite.objects.create(branche=branche, arret=arret, motif="DUREE", rendez_vous_le=timezone.now())


def faire(m: Monde, branche: Branche, *noms: str) -> None:
    for nom in noms:
        with moteur.etape(acteur=m.gestionnaire, branche=branche, nom=nom):
            pass


def ouvertes(branche: Branche) -> set[str]:
    return set(Tache.objects.filter(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True).values_list("genre", flat=True))


def test_each_step_is_one_tache_and_the_end_closes_the_branch(m: Monde, branche: Branche) -> None:
    assert ouvertes(branche) == {GenreTache.CV_DESIGNER}
    faire(m, branche, "designer", "convoquer")
    assert ouvertes(branche) == set()
    assert automates.balayer() == 1
    assert ouvertes(branche) == {GenreTache.CV_AVIS}
    faire(m, branche, "avis")
    assert ouvertes(branche) == {GenreTache.CV_CONCLUSIONS, GenreTache.CV_HONORAIRES}
    faire(m, branche, "honoraires", "conclusions", "decision")
    assert automates.balayer() == 1
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE
    assert not Task.objects.filter(process=branche.processus_id).exclude(status__in=[STATUS.DONE, STATUS.CANCELED]).exists()


def test_a_step_costs_at_most_thirty_queries(m: Monde, branche: Branche, django_assert_max_num_queries: Any) -> None:
    for nom in ("designer", "convoquer", "avis", "conclusions", "honoraires", "decision"):
        with django_assert_max_num_queries(30):
            faire(m, branche, nom)
        with django_assert_max_num_queries(34):
            automates.balayer()


def test_a_fault_in_a_step_undoes_all_of_it(m: Monde, branche: Branche) -> None:
    with pytest.raises(ZeroDivisionError), moteur.etape(acteur=m.gestionnaire, branche=branche, nom="designer"):
        raise ZeroDivisionError
    assert ouvertes(branche) == {GenreTache.CV_DESIGNER}
    faire(m, branche, "designer")


def test_a_step_done_is_not_done_again_and_a_foreign_holder_is_named(m: Monde, branche: Branche) -> None:
    tache = Tache.objects.get(genre=GenreTache.CV_DESIGNER)
    taches.prendre(acteur=m.gestionnaire2, tache=tache)
    with pytest.raises(DejaPris, match=m.gestionnaire2.nom):
        faire(m, branche, "designer")
    taches.rendre(acteur=m.gestionnaire2, tache=tache)
    faire(m, branche, "designer")
    with pytest.raises(moteur.EtapeFermee):
        faire(m, branche, "designer")
    with pytest.raises(Refus), moteur.etape(acteur=m.mairie, branche=branche, nom="convoquer"):
        pass


def test_one_at_a_time_on_a_dossier(m: Monde, branche: Branche) -> None:
    assert branche.sinistre is not None
    with pytest.raises(Erreur, match="déjà en cours"):
        ouvrir(m, branche.sinistre)
    moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="demandée par erreur")
    assert ouvertes(branche) == set()
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.ABANDONNEE
    ouvrir(m, branche.sinistre)


def test_a_timer_is_an_echeance_that_runs_its_own_path(m: Monde, branche: Branche) -> None:
    faire(m, branche, "designer", "convoquer")
    automates.balayer()
    echeance = Echeance.objects.get(etape__process=branche.processus_id, levee_le__isnull=True)
    Echeance.objects.filter(pk=echeance.pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    assert automates.balayer() >= 1
    automates.balayer()
    assert Tache.objects.filter(genre=GenreTache.ESCALADE, fermee_le__isnull=True).exists()
    assert ouvertes(branche) == {GenreTache.CV_AVIS}
    echeance.refresh_from_db()
    assert echeance.traitee_le is not None
    assert automates.balayer() == 0


def test_a_timer_whose_path_fails_is_tried_again_and_keeps_nothing(m: Monde, branche: Branche, monkeypatch: pytest.MonkeyPatch) -> None:
    faire(m, branche, "designer", "convoquer")
    automates.balayer()
    Echeance.objects.filter(etape__isnull=False).update(due_at=timezone.now() - dt.timedelta(minutes=1))

    def fail(**_: object) -> None:
        raise RuntimeError("panne")

    with monkeypatch.context() as patch:
        patch.setattr(Execution.objects, "create", fail)
        assert automates.balayer() == 0
    echeance = Echeance.objects.get(etape__isnull=False)
    assert (echeance.tentatives, echeance.erreur, echeance.traitee_le) == (1, "RuntimeError", None)
    Echeance.objects.filter(etape__isnull=False).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()
    automates.balayer()
    assert Tache.objects.filter(genre=GenreTache.ESCALADE).count() == 1


def test_a_timer_falls_with_its_step(m: Monde, branche: Branche) -> None:
    faire(m, branche, "designer", "convoquer")
    automates.balayer()
    faire(m, branche, "avis")
    assert not Echeance.objects.filter(etape__process=branche.processus_id, levee_le__isnull=True).exists()


def test_a_failed_automatic_step_is_retried_then_left_to_a_person(m: Monde, branche: Branche, monkeypatch: pytest.MonkeyPatch) -> None:
    faire(m, branche, "designer", "convoquer")

    def fail(*_: object) -> None:
        secret = "ne doit pas sortir"
        raise RuntimeError(secret)

    with monkeypatch.context() as patch:
        patch.setattr(suites, "diffuser", fail)
        for _ in range(automates.ESSAIS):
            Execution.objects.update(prochain_essai=timezone.now())
            automates.balayer()
    execution = Execution.objects.get(etape__process=branche.processus_id)
    assert (execution.erreur, execution.tentatives) == ("RuntimeError", automates.ESSAIS)
    assert "secret" not in str(list(Task.objects.values_list("data", flat=True)))
    tache = Tache.objects.get(genre=GenreTache.REPRENDRE_ETAPE, fermee_le__isnull=True)
    assert "En panne : Diffuser" in dessin.svg(branche.genre, branche)
    with pytest.raises(Refus):
        automates.reprendre(acteur=m.gestionnaire, tache=tache)
    suites_du_travail.terminer(acteur=m.responsable, tache_id=tache.pk)
    assert automates.balayer() == 1
    assert "En panne" not in dessin.svg(branche.genre, branche)
    assert ouvertes(branche) == {GenreTache.CV_AVIS}


def test_a_responsable_ends_an_escalation_and_has_a_failed_step_tried_again(m: Monde, branche: Branche) -> None:
    taches.ouvrir(genre=GenreTache.ESCALADE, sinistre=branche.sinistre, objet_type="branche", objet_id=branche.pk)
    escalade = Tache.objects.get(genre=GenreTache.ESCALADE)
    with pytest.raises(Tache.DoesNotExist):
        suites_du_travail.terminer(acteur=m.gestionnaire, tache_id=escalade.pk, commentaire="Vu")
    suites_du_travail.terminer(acteur=m.responsable, tache_id=escalade.pk, commentaire="Le médecin est rappelé ce matin.")
    assert not Tache.objects.filter(genre=GenreTache.ESCALADE, fermee_le__isnull=True).exists()
