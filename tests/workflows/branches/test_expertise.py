"""The expertise médicale under the bulle’s login: the whole way, and who may ask for one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.gate import Refus
from cases.enums import Etat, EtatBranche, GenreTache, SensAvis
from cases.enums_expertise import ButExpertise, DecisionExpertise
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import AvisMedecin, Branche, Sinistre, Tache
from cases.selectors import taches_visibles
from indemnities.enums import ChargeHonoraires
from medical.enums import Finalite
from medical.errors import OuvertureRequise
from medical.selectors_dossiers import mes_missions
from medical.services import missions
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import (
    CONCLUSIONS,
    NON,
    OUI,
    QUESTIONS,
    agree,
    conclue,
    convoquee,
    decide,
    etapes,
    fraiche,
    mission_de,
    ouverte,
    pay,
    rendue,
    run,
    says,
)
from tests.medical.dossiers import SESSION, confie, declare, ouvert
from workflows.branches.expertise import actes, bulle, decision
from workflows.branches.expertise.demande import demander

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


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
    with borne(37):  # with the event that tells the expert that something waits for him
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
