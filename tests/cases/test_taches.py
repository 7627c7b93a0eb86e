"""Work items: one holder, one open item an object, and who may hold what."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from accounts.models import User
from cases.enums import DELAY_OF, QUEUE_OF, FileTravail, GenreTache
from cases.errors import DejaPris, DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from cases.models.avis import QuestionMedecin
from cases.selectors import FILES_OF_ROLE, files_of, taches_visibles
from cases.services import avis, taches
from journal.models import Entree
from tests import factories as f

DEMAIN = dt.timedelta(days=1)


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def tache(sinistre: Sinistre) -> Tache:
    return Tache.objects.get(sinistre=sinistre, genre=GenreTache.INSTRUIRE)


def fresh(tache: Tache) -> Tache:
    return Tache.objects.get(pk=tache.pk)


def test_every_kind_has_a_queue_and_a_delay_and_every_queue_a_role() -> None:
    assert set(QUEUE_OF) == set(DELAY_OF) == set(GenreTache.values)
    assert {str(file) for files in FILES_OF_ROLE.values() for file in files} == set(FileTravail.values)


def test_taking_then_the_second_reads_who_won_and_when(m: f.Monde, tache: Tache) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 16, 9, 42, tzinfo=dt.UTC), tick=False):
        taches.prendre(acteur=m.gestionnaire, tache=tache)
    with pytest.raises(DejaPris) as lost:
        taches.prendre(acteur=m.gestionnaire2, tache=tache)
    assert lost.value.message == "Pris par Anne Roche à 10:42."
    assert fresh(tache).porteur == m.gestionnaire
    assert Entree.objects.filter(action="tache.prise", objet_id=tache.pk).count() == 1


def test_taking_twice_is_taking_once(m: f.Monde, tache: Tache) -> None:
    first = taches.prendre(acteur=m.gestionnaire, tache=tache)
    assert taches.prendre(acteur=m.gestionnaire, tache=tache).pris_le == first.pris_le
    assert Entree.objects.filter(action="tache.prise", objet_id=tache.pk).count() == 1


def test_what_is_done_is_not_taken_even_by_its_last_holder(m: f.Monde, tache: Tache) -> None:
    taches.prendre(acteur=m.gestionnaire, tache=tache)
    taches.fermer_objet(genre=GenreTache.INSTRUIRE, objet_type="sinistre", objet_id=tache.objet_id, issue="fait")
    for person in (m.gestionnaire, m.gestionnaire2):
        with pytest.raises(DejaPris, match="déjà terminée"):
            taches.prendre(acteur=person, tache=tache)


def test_giving_back(m: f.Monde, tache: Tache) -> None:
    with pytest.raises(Erreur, match="ne portez pas"):
        taches.rendre(acteur=m.gestionnaire, tache=tache)
    taches.prendre(acteur=m.gestionnaire, tache=tache)
    with pytest.raises(Erreur, match="ne portez pas"):
        taches.rendre(acteur=m.gestionnaire2, tache=tache)
    assert taches.rendre(acteur=m.gestionnaire, tache=tache).porteur is None
    assert taches.prendre(acteur=m.gestionnaire2, tache=tache).porteur == m.gestionnaire2


def test_assigning_moves_it_from_whoever_holds_it(m: f.Monde, tache: Tache) -> None:
    taches.prendre(acteur=m.gestionnaire, tache=tache)
    taches.attribuer(acteur=m.responsable, tache=tache, a=m.gestionnaire2)
    assert fresh(tache).porteur == m.gestionnaire2


@pytest.mark.parametrize("qui", ["mairie", "expert", "admin", "assureur", "psychologue"])
def test_who_has_no_queue_takes_nothing(m: f.Monde, tache: Tache, qui: str) -> None:
    with pytest.raises(Refus):
        taches.prendre(acteur=m.people[qui], tache=tache)
    with pytest.raises(DonneeInvalide):
        taches.attribuer(acteur=m.responsable, tache=tache, a=m.people[qui])


@pytest.mark.parametrize("qui", ["secretariat", "payeur", "medecin"])
def test_a_task_goes_to_nobody_whose_queues_do_not_show_it(m: f.Monde, tache: Tache, qui: str) -> None:
    """Assigned to somebody who can't see it, a dossier would be forgotten."""
    with pytest.raises(DonneeInvalide) as refused:
        taches.attribuer(acteur=m.responsable, tache=tache, a=m.people[qui])
    assert set(refused.value.champs) == {"a"}
    with pytest.raises(Refus):
        taches.prendre(acteur=m.people[qui], tache=tache)
    assert fresh(tache).porteur is None


def test_a_deactivated_person_is_given_nothing(m: f.Monde, tache: Tache) -> None:
    m.gestionnaire2.is_active = False
    m.gestionnaire2.save()
    with pytest.raises(DonneeInvalide):
        taches.attribuer(acteur=m.responsable, tache=tache, a=m.gestionnaire2)


def _entrusted(m: f.Monde, sinistre: Sinistre) -> Tache:
    rendu = avis.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question=QuestionMedecin.JUSTIFICATION)
    return Tache.objects.get(genre=GenreTache.AVIS_MEDECIN, objet_id=rendu.pk)


@pytest.mark.parametrize("act", ["prendre", "attribuer", "ressortir"])
@pytest.mark.parametrize("qui", ["gestionnaire", "responsable"])
def test_what_is_addressed_to_the_medecin_is_his_alone(m: f.Monde, sinistre: Sinistre, act: str, qui: str) -> None:
    addressed, acteur = _entrusted(m, sinistre), m.people[qui]
    with pytest.raises((Refus, Erreur)):
        if act == "prendre":
            taches.prendre(acteur=acteur, tache=addressed)
        elif act == "attribuer":
            taches.attribuer(acteur=acteur, tache=addressed, a=m.gestionnaire2)
        else:
            taches.ressortir(acteur=acteur, tache=addressed, le=timezone.localdate() + DEMAIN, motif="x")
    assert fresh(addressed).porteur is None
    assert not taches_visibles(acteur).filter(pk=addressed.pk).exists()
    assert taches.prendre(acteur=m.medecin, tache=addressed).porteur == m.medecin


