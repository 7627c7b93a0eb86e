"""An expertise walked by every path, under the bulle's login: who does what, what is refused, what it does to the dossier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.enums import Role
from accounts.gate import Refus
from cases.enums import Etat, EtatBranche, GenreTache, SensAvis
from cases.enums_expertise import ButExpertise, CodeReponse, DecisionExpertise, MotifAbsence, MotifRecusation
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, TransitionImpossible
from cases.models import AvisMedecin, Branche, Echeance, Expertise, Sinistre, Tache
from cases.selectors import taches_visibles
from cases.services import avis as referrals
from documents.annonces import Annonce
from indemnities.enums import ChargeHonoraires
from journal.models import Contenu, Entree, Evenement
from medical.enums import Finalite, RaisonConclusion
from medical.errors import OuvertureRequise
from medical.models import Fichier, Mission
from medical.selectors import fichiers_lisibles
from medical.selectors_dossiers import mes_missions, rapport_par_courrier, rapports_par_courrier
from medical.services import depots, missions
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import (
    CONCLUSIONS,
    QUESTIONS,
    agree,
    approuvee,
    conclue,
    confiee,
    convoquee,
    decide,
    examine,
    fraiche,
    mission_de,
    ouverte,
    rendue,
    run,
)
from tests.medical.dossiers import SESSION, confie, declare, image, ouvert
from workflows import moteur
from workflows.branches.expertise import actes, bulle, decision
from workflows.branches.expertise.bulle import Reponse
from workflows.branches.expertise.demande import demander

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

OUI = Reponse(ButExpertise.IMPUTABILITE, CodeReponse.OUI)
NON = Reponse(ButExpertise.IMPUTABILITE, CodeReponse.NON)


@pytest.fixture
def m(db: None, settings: Any) -> f.Monde:
    settings.CLAMD_URL, settings.DEMO = "", True
    return f.monde()


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


def etapes(branche: Branche) -> set[str]:
    """The steps that wait for a person, once the workers have done theirs."""
    run()
    return {task.flow_task.name for task in Task.objects.filter(process=branche.processus_id, status=STATUS.NEW)}


def pay(m: f.Monde, branche: Branche, **champs: Any) -> None:
    valeurs: dict[str, Any] = {"reference": f"F-{branche.pk}", "facture_du": timezone.localdate(), "montant": Decimal("180.00")} | champs
    with dehors():
        actes.saisir_honoraires(acteur=m.gestionnaire, branche=branche, **valeurs)


def says(action: str) -> bool:
    return Entree.objects.filter(action=action).exists() and Evenement.objects.filter(type=action).exists()


# -- The whole way ---------------------------------------------------------------------------------------------------------------


def test_from_the_request_to_the_decision(m: f.Monde, sinistre: Sinistre) -> None:
    branche = ouverte(m, sinistre)
    assert etapes(branche) == {"mission"} and [t.genre for t in taches_visibles(m.medecin)].count(GenreTache.EX_MISSION) == 1
    ouvert(m.medecin, sinistre)
    bulle.approuver(acteur=m.medecin, branche=fraiche(branche), session=SESSION, questions=QUESTIONS)
    assert etapes(branche) == {"designer"}
    branche = convoquee(m, branche, agree(m.expert))
    assert etapes(branche) == {"rapport"} and says("expertise.convocation")
    assert [t.genre for t in taches_visibles(m.expert)] == [GenreTache.EX_RAPPORT]
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    bulle.rendre_rapport(acteur=m.expert, mission=mission_de(branche), session=SESSION, conclusions=CONCLUSIONS)
    assert mes_missions(m.expert) == []
    run()
    assert etapes(branche) == {"conclusions", "honoraires"}
    assert GenreTache.EX_CONCLUSIONS in {t.genre for t in taches_visibles(m.medecin)}
    branche = conclue(m, fraiche(branche), OUI, conclusion="L’accident est imputable au service.")
    assert etapes(branche) == {"decision", "honoraires"} and says("expertise.conclue")
    decide(m, branche)
    assert fraiche(branche).etat == EtatBranche.EN_COURS
    pay(m, branche)
    branche = fraiche(branche)
    assert (branche.etat, branche.issue) == (EtatBranche.TERMINEE, DecisionExpertise.SUIVRE) and says("expertise.decidee")
    assert not Task.objects.filter(process=branche.processus_id).exclude(status__in=[STATUS.DONE, STATUS.CANCELED]).exists()
    assert not Tache.objects.filter(fermee_le=None, objet_type="etape").exists()
    assert not Tache.objects.filter(fermee_le=None, genre=GenreTache.EX_SUITES).exists(), "nothing unfavourable"


def test_fees_may_come_first_and_follow_who_imposed_the_control(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre, obligatoire=True)
    pay(m, branche)
    honoraire = branche.honoraires.get()
    assert honoraire.charge == ChargeHonoraires.COLLECTIVITE
    conclue(m, branche, OUI)
    decide(m, branche)
    assert fraiche(branche).etat == EtatBranche.TERMINEE
    autre = rendue(m, declare(m, de=f.agent(m.collectivite)))
    with pytest.raises(DonneeInvalide), dehors():
        actes.renoncer_aux_honoraires(acteur=m.gestionnaire, branche=autre, raison=" ")
    pay(m, autre)
    assert autre.honoraires.get().charge == ChargeHonoraires.ASSUREUR


def test_no_invoice_will_come(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre)
    with dehors():
        actes.renoncer_aux_honoraires(acteur=m.gestionnaire, branche=branche, raison="Médecin du centre hospitalier")
    conclue(m, branche, OUI)
    decide(m, branche)
    assert fraiche(branche).etat == EtatBranche.TERMINEE


def test_each_step_costs_at_most_thirty_queries(m: f.Monde, sinistre: Sinistre, django_assert_max_num_queries: Any) -> None:
    borne = django_assert_max_num_queries
    branche = ouverte(m, sinistre)
    ouvert(m.medecin, sinistre)
    branche = fraiche(branche)
    with borne(30):
        bulle.approuver(acteur=m.medecin, branche=branche, session=SESSION, questions=QUESTIONS)
    medecin = agree(m.expert)
    with dehors(), borne(30):
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin, atteste=True)
    with dehors(), borne(30):
        actes.convoquer(acteur=m.gestionnaire, branche=branche, le=timezone.now() + dt.timedelta(days=20), lieu="Cabinet")
    with borne(36):
        run()
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    mission = mission_de(branche)
    with borne(30):
        bulle.rendre_rapport(acteur=m.expert, mission=mission, session=SESSION, conclusions=CONCLUSIONS)
    run()
    branche = fraiche(branche)
    with borne(40):  # reads and journals the medical texts first, and gives the avis besides
        bulle.conclure(acteur=m.medecin, branche=branche, session=SESSION, reponses=[OUI], conclusion="Oui.")
    run()
    with borne(30):
        pay(m, branche)
    with dehors(), borne(30):
        decision.decider(acteur=m.mairie, branche=branche, decision=DecisionExpertise.SUIVRE, le=timezone.localdate())
    run()
    assert fraiche(branche).etat == EtatBranche.TERMINEE


# -- The request -----------------------------------------------------------------------------------------------------------------


def test_a_dossier_entrusted_to_nobody_goes_to_a_medecin_conseil(m: f.Monde, sinistre: Sinistre) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        ouverte(m, sinistre, medecin=None)
    assert set(refused.value.champs) == {"medecin"}
    branche = ouverte(m, sinistre)
    avis = AvisMedecin.objects.get()
    assert (avis.medecin, avis.question) == (m.medecin, "IMPUTABILITE") and branche.expertise.avis_a_rendre
    with pytest.raises(Erreur, match="déjà en cours"):
        ouverte(m, sinistre)


def test_the_conclusions_give_the_avis_asked_for_them_alone(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre)
    conclue(m, branche, NON, conclusion="L’imputabilité n’est pas retenue.")
    avis = AvisMedecin.objects.get()
    assert (avis.sens, avis.conclusion) == (SensAvis.DEFAVORABLE, "L’imputabilité n’est pas retenue.")


def test_an_avis_asked_before_is_given_by_its_own_page(m: f.Monde, sinistre: Sinistre) -> None:
    avis = confie(m, sinistre)
    branche = rendue(m, sinistre, medecin=None)
    assert branche.expertise.avis_id == avis.pk
    conclue(m, branche, OUI)
    avis.refresh_from_db()
    assert avis.rendu_le is None


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"buts": ()}, "buts"),
        ({"buts": ("DIAGNOSTIC",)}, "buts"),
        ({"buts": (ButExpertise.PROLONGATION,)}, "arret"),
        ({"buts": (ButExpertise.RECHUTE, ButExpertise.REPRISE)}, "arret"),
    ],
)
def test_what_a_request_needs(m: f.Monde, sinistre: Sinistre, champs: dict[str, Any], champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        ouverte(m, sinistre, **champs)
    assert set(refused.value.champs) == {champ} and not Branche.objects.exists()


def test_a_period_is_one_of_the_dossier_and_a_leave_of_illness_has_no_imputabilite(m: f.Monde, sinistre: Sinistre) -> None:
    ailleurs = declare(m, de=f.agent(m.collectivite)).arrets.get()
    with pytest.raises(DonneeInvalide, match="de ce dossier"):
        ouverte(m, sinistre, buts=(ButExpertise.PROLONGATION,), arret=ailleurs)
    with dehors():
        maladie = f.sinistre(m, "CMO", de=f.agent(m.collectivite))
    with pytest.raises(DonneeInvalide, match="imputables"):
        ouverte(m, maladie)


def test_who_may_ask(m: f.Monde, sinistre: Sinistre) -> None:
    with dehors():
        for user in (m.mairie, m.payeur, m.assureur, m.secretariat, m.psychologue):
            with pytest.raises((Refus, Sinistre.DoesNotExist)):
                demander(acteur=user, sinistre=sinistre, buts=[ButExpertise.REPRISE], medecin=m.medecin)
    with pytest.raises((Refus, Sinistre.DoesNotExist)):
        demander(acteur=m.medecin, sinistre=sinistre, buts=[ButExpertise.REPRISE])


@pytest.mark.parametrize("etat", [Etat.CLOS, Etat.REFUSE, Etat.ANNULE])
def test_no_expertise_on_a_dossier_that_is_over(m: f.Monde, sinistre: Sinistre, etat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from workflows.branches.expertise import demande

    verrou = demande.lock_visible

    def over(*args: Any) -> Sinistre:
        dossier = verrou(*args)
        dossier.__dict__["etat"] = etat
        return dossier

    monkeypatch.setattr(demande, "lock_visible", over)
    with pytest.raises(TransitionImpossible, match="rouvrez-le"):
        ouverte(m, sinistre)


def test_the_medecin_asks_for_it_himself_and_writes_its_mission_at_once(m: f.Monde, sinistre: Sinistre) -> None:
    avis = confie(m, sinistre)
    commun: dict[str, Any] = {"acteur": m.medecin, "avis": avis, "session": SESSION, "buts": [ButExpertise.CONSOLIDATION]}
    with pytest.raises(OuvertureRequise):
        bulle.demander_du_medecin(**commun, questions=QUESTIONS)
    ouvert(m.medecin, sinistre)
    with pytest.raises(DonneeInvalide):
        bulle.demander_du_medecin(**commun, questions=" ")
    assert not Branche.objects.exists()
    branche = bulle.demander_du_medecin(**commun, questions=QUESTIONS)
    assert etapes(branche) == {"designer"} and branche.origine == "MEDECIN"
    assert missions.lire_du_dossier(acteur=m.medecin, sinistre=sinistre, session=SESSION)[0].questions == QUESTIONS


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


# -- The conclusions -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reponse", "champ"),
    [
        (Reponse("REPRISE", "OUI"), "code_reprise"),
        (Reponse("REPRISE", CodeReponse.REPRISE_POSSIBLE), "le_reprise"),
        (Reponse("REPRISE", CodeReponse.REPRISE_IMPOSSIBLE, dt.date(2026, 1, 1)), "le_reprise"),
        (Reponse("REPRISE", CodeReponse.REPRISE_POSSIBLE, dt.date(2001, 1, 1)), "le_reprise"),
        (Reponse("REPRISE", CodeReponse.REPRISE_TPT, dt.date(2100, 1, 1)), "quotite_reprise"),
        (Reponse("REPRISE", CodeReponse.REPRISE_TPT, dt.date(2100, 1, 1), 45), "quotite_reprise"),
        (Reponse("REPRISE", CodeReponse.REPRISE_POSSIBLE, dt.date(2100, 1, 1), 50), "quotite_reprise"),
        (Reponse("CONSOLIDATION", CodeReponse.CONSOLIDATION, dt.date(2100, 1, 1)), "le_consolidation"),
    ],
)
def test_answers_that_make_no_sense(m: f.Monde, sinistre: Sinistre, reponse: Reponse, champ: str) -> None:
    branche = rendue(m, sinistre, buts=(reponse.but,))
    with pytest.raises(DonneeInvalide) as refused:
        conclue(m, branche, reponse)
    assert set(refused.value.champs) == {champ} and etapes(branche) == {"conclusions", "honoraires"}


def test_each_goal_has_its_answer_and_no_other(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre, buts=(ButExpertise.IMPUTABILITE, ButExpertise.REPRISE))
    with pytest.raises(DonneeInvalide) as refused:
        conclue(m, branche, OUI, conclusion=" ")
    assert set(refused.value.champs) == {"conclusion", "code_reprise"}
    for reponses in ((OUI, OUI), (OUI, Reponse(ButExpertise.RECHUTE, CodeReponse.OUI))):
        with pytest.raises(DonneeInvalide):
            conclue(m, branche, *reponses)
    jour = timezone.localdate() + dt.timedelta(days=10)
    conclue(m, branche, OUI, Reponse(ButExpertise.REPRISE, CodeReponse.REPRISE_TPT, jour, 50))
    assert fraiche(branche).expertise.reponses.count() == 2


def test_words_that_look_medical_stop_once_and_leave_no_trace(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre)
    conclusion = "La lombalgie est imputable."
    with pytest.raises(AlerteAConfirmer):
        conclue(m, branche, OUI, conclusion=conclusion)
    bulle.conclure(
        acteur=m.medecin, branche=branche, session=SESSION, reponses=[OUI], conclusion=conclusion, raison=RaisonConclusion.DEJA_CONNU
    )
    assert fraiche(branche).expertise.conclusion == conclusion
    journal = str(list(Contenu.objects.values_list("donnees", flat=True))) + str(list(Entree.objects.values_list("motif", flat=True)))
    assert "lombalgie" not in journal.lower() and "anari" not in journal
    assert "anari" not in str(list(Task.objects.values_list("data", flat=True)))
    assert "anari" not in str(list(Evenement.objects.values_list("donnees", flat=True)))


def test_who_may_write_in_the_bulle(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre)
    for user in (m.secretariat, m.expert, m.psychologue, f.person(Role.MEDECIN_CONSEIL)):
        with pytest.raises(Refus):
            bulle.conclure(acteur=user, branche=branche, session=SESSION, reponses=[OUI], conclusion="Oui.")
        with pytest.raises(Refus):
            bulle.approuver(acteur=user, branche=branche, session=SESSION, questions="?")
    with pytest.raises(OuvertureRequise):
        bulle.conclure(acteur=m.medecin, branche=branche, session="b" * 40, reponses=[OUI], conclusion="Oui.")
    with pytest.raises(moteur.EtapeFermee):
        bulle.approuver(acteur=m.medecin, branche=branche, session=SESSION, questions="?")


def test_a_dossier_taken_back_goes_to_another_medecin_conseil(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre)
    autre = f.person(Role.MEDECIN_CONSEIL)
    with dehors():
        with pytest.raises(Erreur, match="encore confié"):
            actes.changer_de_medecin_conseil(acteur=m.gestionnaire, branche=branche, medecin=autre)
        referrals.rappeler(acteur=m.gestionnaire, avis=branche.expertise.avis)
    with pytest.raises(Refus):
        conclue(m, branche, OUI)
    with dehors():
        actes.changer_de_medecin_conseil(acteur=m.gestionnaire, branche=branche, medecin=autre)
    assert GenreTache.EX_CONCLUSIONS in {t.genre for t in taches_visibles(autre)}
    ouvert(autre, sinistre)
    bulle.conclure(acteur=autre, branche=fraiche(branche), session=SESSION, reponses=[OUI], conclusion="Oui.")
    with dehors(), pytest.raises(Erreur, match="n’attend plus"):
        actes.changer_de_medecin_conseil(acteur=m.gestionnaire, branche=branche, medecin=m.medecin)


# -- The decision --------------------------------------------------------------------------------------------------------------------


def test_who_decides(m: f.Monde, sinistre: Sinistre) -> None:
    branche = conclue(m, rendue(m, sinistre), OUI)
    with dehors():
        for user in (m.mairie2, m.payeur, m.assureur):
            with pytest.raises(Refus):
                decision.decider(acteur=user, branche=branche, decision=DecisionExpertise.SUIVRE, le=timezone.localdate())
        decision.decider(acteur=m.gestionnaire, branche=branche, decision=DecisionExpertise.SUIVRE, le=timezone.localdate())
    with pytest.raises(moteur.EtapeFermee):
        decide(m, branche)


@pytest.mark.parametrize("walk", [ouverte, approuvee, rendue])
def test_every_open_step_has_its_work_item(m: f.Monde, sinistre: Sinistre, walk: Callable[..., Branche]) -> None:
    branche = walk(m, sinistre)
    attendent = set(Task.objects.filter(process=branche.processus_id, status=STATUS.NEW).values_list("pk", flat=True))
    assert set(Tache.objects.filter(objet_type="etape", fermee_le=None).values_list("objet_id", flat=True)) == attendent
