"""The expertise médicale: the médecin agréé, the convocation, the mission, the agent who does not come."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from cases.enums import EtatBranche, GenreTache
from cases.enums_expertise import DecisionExpertise, MotifAbsence, MotifRecusation
from cases.errors import DonneeInvalide, Erreur
from cases.models import Echeance, Expertise, Sinistre, Tache
from cases.selectors import taches_visibles
from documents.annonces import Annonce
from medical.enums import Finalite
from medical.models import Fichier, Mission
from medical.selectors import fichiers_lisibles
from medical.selectors_dossiers import mes_missions, rapport_par_courrier, rapports_par_courrier
from medical.services import depots, missions
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import (
    OUI,
    agree,
    approuvee,
    conclue,
    confiee,
    convoquee,
    decide,
    etapes,
    examine,
    fraiche,
    mission_de,
    ouverte,
    pay,
    run,
    says,
)
from tests.medical.dossiers import SESSION, declare, image, ouvert
from workflows import moteur
from workflows.branches.expertise import actes, bulle

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


# -- The médecin agréé, the convocation --------------------------------------------------------------------------------------------


def test_whom_one_may_not_designate(m: f.Monde, sinistre: Sinistre) -> None:
    branche = approuvee(m, sinistre)
    m.agent.compte = m.psychologue
    m.agent.save(update_fields=["compte"])
    with dehors():
        for medecin, atteste, champ in (
            (agree(actif=False), True, "medecin"),
            (agree(m.psychologue), True, "medecin"),
            (agree(m.medecin), True, "medecin"),
            (agree(), False, "atteste"),
        ):
            with pytest.raises(DonneeInvalide) as refused:
                actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin, atteste=atteste)
            assert set(refused.value.champs) == {champ}
        with pytest.raises(Refus):
            actes.designer(acteur=m.mairie, branche=branche, medecin=agree(), atteste=True)
    assert etapes(branche) == {"designer"}


def test_fifteen_days_of_notice_unless_a_reason_says_why(m: f.Monde, sinistre: Sinistre) -> None:
    branche = approuvee(m, sinistre)
    now = timezone.now()
    with dehors():
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=agree(m.expert), atteste=True)
        for champs, champ in (
            ({"le": now - dt.timedelta(hours=1)}, "le"),
            ({"le": now + dt.timedelta(days=400)}, "le"),
            ({"le": now + dt.timedelta(days=14)}, "motif_preavis"),
            ({"lieu": " "}, "lieu"),
            ({"fin": timezone.localdate()}, "fin"),
            ({"fin": timezone.localdate() + dt.timedelta(days=400)}, "fin"),
        ):
            with pytest.raises(DonneeInvalide) as refused:
                valeurs: dict[str, Any] = {"le": now + dt.timedelta(days=15), "lieu": "Cabinet"} | champs
                actes.convoquer(acteur=m.gestionnaire, branche=branche, **valeurs)
            assert set(refused.value.champs) == {champ}
        actes.convoquer(acteur=m.gestionnaire, branche=branche, le=now + dt.timedelta(days=15), lieu="Cabinet", motif_preavis="Pour rien")
    expertise = fraiche(branche).expertise
    assert expertise.motif_preavis == "" and expertise.fin == timezone.localdate() + dt.timedelta(days=75)


def test_the_web_is_enough_until_the_mission_is_confided(m: f.Monde, sinistre: Sinistre) -> None:
    """The step that writes in the bulle waits for its worker; the web's sweeper leaves it alone."""
    from workflows import automates

    branche = approuvee(m, sinistre)
    with dehors():
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=agree(m.expert), atteste=True)
        actes.convoquer(acteur=m.gestionnaire, branche=branche, le=timezone.now() + dt.timedelta(days=16), lieu="Cabinet")
        assert automates.balayer() == 0
    assert mes_missions(m.expert) == []
    assert automates.balayer() == 1
    assert [mission.branche_id for mission in mes_missions(m.expert)] == [branche.pk]


# -- The expert, his end, his recusal ----------------------------------------------------------------------------------------------