def test_put_aside_until_a_day_then_back(m: f.Monde, tache: Tache) -> None:
    jour = timezone.localdate() + 3 * DEMAIN
    taches.ressortir(acteur=m.gestionnaire, tache=tache, le=jour, motif=" Attend l’arrêté ")
    aside = fresh(tache)
    assert (aside.suspendue, aside.suspendue_motif, aside.porteur, aside.ressort_le) == (True, "Attend l’arrêté", m.gestionnaire, jour)
    assert taches.ressortir_du_jour() == 0
    with time_machine.travel(timezone.now() + 3 * DEMAIN, tick=False):
        assert [taches.ressortir_du_jour(), taches.ressortir_du_jour()] == [1, 0]
    back = fresh(tache)
    assert (back.suspendue, back.suspendue_motif, back.suspendue_depuis, back.ressort_le) == (False, "", None, None)
    assert Entree.objects.filter(action="tache.ressortie", objet_id=tache.pk).count() == 1


def test_putting_aside_needs_a_day_to_come_and_a_reason(m: f.Monde, tache: Tache) -> None:
    with pytest.raises(DonneeInvalide, match="à venir"):
        taches.ressortir(acteur=m.gestionnaire, tache=tache, le=timezone.localdate(), motif="x")
    with pytest.raises(DonneeInvalide, match="pourquoi"):
        taches.ressortir(acteur=m.gestionnaire, tache=tache, le=timezone.localdate() + DEMAIN, motif=" ")
    taches.prendre(acteur=m.gestionnaire, tache=tache)
    with pytest.raises(DejaPris, match="Anne Roche"):
        taches.ressortir(acteur=m.gestionnaire2, tache=tache, le=timezone.localdate() + DEMAIN, motif="x")


@pytest.mark.parametrize("qui", ["mairie", "secretariat", "medecin"])
def test_bringing_back_asks_for_the_same_right(m: f.Monde, tache: Tache, qui: str) -> None:
    taches.ressortir(acteur=m.gestionnaire, tache=tache, le=timezone.localdate() + DEMAIN, motif="x")
    with pytest.raises(Refus):
        taches.reprendre(acteur=m.people[qui], tache=tache)
    taches.reprendre(acteur=m.gestionnaire, tache=tache)
    assert not fresh(tache).suspendue


def test_one_open_item_of_a_kind_for_an_object(m: f.Monde, sinistre: Sinistre, tache: Tache) -> None:
    taches.prendre(acteur=m.gestionnaire, tache=tache)
    taches.ouvrir(genre=GenreTache.INSTRUIRE, sinistre=sinistre)
    assert Tache.objects.get(sinistre=sinistre, genre=GenreTache.INSTRUIRE).porteur == m.gestionnaire
    with pytest.raises(IntegrityError), transaction.atomic():
        Tache.objects.create(
            file=tache.file, genre=tache.genre, objet_type=tache.objet_type, objet_id=tache.objet_id, due_at=timezone.now()
        )
    taches.fermer(sinistre=sinistre, genres=[GenreTache.INSTRUIRE], issue="fait")
    taches.ouvrir(genre=GenreTache.INSTRUIRE, sinistre=sinistre)
    assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.INSTRUIRE).count() == 2


def test_an_item_is_always_about_something() -> None:
    with pytest.raises(ValueError, match="object"):
        taches.ouvrir(genre=GenreTache.INSTRUIRE, sinistre=None)


@pytest.mark.parametrize(
    "champs",
    [{"suspendue": True}, {"suspendue": True, "suspendue_motif": "x"}, {"porteur": True}, {"objet_id": None}],
    ids=lambda champs: "+".join(champs),
)
def test_the_database_refuses_half_said_items(m: f.Monde, tache: Tache, champs: dict[str, object]) -> None:
    valeurs: dict[str, object] = {k: m.gestionnaire if k == "porteur" else v for k, v in champs.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Tache.objects.filter(pk=tache.pk).update(**valeurs)


def test_nobody_takes_the_task_of_his_own_dossier(m: f.Monde, sinistre: Sinistre, tache: Tache) -> None:
    m.agent.compte = m.gestionnaire
    m.agent.save(update_fields=["compte"])
    own = Tache.objects.get(pk=tache.pk)
    with pytest.raises(Refus):
        taches.prendre(acteur=m.gestionnaire, tache=own)
    with pytest.raises(DonneeInvalide):
        taches.attribuer(acteur=m.responsable, tache=own, a=m.gestionnaire)
    assert not taches_visibles(m.gestionnaire).filter(pk=own.pk).exists()


@pytest.mark.parametrize("qui", ["gestionnaire", "responsable", "payeur", "secretariat", "medecin", "mairie", "admin", "expert"])
def test_a_queue_shows_only_the_queues_of_the_role(m: f.Monde, sinistre: Sinistre, qui: str) -> None:
    acteur: User = m.people[qui]
    for genre in GenreTache:
        taches.ouvrir(genre=genre, sinistre=sinistre, objet_type="essai", objet_id=1)
    shown = set(taches_visibles(acteur).values_list("file", flat=True))
    assert shown <= set(files_of(acteur))
    assert bool(shown) == bool(files_of(acteur))
