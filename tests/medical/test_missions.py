"""Missions: one case, one expert, until an end; recalled, ended or rendered, nothing opens on the next request."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide
from cases.models import Branche, Expertise, Sinistre, Tache
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
from tests.expertises import CONCLUSIONS, QUESTIONS, confiee, mission_de, run
from tests.medical.dossiers import SESSION, declare, depose, image, ouvert, piece_medicale
from workflows.branches.expertise import bulle
from workflows.moteur import EtapeFermee

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


@pytest.fixture
def mission(m: f.Monde, sinistre: Sinistre) -> Mission:
    mission = confiee(m, sinistre)
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    return mission


def branche_de(mission: Mission) -> Branche:
    assert mission.branche is not None
    return mission.branche


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
    assert [t.genre for t in taches_visibles(m.expert)] == [GenreTache.EX_RAPPORT]
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
        bulle.rappeler(acteur=m.medecin, branche=branche_de(mission))
    elif comment == "ended":
        Expertise.objects.filter(branche=branche_de(mission)).update(fin=timezone.localdate() - dt.timedelta(days=1))
    else:
        bulle.rendre_rapport(acteur=m.expert, mission=mission, session=SESSION, conclusions=CONCLUSIONS)
    assert mes_missions(m.expert) == [] and not fichiers_lisibles(m.expert, sinistre).exists()
    with pytest.raises(Mission.DoesNotExist):
        ma_mission(m.expert, mission.pk)
    fraiche = mission_de(branche_de(mission))
    with pytest.raises(Refus):
        missions.lire_la_sienne(acteur=m.expert, mission=fraiche, session=SESSION)
    with pytest.raises(Refus):
        bulle.rendre_rapport(acteur=m.expert, mission=fraiche, session=SESSION, conclusions="Encore")
    with pytest.raises(Refus):
        report(m, fraiche)
    for objet in (fichier, rapport):
        with pytest.raises(Fichier.DoesNotExist):
            lectures.lire(acteur=m.expert, fichier=objet, session=SESSION, apercu=False)


def test_a_stale_mission_in_hand_renders_nothing(m: f.Monde, mission: Mission) -> None:
    """The row read before the recall still looks open: the service asks the database."""
    bulle.rappeler(acteur=m.medecin, branche=branche_de(mission))
    with pytest.raises(Refus):
        bulle.rendre_rapport(acteur=m.expert, mission=mission, session=SESSION, conclusions=CONCLUSIONS)
    assert Mission.objects.get().rendue_le is None


def test_what_is_rendered_comes_to_the_medecin(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    report(m, mission)
    bulle.rendre_rapport(acteur=m.expert, mission=mission, session=SESSION, conclusions=f" {CONCLUSIONS} ")
    run()
    tache = taches_visibles(m.medecin).get(genre=GenreTache.EX_CONCLUSIONS)
    assert (tache.objet_type, tache.destinataire) == ("etape", m.medecin)
    assert not Tache.objects.filter(genre=GenreTache.EX_RAPPORT, fermee_le=None).exists()
    lue = missions.lire_du_dossier(acteur=m.medecin, sinistre=sinistre, session=SESSION)[0]
    assert (lue.questions, lue.conclusions) == (QUESTIONS, CONCLUSIONS)
    assert fichiers_lisibles(m.medecin, sinistre).filter(genre=GenreFichier.RAPPORT).exists()
    assert not fichiers_lisibles(m.secretariat, sinistre).filter(genre=GenreFichier.RAPPORT).exists()
    with pytest.raises(EtapeFermee):
        bulle.rappeler(acteur=m.medecin, branche=branche_de(mission))


@pytest.mark.parametrize("questions", ["  ", "x" * 20_001])
def test_a_mission_asks_something(m: f.Monde, sinistre: Sinistre, mission: Mission, questions: str) -> None:
    bulle.rappeler(acteur=m.medecin, branche=branche_de(mission))
    run()
    with pytest.raises(DonneeInvalide) as refused:
        bulle.approuver(acteur=m.medecin, branche=branche_de(mission), session=SESSION, questions=questions)
    assert set(refused.value.champs) == {"questions"}
    assert missions.lire_du_dossier(acteur=m.medecin, sinistre=sinistre, session=SESSION)[0].questions == QUESTIONS


def test_an_expert_who_becomes_the_agent_reads_nothing_of_his_own(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    m.agent.compte = m.expert
    m.agent.save(update_fields=["compte"])
    assert mes_missions(m.expert) == []
    assert not fichiers_lisibles(m.expert, Sinistre.objects.get(pk=sinistre.pk)).exists()


def test_who_may_not_write_recall_nor_read(m: f.Monde, sinistre: Sinistre, mission: Mission) -> None:
    for user in (m.secretariat, m.expert, m.psychologue, m.gestionnaire, f.person(Role.MEDECIN_CONSEIL)):
        with pytest.raises(Refus):
            missions.preparer(acteur=user, sinistre=sinistre, session=SESSION, questions="?")
        with pytest.raises(Refus):
            bulle.rappeler(acteur=user, branche=branche_de(mission))
        with pytest.raises(Refus):
            missions.lire_du_dossier(acteur=user, sinistre=sinistre, session=SESSION)
    autre = f.person(Role.EXPERT)
    with pytest.raises(Refus):
        missions.lire_la_sienne(acteur=autre, mission=mission, session=SESSION)
    with pytest.raises(OuvertureRequise):
        missions.lire_la_sienne(acteur=m.expert, mission=mission, session="b" * 40)
    with pytest.raises(DonneeInvalide):
        bulle.rendre_rapport(acteur=m.expert, mission=mission, session=SESSION, conclusions="  ")
