"""Work items that a person ends by saying so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from cases.enums import GenreEcheance, GenreTache
from cases.errors import DejaPris, DonneeInvalide, Erreur
from cases.models import Echeance, Sinistre, Tache
from cases.services import taches
from journal.models import Evenement
from tests import factories as f
from workflows import suites

pytestmark = pytest.mark.django_db


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


def task(sinistre: Sinistre, genre: GenreTache) -> Tache:
    taches.ouvrir(genre=genre, sinistre=sinistre)
    return Tache.objects.get(sinistre=sinistre, genre=genre, fermee_le__isnull=True)


def test_a_reminder_starts_the_clock_anew_and_tells_the_collectivite(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    suites.terminer(acteur=m.gestionnaire, tache_id=task(sinistre, GenreTache.RELANCER).pk)
    assert not Tache.objects.filter(sinistre=sinistre, genre=GenreTache.RELANCER, fermee_le__isnull=True).exists()
    echeance = Echeance.objects.get(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, levee_le__isnull=True)
    assert echeance.due_at > timezone.now() + dt.timedelta(days=7)
    assert Evenement.objects.filter(sinistre_id=sinistre.pk, type="pieces.demandees").count() == 1


def test_asking_for_the_return_again_comes_back_in_eight_days(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    suites.terminer(acteur=m.gestionnaire, tache_id=task(sinistre, GenreTache.DEMANDER_REPRISE).pk)
    echeance = Echeance.objects.get(sinistre=sinistre, genre=GenreEcheance.REPRISE_ATTENDUE, levee_le__isnull=True)
    assert timezone.localdate(echeance.due_at) == timezone.localdate() + dt.timedelta(days=8)


@pytest.mark.parametrize("genre", [GenreTache.SAISINE, GenreTache.CONTROLE_6_MOIS, GenreTache.TRAITER_REJET])
def test_an_arranged_step_says_what_was_done(m: f.Monde, genre: GenreTache) -> None:
    tache = task(f.sinistre(m), genre)
    with pytest.raises(DonneeInvalide):
        suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk, commentaire=" ")
    suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk, commentaire="Dossier envoyé le 12")
    with pytest.raises(Tache.DoesNotExist):
        suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk, commentaire="Encore")


def test_what_another_holds_is_his_to_end(m: f.Monde) -> None:
    tache = task(f.sinistre(m), GenreTache.RELANCER)
    taches.prendre(acteur=m.gestionnaire2, tache=tache)
    with pytest.raises(DejaPris, match="Pris par"):
        suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk)


def test_a_task_that_an_act_ends_is_not_ended_by_hand(m: f.Monde) -> None:
    with pytest.raises(Erreur, match="acte"):
        suites.terminer(acteur=m.gestionnaire, tache_id=task(f.sinistre(m), GenreTache.INSTRUIRE).pk)
