"""The contre-visite: every path walked to its end, and who may ask for one (domain: §5.1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Canal, GenreTache, OrigineBranche
from cases.enums_contre_visite import EXAMINES, MANQUES
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Branche, Sinistre, Tache
from contracts.enums import Nature
from indemnities.enums import ChargeHonoraires
from tests import factories as f
from tests.contre_visites import R, S, avis, conclusions, convoquee, cv, decider, honoraires, medecin, ouvertes, terminee
from workflows import automates, lifecycle, moteur
from workflows.branches.contre_visite import actes, decision, demande
from workflows.branches.contre_visite.demande import CONTROLABLES
from workflows.demande import Demande

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def branche(m: f.Monde, dossier: Sinistre) -> Branche:
    return demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")


# -- Paths --------------------------------------------------------------------------------------------------------------------


def test_a_justified_leave_ends_without_any_decision(m: f.Monde, branche: Branche) -> None:
    assert branche.origine == OrigineBranche.COLLECTIVITE
    assert ouvertes(branche) == {GenreTache.CV_DESIGNER}
    convoquee(m, branche)
    avis(m, branche, R.JUSTIFIE)
    assert ouvertes(branche) == {GenreTache.CV_CONCLUSIONS, GenreTache.CV_HONORAIRES}
    conclusions(m, branche)
    assert ouvertes(branche) == {GenreTache.CV_HONORAIRES}
    honoraires(m, branche)
    assert terminee(branche)
    assert branche.honoraires.get().charge == ChargeHonoraires.ASSUREUR


@pytest.mark.parametrize("resultat", sorted(EXAMINES - {R.JUSTIFIE}))
def test_other_conclusions_await_the_employer(m: f.Monde, branche: Branche, resultat: str) -> None:
    convoquee(m, branche)
    avis(m, branche, resultat)
    assert ouvertes(branche) == {GenreTache.CV_CONCLUSIONS, GenreTache.CV_HONORAIRES}
    honoraires(m, branche)
    conclusions(m, branche)
    assert ouvertes(branche) == {GenreTache.CV_DECISION}
    decider(m, branche, S.MAINTIEN)
    assert terminee(branche)


@pytest.mark.parametrize("resultat", sorted(MANQUES))
def test_a_control_that_did_not_take_place_goes_to_the_employer_at_once(m: f.Monde, branche: Branche, resultat: str) -> None:
    convoquee(m, branche)
    avis(m, branche, resultat)
    assert ouvertes(branche) == {GenreTache.CV_DECISION, GenreTache.CV_HONORAIRES}
    decider(m, branche, S.SANS_SUITE)
    actes.sans_honoraires(acteur=m.gestionnaire, branche=branche, motif="Visite non facturée")
    assert terminee(branche)


def test_an_agent_back_at_work_ends_it_and_his_return_is_asked_for(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.SANS_OBJET_REPRIS)
    assert terminee(branche)
    assert Tache.objects.filter(sinistre=branche.sinistre, genre=GenreTache.DEMANDER_REPRISE, fermee_le__isnull=True).exists()
    dossier = Sinistre.objects.get(branches=branche)
    assert dossier.reprise_effective is None  # the employer alone can tell it


def test_a_return_already_told_is_not_asked_for_again(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    convoquee(m, branche)
    lifecycle.declarer_reprise(acteur=m.mairie, numero=dossier.numero, le=timezone.localdate())
    avis(m, branche, R.SANS_OBJET_REPRIS)
    assert terminee(branche)
    assert not Tache.objects.filter(sinistre=dossier, genre=GenreTache.DEMANDER_REPRISE).exists()


def test_a_postponement_by_the_agent_needs_another_appointment(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.REPORT_AGENT)
    assert ouvertes(branche) == {GenreTache.CV_CONVOQUER}
    assert (cv(branche).reports, cv(branche).rendez_vous_le) == (1, None)
    actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=timezone.now(), mode="CABINET")
    assert (cv(branche).resultat, cv(branche).avis_oral_le) == ("", None)
    automates.balayer()
    assert ouvertes(branche) == {GenreTache.CV_AVIS}
    actes.deplacer(acteur=m.gestionnaire, branche=branche)
    automates.balayer()
    assert ouvertes(branche) == {GenreTache.CV_CONVOQUER}
    assert cv(branche).reports == 1


def test_a_medecin_who_stands_down_is_replaced_and_not_asked_again(m: f.Monde, branche: Branche) -> None:
    premier, second, troisieme = medecin(), medecin(nom="Boyer"), medecin(nom="Cros")
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=premier, atteste=True)
    actes.recuser(acteur=m.gestionnaire, branche=branche)
    assert ouvertes(branche) == {GenreTache.CV_DESIGNER}
    with pytest.raises(DonneeInvalide, match="récusé"):
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=premier, atteste=True)
    convoquee(m, branche, par=second)
    actes.recuser(acteur=m.gestionnaire, branche=branche)  # on seeing whom he is to examine
    automates.balayer()
    assert ouvertes(branche) == {GenreTache.CV_DESIGNER}
    assert set(cv(branche).recuses.all()) == {premier, second}
    convoquee(m, branche, par=troisieme)
    avis(m, branche, R.JUSTIFIE)
    assert ouvertes(branche) == {GenreTache.CV_CONCLUSIONS, GenreTache.CV_HONORAIRES}


def test_after_a_formal_notice_the_employer_decides_again(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.NON_PRESENTE)
    decider(m, branche, S.MISE_EN_DEMEURE)
    automates.balayer()
    assert ouvertes(branche) == {GenreTache.CV_DECISION, GenreTache.CV_HONORAIRES}
    assert cv(branche).mise_en_demeure_le == timezone.localdate()
    decider(m, branche, S.SANS_SUITE, par=m.gestionnaire)
    honoraires(m, branche)
    assert terminee(branche)
    assert cv(branche).mise_en_demeure_le == timezone.localdate()


def test_each_step_costs_at_most_thirty_queries(m: f.Monde, branche: Branche, django_assert_max_num_queries: Any) -> None:
    qui, aujourd_hui = medecin(), timezone.localdate()
    g: dict[str, Any] = {"acteur": m.gestionnaire, "branche": branche}
    with django_assert_max_num_queries(30):
        actes.designer(**g, medecin=qui, atteste=True)
    with django_assert_max_num_queries(30):
        actes.fixer_rendez_vous(**g, le=timezone.now(), mode="CABINET")
    automates.balayer()
    with django_assert_max_num_queries(30):
        actes.recevoir_avis(**g, resultat=R.NON_JUSTIFIE_REPRISE, recu_le=timezone.now(), resultat_date=aujourd_hui)
    with django_assert_max_num_queries(34):
        automates.balayer()
    with django_assert_max_num_queries(30):
        actes.recevoir_conclusions(**g, texte="Reprise possible.", recues_le=aujourd_hui)
    with django_assert_max_num_queries(30):
        honoraires(m, branche)
    with django_assert_max_num_queries(30):
        decision.decider(acteur=m.mairie, branche=branche, suite=S.INTERRUPTION_VERSEMENT, le=aujourd_hui, a_compter_du=aujourd_hui)


def test_asking_costs_at_most_thirty_queries(m: f.Monde, dossier: Sinistre, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(30):
        demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")


# -- Asking -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("qui", ["mairie2", "payeur", "assureur", "admin", "medecin", "expert", "psychologue", "secretariat"])
def test_who_may_not_ask(m: f.Monde, dossier: Sinistre, qui: str) -> None:
    with pytest.raises((Refus, Sinistre.DoesNotExist)):
        demande.demander(acteur=m.people[qui], sinistre=dossier, motif="DUREE")
    assert not Branche.objects.exists()


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"motif": "DEPRESSION"}, "motif"),
        ({"motif": "CONTROLE_6_MOIS"}, "motif"),
        ({"motif": "DUREE", "lieu": "PARC"}, "lieu"),
        ({"motif": "DUREE", "lieu": "DOMICILE"}, "adresse"),
        ({"motif": "DUREE", "canal": Canal.TELEPHONE}, "canal"),
    ],
)
def test_a_bad_request_names_its_field(m: f.Monde, dossier: Sinistre, champs: dict[str, Any], champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refus:
        demande.demander(acteur=m.mairie, sinistre=dossier, **champs)
    assert set(refus.value.champs) == {champ}


def test_what_came_by_telephone_is_the_collectivite_s_request(m: f.Monde, dossier: Sinistre) -> None:
    branche = demande.demander(acteur=m.gestionnaire, sinistre=dossier, motif="DOUTE", canal=Canal.TELEPHONE)
    assert (branche.origine, branche.canal) == (OrigineBranche.COLLECTIVITE, Canal.TELEPHONE)
    moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="Demande retirée")
    assert demande.demander(acteur=m.gestionnaire, sinistre=dossier, motif="DOUTE").origine == OrigineBranche.CDG


def test_one_runs_at_a_time(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    with pytest.raises(Erreur, match="déjà en cours"):
        demande.demander(acteur=m.gestionnaire, sinistre=dossier, motif="DUREE")


def test_nothing_to_control_once_the_leave_is_over(m: f.Monde, dossier: Sinistre) -> None:
    lifecycle.declarer_reprise(acteur=m.mairie, numero=dossier.numero, le=timezone.localdate())
    with pytest.raises(TransitionImpossible, match="repris"):
        demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")
    lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="annuler", demande=Demande(motif="DOUBLE"))
    with pytest.raises(TransitionImpossible, match="annulé"):
        demande.demander(acteur=m.gestionnaire, sinistre=dossier, motif="DUREE")


def test_a_leave_that_no_certificate_justifies_is_not_controlled(m: f.Monde) -> None:
    assert Nature.MAT not in CONTROLABLES
    maternite = f.sinistre(m, Nature.MAT)
    assert not demande.est_controlable(maternite)
    with pytest.raises(TransitionImpossible, match="maternité"):
        demande.demander(acteur=m.gestionnaire, sinistre=maternite, motif="DUREE")


def test_the_arret_of_another_dossier_is_refused(m: f.Monde, dossier: Sinistre) -> None:
    autre = f.sinistre(m, de=m.autre_agent, par=m.mairie2)
    with pytest.raises(DonneeInvalide) as refus:
        demande.demander(acteur=m.gestionnaire, sinistre=dossier, motif="DUREE", arret=autre.arrets.get())
    assert set(refus.value.champs) == {"arret"}