def test_an_expert_designated_after_another_reads_nothing_of_his(m: f.Monde, sinistre: Sinistre) -> None:
    mission = confiee(m, sinistre)
    octets = image("gray")
    depots.deposer_rapport(acteur=m.expert, mission=mission, annonce=Annonce("r.jpg", "image/jpeg", len(octets)), morceaux=[octets])
    assert mission.branche is not None
    with dehors():
        actes.recuser(acteur=m.gestionnaire, branche=mission.branche, motif=MotifRecusation.TRAITANT)
    assert mes_missions(m.expert) == [] and not fichiers_lisibles(m.expert, sinistre).exists()
    assert etapes(mission.branche) == {"designer"}
    with dehors(), pytest.raises(DonneeInvalide, match="écarté"):
        actes.designer(acteur=m.gestionnaire, branche=mission.branche, medecin=agree(m.expert), atteste=True)
    second = f.person(Role.EXPERT)
    convoquee(m, mission.branche, agree(second))
    assert [une.pk for une in mes_missions(second)] == [mission.pk]
    assert not fichiers_lisibles(second, sinistre).filter(genre="RAPPORT").exists()
    with pytest.raises(Refus):
        bulle.rendre_rapport(acteur=m.expert, mission=mission_de(mission.branche), session=SESSION, conclusions="x")


def test_a_medecin_is_set_aside_before_the_convocation(m: f.Monde, sinistre: Sinistre) -> None:
    branche = approuvee(m, sinistre)
    with dehors():
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=agree(m.expert), atteste=True)
        with pytest.raises(DonneeInvalide):
            actes.recuser(acteur=m.gestionnaire, branche=branche, motif="Parce que")
        actes.recuser(acteur=m.gestionnaire, branche=branche, motif=MotifRecusation.INDISPONIBLE)
    assert etapes(branche) == {"designer"}


def test_the_expert_stands_down_by_himself(m: f.Monde, sinistre: Sinistre) -> None:
    mission = confiee(m, sinistre)
    with pytest.raises(DonneeInvalide):
        bulle.se_recuser(acteur=m.expert, mission=mission, motif="?")
    bulle.se_recuser(acteur=m.expert, mission=mission, motif=MotifRecusation.LIEN)
    assert mes_missions(m.expert) == [] and mission.branche is not None and etapes(mission.branche) == {"designer"}
    with pytest.raises(Refus):
        bulle.se_recuser(acteur=m.expert, mission=mission, motif=MotifRecusation.LIEN)


def test_a_mission_recalled_may_be_written_anew(m: f.Monde, sinistre: Sinistre) -> None:
    mission = confiee(m, sinistre)
    assert mission.branche is not None
    with pytest.raises(Refus):
        bulle.rappeler(acteur=m.secretariat, branche=mission.branche)
    bulle.rappeler(acteur=m.medecin, branche=mission.branche)
    assert mes_missions(m.expert) == [] and etapes(mission.branche) == {"mission"}
    bulle.approuver(acteur=m.medecin, branche=fraiche(mission.branche), session=SESSION, questions="Autre question")
    convoquee(m, mission.branche, agree(m.expert))
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    lue = missions.lire_la_sienne(acteur=m.expert, mission=mission_de(mission.branche), session=SESSION)
    assert lue.questions == "Autre question" and Mission.objects.count() == 1


