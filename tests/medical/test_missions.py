"""Missions: one case, one expert, until an end; recalled, ended or rendered, nothing opens on the next request."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from accounts.models import User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from cases.selectors import taches_visibles
from documents.annonces import Annonce
from journal.models import Entree
from medical.enums import Finalite, GenreFichier
from medical.errors import OuvertureRequise
from medical.models import Fichier, Mission
from medical.selectors import fichier_lisible, fichiers_lisibles
from medical.selectors_dossiers import ma_mission, mes_missions
from medical.services import controles_fichiers, depots, lectures, missions
from tests import factories as f
from tests.medical.dossiers import SESSION, confie, declare, depose, image, ouvert, piece_medicale

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]

QUESTIONS = "Canari-question : la lombalgie est-elle imputable ?"
CONCLUSIONS = "Canari-conclusion : oui, strictement."


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    sinistre = declare(m)
    confie(m, sinistre)
    ouvert(m.medecin, sinistre)
    return sinistre


def entrust(m: f.Monde, sinistre: Sinistre, expert: User | None = None, *, jours: int = 20, questions: str = QUESTIONS) -> Mission:
    mission = missions.confier(
        acteur=m.medecin,
        sinistre=sinistre,
        session=SESSION,
        expert=expert or m.expert,
        questions=questions,
        fin=timezone.localdate() + dt.timedelta(days=jours),
    )
    return Mission.objects.select_related("sinistre__agent", "cle").get(pk=mission.pk)


@pytest.fixture
def mission(m: f.Monde, sinistre: Sinistre) -> Mission:
    mission = entrust(m, sinistre)
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    return mission


def report(m: f.Monde, mission: Mission) -> Fichier:
    octets = image("gray")
    fichier = depots.deposer_rapport(
        acteur=m.expert, mission=mission, annonce=Annonce("rapport.jpg", "image/jpeg", len(octets)), morceaux=[octets]
    )
    controles_fichiers.controler(fichier.pk)
    return Fichier.objects.get(pk=fichier.pk)


def test_an_expert_reads_his_mission_and_its_medical_pieces_alone(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    fichier = depose(m.secretariat, piece_medicale(sinistre))
    autre = declare(m, par=m.mairie2, de=m.autre_agent)
    ailleurs = depose(m.secretariat, piece_medicale(autre))
    assert mes_missions(m.expert) == [mission]
    assert missions.lire_la_sienne(acteur=m.expert, mission=mission, session=SESSION).questions == QUESTIONS
    lecture = lectures.lire(acteur=m.expert, fichier=fichier, session=SESSION, apercu=False)
    assert b"".join(lecture.morceaux) == image()
    with pytest.raises(Fichier.DoesNotExist):
        fichier_lisible(m.expert, ailleurs.uid)
    assert [t.genre for t in taches_visibles(m.expert)] == [GenreTache.RENDRE_MISSION]
    for entree in Entree.objects.filter(objet_type="mission").select_related("contenu"):
        assert "anari" not in entree.motif + str(entree.contenu.donnees)
    with connection.cursor() as cursor:
        cursor.execute("SELECT questions FROM medical.medical_mission")
        assert b"anari" not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("comment", ["recalled", "ended", "rendered"])
def test_afterwards_nothing_on_the_next_request(m: f.Monde, sinistre: Sinistre, mission: Mission, comment: str) -> None:
    fichier = depose(m.secretariat, piece_medicale(sinistre))
    rapport = report(m, mission)
    assert {row.pk for row in fichiers_lisibles(m.expert, sinistre)} == {fichier.pk, rapport.pk}
    if comment == "recalled":
        missions.rappeler(acteur=m.medecin, mission=mission)
    elif comment == "ended":
        Mission.objects.filter(pk=mission.pk).update(fin=timezone.localdate() - dt.timedelta(days=1))
    else:
        missions.rendre(acteur=m.expert, mission=mission, session=SESSION, conclusions=CONCLUSIONS)
    assert mes_missions(m.expert) == [] and not fichiers_lisibles(m.expert, sinistre).exists()
    with pytest.raises(Mission.DoesNotExist):
        ma_mission(m.expert, mission.pk)
    fraiche = Mission.objects.select_related("sinistre__agent", "cle").get(pk=mission.pk)
    with pytest.raises(Refus):
        missions.lire_la_sienne(acteur=m.expert, mission=fraiche, session=SESSION)
    with pytest.raises(Refus):
        missions.rendre(acteur=m.expert, mission=fraiche, session=SESSION, conclusions="Encore")
    with pytest.raises(Refus):
        report(m, fraiche)
    for objet in (fichier, rapport):
        with pytest.raises(Fichier.DoesNotExist):
            lectures.lire(acteur=m.expert, fichier=objet, session=SESSION, apercu=False)


def test_a_stale_mission_in_hand_renders_nothing(m: f.Monde, mission: Mission) -> None:
    """The row read before the recall still looks open: the service asks the database."""
    missions.rappeler(acteur=m.medecin, mission=mission)
    with pytest.raises(Refus):
        missions.rendre(acteur=m.expert, mission=mission, session=SESSION, conclusions=CONCLUSIONS)
    assert Mission.objects.get().rendue_le is None


def test_what_is_rendered_comes_to_the_medecin(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    report(m, mission)
    missions.rendre(acteur=m.expert, mission=mission, session=SESSION, conclusions=f" {CONCLUSIONS} ")
    tache = taches_visibles(m.medecin).get(genre=GenreTache.LIRE_RAPPORT)
    assert (tache.objet_id, tache.destinataire) == (mission.pk, m.medecin)
    assert not Tache.objects.filter(genre=GenreTache.RENDRE_MISSION, fermee_le=None).exists()
    lue = missions.lire_du_dossier(acteur=m.medecin, sinistre=sinistre, session=SESSION)[0]
    assert (lue.questions, lue.conclusions) == (QUESTIONS, CONCLUSIONS)
    assert fichiers_lisibles(m.medecin, sinistre).filter(genre=GenreFichier.RAPPORT).exists()
    assert not fichiers_lisibles(m.secretariat, sinistre).filter(genre=GenreFichier.RAPPORT).exists()
    missions.prendre_connaissance(acteur=m.medecin, mission=lue.mission)
    assert not taches_visibles(m.medecin).filter(genre=GenreTache.LIRE_RAPPORT).exists()
    with pytest.raises(Erreur, match="déjà rendue"):
        missions.rappeler(acteur=m.medecin, mission=mission)


def test_one_mission_at_a_time_for_one_expert_on_one_case(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    with pytest.raises(Erreur, match="déjà confiée"):
        entrust(m, sinistre)
    entrust(m, sinistre, f.person(Role.EXPERT))
    missions.rappeler(acteur=m.medecin, mission=mission)
    entrust(m, sinistre)
    assert Mission.objects.count() == 3


def test_a_mission_needs_an_expert_questions_and_an_end_to_come(m: f.Monde, sinistre: Sinistre) -> None:
    for expert, questions, jours, champ in (
        (m.medecin, QUESTIONS, 5, "expert"),
        (m.expert, "  ", 5, "questions"),
        (m.expert, "x" * 20_001, 5, "questions"),
        (m.expert, QUESTIONS, -1, "fin"),
        (m.expert, QUESTIONS, 400, "fin"),
    ):
        with pytest.raises(DonneeInvalide) as refused:
            entrust(m, sinistre, expert, questions=questions, jours=jours)
        assert set(refused.value.champs) == {champ}
    m.agent.compte = m.expert
    m.agent.save(update_fields=["compte"])
    with pytest.raises(DonneeInvalide) as refused:
        entrust(m, Sinistre.objects.get(pk=sinistre.pk))
    assert set(refused.value.champs) == {"expert"}
    assert not Mission.objects.exists()


def test_an_expert_who_becomes_the_agent_reads_nothing_of_his_own(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    m.agent.compte = m.expert
    m.agent.save(update_fields=["compte"])
    assert mes_missions(m.expert) == []
    assert not fichiers_lisibles(m.expert, Sinistre.objects.get(pk=sinistre.pk)).exists()


def test_who_may_not_confide_nor_read(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    fin = timezone.localdate()
    for user in (m.secretariat, m.expert, m.psychologue, m.gestionnaire, f.person(Role.MEDECIN_CONSEIL)):
        with pytest.raises(Refus):
            missions.confier(acteur=user, sinistre=sinistre, session=SESSION, expert=m.expert, questions="?", fin=fin)
        with pytest.raises(Refus):
            missions.rappeler(acteur=user, mission=mission)
        with pytest.raises(Refus):
            missions.lire_du_dossier(acteur=user, sinistre=sinistre, session=SESSION)
    autre = f.person(Role.EXPERT)
    with pytest.raises(Refus):
        missions.lire_la_sienne(acteur=autre, mission=mission, session=SESSION)
    with pytest.raises(OuvertureRequise):
        missions.lire_la_sienne(acteur=m.expert, mission=mission, session="b" * 40)
    with pytest.raises(DonneeInvalide):
        missions.rendre(acteur=m.expert, mission=mission, session=SESSION, conclusions="  ")
