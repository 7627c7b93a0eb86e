"""The expertise médicale: what the conclusions may say, and who decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.enums import Role
from accounts.gate import Refus
from cases.enums import GenreTache
from cases.enums_expertise import ButExpertise, CodeReponse, DecisionExpertise
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur
from cases.models import Branche, Sinistre, Tache
from cases.selectors import taches_visibles
from cases.services import avis as referrals
from journal.models import Contenu, Entree, Evenement
from medical.enums import RaisonConclusion
from medical.errors import OuvertureRequise
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import (
    OUI,
    approuvee,
    conclue,
    decide,
    etapes,
    fraiche,
    ouverte,
    rendue,
)
from tests.medical.dossiers import SESSION, declare, ouvert
from workflows import moteur
from workflows.branches.expertise import actes, bulle, decision
from workflows.branches.expertise.bulle import Reponse

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


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