def test_past_its_last_day_a_mission_opens_nothing_until_it_is_prolonged(m: f.Monde, sinistre: Sinistre) -> None:
    mission = confiee(m, sinistre)
    assert mission.branche is not None
    examine(mission.branche)
    Expertise.objects.update(fin=timezone.localdate() - dt.timedelta(days=1))
    assert mes_missions(m.expert) == []
    with pytest.raises(Refus):
        bulle.rendre_rapport(acteur=m.expert, mission=mission_de(mission.branche), session=SESSION, conclusions="x")
    with dehors():
        for fin in (timezone.localdate() - dt.timedelta(days=1), timezone.localdate() + dt.timedelta(days=500)):
            with pytest.raises(DonneeInvalide):
                actes.prolonger(acteur=m.gestionnaire, branche=mission.branche, fin=fin)
        with pytest.raises(Refus):
            actes.prolonger(acteur=m.mairie, branche=mission.branche, fin=timezone.localdate())
        actes.prolonger(acteur=m.gestionnaire, branche=mission.branche, fin=timezone.localdate())
    assert len(mes_missions(m.expert)) == 1
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    bulle.rendre_rapport(acteur=m.expert, mission=mission_de(mission.branche), session=SESSION, conclusions="x")
    with dehors(), pytest.raises(Erreur, match="Aucun rapport"):
        actes.prolonger(acteur=m.gestionnaire, branche=mission.branche, fin=timezone.localdate())


def test_an_abandoned_expertise_closes_the_dossier_to_its_expert(m: f.Monde, sinistre: Sinistre) -> None:
    mission = confiee(m, sinistre)
    assert mission.branche is not None
    with dehors():
        moteur.demander_abandon(acteur=m.gestionnaire, branche=mission.branche, motif="Demandée par erreur")
    assert mes_missions(m.expert) == [] and not Mission.objects.ouvertes().exists()
    assert not Tache.objects.filter(fermee_le=None, objet_type="etape").exists()
    ouverte(m, sinistre, medecin=None)


@pytest.mark.parametrize("etape", ["rapport", "rapport_papier"])
def test_a_late_report_is_told_to_the_responsable(m: f.Monde, sinistre: Sinistre, etape: str) -> None:
    branche = convoquee(m, approuvee(m, sinistre), agree(m.expert if etape == "rapport" else None))
    echeance = Echeance.objects.get(etape__process=branche.processus_id)
    assert echeance.due_at - echeance.depart == dt.timedelta(days=30)
    Echeance.objects.update(due_at=timezone.now() - dt.timedelta(minutes=1))
    with dehors():
        from workflows import automates

        automates.balayer()
    run()
    assert Tache.objects.filter(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=branche.pk, fermee_le=None).exists()
    assert etapes(branche) == {etape} and says("expertise.en_retard")
    with dehors():
        actes.recuser(acteur=m.gestionnaire, branche=branche, motif=MotifRecusation.DELAI)
    run()
    assert not Tache.objects.filter(genre=GenreTache.ESCALADE, fermee_le=None).exists()


# -- No examination ------------------------------------------------------------------------------------------------------------------


def test_an_absence_told_by_the_expert_leads_to_another_day(m: f.Monde, sinistre: Sinistre) -> None:
    mission = confiee(m, sinistre)
    assert mission.branche is not None
    with pytest.raises(DonneeInvalide, match="à venir"):
        bulle.signaler_absence(acteur=m.expert, mission=mission, absence=MotifAbsence.NON_EXCUSE)
    with pytest.raises(DonneeInvalide):
        bulle.signaler_absence(acteur=m.expert, mission=mission, absence="MALADE")
    bulle.signaler_absence(acteur=m.expert, mission=mission, absence=MotifAbsence.EXCUSE)
    assert etapes(mission.branche) == {"convoquer"} and mes_missions(m.expert) == []
    with dehors():
        with pytest.raises(Erreur, match="défaut"):
            actes.finir_sans_examen(acteur=m.gestionnaire, branche=mission.branche)
        actes.convoquer(acteur=m.gestionnaire, branche=mission.branche, le=timezone.now() + dt.timedelta(days=30), lieu="Cabinet")
    run()
    assert etapes(mission.branche) == {"rapport"} and len(mes_missions(m.expert)) == 1
    assert fraiche(mission.branche).expertise.reports == 1


@pytest.mark.parametrize("comment", ["at once", "after the expert's word"])
def test_a_default_of_the_agent_goes_to_the_employer(m: f.Monde, sinistre: Sinistre, comment: str) -> None:
    mission = confiee(m, sinistre)
    branche = mission.branche
    assert branche is not None
    examine(branche)
    with dehors(), pytest.raises(DonneeInvalide, match="pas en défaut"):
        actes.constater_absence(acteur=m.gestionnaire, branche=branche, absence=MotifAbsence.EXPERT, reporter=False)
    if comment == "at once":
        with dehors():
            actes.constater_absence(acteur=m.gestionnaire, branche=branche, absence=MotifAbsence.REFUS, reporter=False)
    else:
        bulle.signaler_absence(acteur=m.expert, mission=mission_de(branche), absence=MotifAbsence.NON_EXCUSE)
        run()
        with dehors():
            actes.finir_sans_examen(acteur=m.gestionnaire, branche=branche)
    run()
    assert etapes(branche) == {"decision", "honoraires"} and says("expertise.carence") and mes_missions(m.expert) == []
    for champs in ({"code": DecisionExpertise.SUIVRE}, {"code": DecisionExpertise.PRENDRE_ACTE, "motivation": " "}):
        with pytest.raises(DonneeInvalide):
            decide(m, branche, **champs)  # type: ignore[arg-type]
    decide(m, branche, DecisionExpertise.PRENDRE_ACTE, motivation="Nouvelle convocation par l’employeur.")
    pay(m, branche)
    assert fraiche(branche).etat == EtatBranche.TERMINEE


# -- By post -------------------------------------------------------------------------------------------------------------------------


def test_a_report_by_post_is_scanned_and_never_read_back(m: f.Monde, sinistre: Sinistre) -> None:
    branche = convoquee(m, approuvee(m, sinistre), agree())
    assert etapes(branche) == {"rapport_papier"}
    assert GenreTache.EX_NUMERISER in {t.genre for t in taches_visibles(m.secretariat)}
    assert [mission.branche_id for mission in rapports_par_courrier(m.secretariat)] == [branche.pk]
    assert rapports_par_courrier(m.expert) == rapports_par_courrier(m.medecin) == []
    mission = rapport_par_courrier(m.secretariat, branche.uid)
    with pytest.raises(Erreur, match="Aucun rapport"):
        bulle.rendre_rapport_numerise(acteur=m.secretariat, branche=branche)
    octets = image("gray")
    annonce = Annonce("rapport.jpg", "image/jpeg", len(octets))
    for user in (m.medecin, m.expert):
        with pytest.raises(Refus):
            depots.numeriser_rapport(acteur=user, mission=mission, annonce=annonce, morceaux=[octets])
    depots.numeriser_rapport(acteur=m.secretariat, mission=mission, annonce=annonce, morceaux=[octets])
    bulle.rendre_rapport_numerise(acteur=m.secretariat, branche=branche)
    assert etapes(branche) == {"conclusions", "honoraires"} and rapports_par_courrier(m.secretariat) == []
    assert not fichiers_lisibles(m.secretariat, sinistre).filter(genre="RAPPORT").exists()
    assert fichiers_lisibles(m.medecin, sinistre).filter(genre="RAPPORT").count() == 1
    with pytest.raises(Erreur, match="n’attend pas"):
        depots.numeriser_rapport(acteur=m.secretariat, mission=mission, annonce=annonce, morceaux=[octets])
    assert Fichier.objects.count() == 1
    conclue(m, fraiche(branche), OUI)
    assert etapes(branche) == {"decision", "honoraires"}


def test_a_paper_mission_is_recalled_recused_or_missed_as_the_other(m: f.Monde, sinistre: Sinistre) -> None:
    branche = convoquee(m, approuvee(m, sinistre), agree())
    bulle.rappeler(acteur=m.medecin, branche=branche)
    assert etapes(branche) == {"mission"}
    bulle.approuver(acteur=m.medecin, branche=fraiche(branche), session=SESSION, questions="?")
    branche = convoquee(m, branche, agree())
    with dehors():
        actes.constater_absence(acteur=m.gestionnaire, branche=branche, absence=MotifAbsence.EXPERT, reporter=True)
    run()
    with dehors():
        actes.recuser(acteur=m.gestionnaire, branche=branche, motif=MotifRecusation.INDISPONIBLE)
    assert etapes(branche) == {"designer"}
