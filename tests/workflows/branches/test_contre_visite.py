"""The contre-visite: every path walked to its end, every refusal, and the days that only the employer stops paying (domain: §5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.gate import Refus
from accounts.models import User
from cases.enums import Canal, Etat, EtatBranche, GenreEcheance, GenreTache, MotifCloture, OrigineBranche
from cases.enums_contre_visite import EXAMINES, MANQUES, ResultatContreVisite, SuiteContreVisite
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, GardeNonSatisfaite, TransitionImpossible
from cases.models import Branche, ContreVisite, Echeance, InterruptionVersement, MedecinAgree, Sinistre, Tache
from cases.services import echeances
from contracts.enums import DepartContreVisite, Nature
from indemnities.enums import ChargeHonoraires
from journal.models import Contenu
from tests import factories as f
from workflows import automates, lifecycle, moteur, payments
from workflows.branches.contre_visite import actes, decision, demande
from workflows.branches.contre_visite.demande import CONTROLABLES
from workflows.coherence import anomalies
from workflows.demande import Demande

R, S = ResultatContreVisite, SuiteContreVisite
ADRESSE = "12 rue des Tilleuls, 34700 Lodève"
pytestmark = pytest.mark.django_db


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


@pytest.fixture(autouse=True)
def coherent(db: None) -> Iterator[None]:
    yield
    assert anomalies() == []


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def branche(m: f.Monde, dossier: Sinistre) -> Branche:
    return demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")


def medecin(**champs: Any) -> MedecinAgree:
    valeurs = {"nom": "Arnal", "prenom": "Luc", "commune": "Lodève", "departement": "34"} | champs
    return MedecinAgree.objects.create(**valeurs)


def ouvertes(branche: Branche) -> set[str]:
    taches = Tache.objects.filter(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True)
    return set(taches.values_list("genre", flat=True))


def cv(branche: Branche) -> ContreVisite:
    return ContreVisite.objects.select_related("medecin").get(branche=branche)


def convoquee(m: f.Monde, branche: Branche, *, mode: str = "CABINET", par: MedecinAgree | None = None) -> None:
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=par or medecin(), atteste=True)
    actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=timezone.now(), mode=mode)
    automates.balayer()


def date_de(resultat: str, quand: dt.date) -> dt.date | None:
    return quand if resultat in (R.JUSTIFIE_JUSQU_AU, R.NON_JUSTIFIE_REPRISE) else None


def avis(m: f.Monde, branche: Branche, resultat: str, resultat_date: dt.date | None = None) -> None:
    jour = resultat_date or date_de(resultat, timezone.localdate())
    actes.recevoir_avis(acteur=m.gestionnaire, branche=branche, resultat=resultat, recu_le=timezone.now(), resultat_date=jour)
    automates.balayer()


def conclusions(m: f.Monde, branche: Branche) -> None:
    actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte="L’arrêt est examiné.", recues_le=timezone.localdate())


def honoraires(m: f.Monde, branche: Branche) -> None:
    actes.saisir_honoraires(
        acteur=m.payeur, branche=branche, reference=f"F-{branche.pk}", facture_du=timezone.localdate(), montant=Decimal("85.00")
    )


def decider(m: f.Monde, branche: Branche, suite: str, par: User | None = None, **champs: Any) -> None:
    lus: dict[str, Any] = {"le": timezone.localdate()} | champs
    decision.decider(acteur=par or m.mairie, branche=branche, suite=suite, **lus)


def terminee(branche: Branche) -> bool:
    automates.balayer()
    branche.refresh_from_db()
    return branche.etat == EtatBranche.TERMINEE


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


# -- The control of the six months ----------------------------------------------------------------------------------------------


def long_leave(m: f.Monde, depuis: int) -> Sinistre:
    debut = timezone.localdate() - dt.timedelta(days=depuis)
    return f.sinistre(m, arret=f.arret_demande(debut, jours=300))


def test_the_control_comes_thirty_days_before_the_six_months_and_ends_its_item(m: f.Monde) -> None:
    dossier = long_leave(m, depuis=160)
    echeance = Echeance.objects.get(sinistre=dossier, genre=GenreEcheance.CONTROLE_6_MOIS)
    six_mois = demande.controle_impose_des(dossier)
    assert six_mois is not None
    assert timezone.localtime(echeance.due_at).date() == six_mois
    assert 150 <= (six_mois - dossier.survenance).days <= 154  # six months less thirty days
    echeances.balayer()
    assert Tache.objects.filter(sinistre=dossier, genre=GenreTache.CONTROLE_6_MOIS, fermee_le__isnull=True).count() == 1
    branche = demande.demander(acteur=m.gestionnaire, sinistre=dossier, motif="CONTROLE_6_MOIS")
    assert (branche.origine, cv(branche).obligatoire) == (OrigineBranche.REGLE, True)
    assert Tache.objects.get(sinistre=dossier, genre=GenreTache.CONTROLE_6_MOIS).issue == "contre_visite"
    convoquee(m, branche)
    avis(m, branche, R.JUSTIFIE)
    honoraires(m, branche)
    assert branche.honoraires.get().charge == ChargeHonoraires.COLLECTIVITE  # imposed by the texts (S002)


def test_a_control_asked_before_its_item_makes_it_needless(m: f.Monde) -> None:
    dossier = long_leave(m, depuis=160)
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="CONTROLE_6_MOIS")
    assert branche.origine == OrigineBranche.COLLECTIVITE
    ouverte = Echeance.objects.filter(sinistre=dossier, genre=GenreEcheance.CONTROLE_6_MOIS, levee_le__isnull=True, traitee_le__isnull=True)
    assert not ouverte.exists()
    suite = f.arret_demande(dossier.arrets.get().fin + dt.timedelta(days=1), jours=10)
    lifecycle.ajouter_arret(acteur=m.mairie, numero=dossier.numero, arret=suite)
    assert not ouverte.exists()
    moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="Médecin introuvable")
    suite = f.arret_demande(suite.fin + dt.timedelta(days=1), jours=10)
    lifecycle.ajouter_arret(acteur=m.mairie, numero=dossier.numero, arret=suite)
    assert ouverte.exists()


def test_it_is_not_asked_for_too_soon(m: f.Monde) -> None:
    with pytest.raises(DonneeInvalide, match="à partir du"):
        demande.demander(acteur=m.mairie, sinistre=long_leave(m, depuis=100), motif="CONTROLE_6_MOIS")


# -- Médecin and appointment ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quel", "atteste", "champ"),
    [({}, False, "atteste"), ({"actif": False}, True, "medecin"), ({"departement": "30"}, True, "hors_departement")],
)
def test_who_may_not_be_chosen(m: f.Monde, branche: Branche, quel: dict[str, Any], atteste: bool, champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refus:
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin(**quel), atteste=atteste)
    assert set(refus.value.champs) == {champ}
    assert ouvertes(branche) == {GenreTache.CV_DESIGNER}


def test_a_medecin_of_another_departement_has_a_reason(m: f.Monde, branche: Branche) -> None:
    loin = medecin(departement="30")
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=loin, atteste=True, hors_departement="Plus proche du domicile")
    assert cv(branche).medecin == loin


@pytest.mark.parametrize("qui", ["mairie", "mairie2", "payeur", "assureur", "medecin", "secretariat", "expert", "admin"])
def test_only_the_cdg_conducts_it(m: f.Monde, branche: Branche, qui: str) -> None:
    with pytest.raises(Refus):
        actes.designer(acteur=m.people[qui], branche=branche, medecin=medecin(), atteste=True)


@pytest.mark.parametrize(
    ("quand", "mode", "champ"), [(-1, "CABINET", "le"), (61, "CABINET", "le"), (1, "PARC", "mode"), (1, "DOMICILE", "mode")]
)
def test_a_bad_appointment(m: f.Monde, branche: Branche, quand: int, mode: str, champ: str) -> None:
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin(), atteste=True)
    with pytest.raises(DonneeInvalide) as refus:
        actes.fixer_rendez_vous(
            acteur=m.gestionnaire, branche=branche, le=timezone.now() + dt.timedelta(days=quand), mode=mode, adresse=ADRESSE
        )
    assert set(refus.value.champs) == {champ}


def test_a_visit_at_home_has_an_address_that_nothing_else_tells(m: f.Monde, dossier: Sinistre) -> None:
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="DOUTE", lieu="DOMICILE", adresse=ADRESSE)
    convoquee(m, branche, mode="DOMICILE", par=medecin(visite_a_domicile=True))
    assert cv(branche).adresse_visite == ADRESSE
    avis(m, branche, R.ABSENT_DOMICILE)
    assert "Tilleuls" not in str(list(Contenu.objects.values_list("donnees", flat=True)))


# -- 48 hours ---------------------------------------------------------------------------------------------------------------------


def escalades(branche: Branche) -> int:
    return Tache.objects.filter(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=branche.pk, fermee_le__isnull=True).count()


@pytest.mark.parametrize("faites", [0, 1, 2])
def test_48_hours_from_the_request_whatever_step_is_reached(m: f.Monde, branche: Branche, faites: int) -> None:
    if faites:
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin(), atteste=True)
    if faites == 2:
        actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=timezone.now() + dt.timedelta(days=5), mode="CABINET")
    with time_machine.travel(branche.ouverte_le + dt.timedelta(hours=47, minutes=59), tick=False):
        automates.balayer()
        assert escalades(branche) == 0
    with time_machine.travel(branche.ouverte_le + dt.timedelta(hours=48, minutes=1), tick=False):
        automates.balayer()
        automates.balayer()
        assert escalades(branche) == 1
        assert Tache.objects.get(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True).priorite == 1
        with pytest.raises(Refus):
            decision.arbitrer(acteur=m.gestionnaire, branche=branche, commentaire="Relancé")
        with pytest.raises(DonneeInvalide):
            decision.arbitrer(acteur=m.responsable, branche=branche, commentaire=" ")
        decision.arbitrer(acteur=m.responsable, branche=branche, commentaire="Cabinet relancé par téléphone")
        assert escalades(branche) == 0
        with pytest.raises(Erreur, match="Aucun retard"):
            decision.arbitrer(acteur=m.responsable, branche=branche, commentaire="Encore")
        if faites == 0:
            convoquee(m, branche)
            automates.balayer()
            assert escalades(branche) == 0  # it rings once


def test_48_hours_from_each_appointment_where_the_contract_says_so(m: f.Monde, dossier: Sinistre) -> None:
    m.contrat.depart_contre_visite = DepartContreVisite.EXAMEN
    m.contrat.save()
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")
    timers = Echeance.objects.filter(etape__process=branche.processus_id)
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin(), atteste=True)
    assert not timers.exists()
    rendez_vous = timezone.now() + dt.timedelta(days=5)
    actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=rendez_vous, mode="CABINET")
    automates.balayer()
    assert timers.get().due_at == rendez_vous + dt.timedelta(hours=48)
    with time_machine.travel(rendez_vous + dt.timedelta(hours=49), tick=False):
        automates.balayer()
        automates.balayer()
        assert escalades(branche) == 1
        actes.recevoir_avis(acteur=m.gestionnaire, branche=branche, resultat=R.REPORT_AGENT, recu_le=timezone.now())
        automates.balayer()
        assert escalades(branche) == 0
        nouveau = timezone.now() + dt.timedelta(days=3)
        actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=nouveau, mode="CABINET")
        automates.balayer()
        assert timers.get(levee_le__isnull=True, traitee_le__isnull=True).due_at == nouveau + dt.timedelta(hours=48)


def test_an_opinion_or_an_abandon_closes_what_was_escalated(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    convoquee(m, branche)
    with time_machine.travel(branche.ouverte_le + dt.timedelta(hours=49), tick=False):
        automates.balayer()
        automates.balayer()
        assert escalades(branche) == 1
        moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="Demande retirée")
        assert escalades(branche) == 0


# -- Opinion and conclusions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resultat", "dans", "decalage", "champ"),
    [
        ("GUERI", None, 0, "resultat"),
        (R.JUSTIFIE, None, 1, "recu_le"),
        (R.JUSTIFIE, None, -2, "recu_le"),
        (R.JUSTIFIE, 0, 0, "resultat_date"),
        (R.REFUS, 0, 0, "resultat_date"),
        (R.JUSTIFIE_JUSQU_AU, None, 0, "resultat_date"),
        (R.NON_JUSTIFIE_REPRISE, None, 0, "resultat_date"),
        (R.NON_JUSTIFIE_REPRISE, -1, 0, "resultat_date"),
        (R.JUSTIFIE_JUSQU_AU, 400, 0, "resultat_date"),
    ],
)
def test_a_bad_opinion(m: f.Monde, branche: Branche, resultat: str, dans: int | None, decalage: int, champ: str) -> None:
    convoquee(m, branche)
    jour = timezone.localdate() + dt.timedelta(days=dans) if dans is not None else None
    with pytest.raises(DonneeInvalide) as refus:
        actes.recevoir_avis(
            acteur=m.gestionnaire,
            branche=branche,
            resultat=resultat,
            recu_le=timezone.now() + dt.timedelta(hours=decalage),
            resultat_date=jour,
        )
    assert set(refus.value.champs) == {champ}
    assert ouvertes(branche) == {GenreTache.CV_AVIS}


def test_conclusions_say_nothing_medical_unless_a_reason_is_given(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.JUSTIFIE)
    aujourd_hui = timezone.localdate()
    with pytest.raises(AlerteAConfirmer) as alerte:
        actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte="Suites d’une entorse.", recues_le=aujourd_hui)
    assert "entorse" not in alerte.value.message
    with pytest.raises(DonneeInvalide):
        actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte=" ", recues_le=aujourd_hui)
    with pytest.raises(DonneeInvalide):
        actes.recevoir_conclusions(
            acteur=m.gestionnaire, branche=branche, texte="Arrêt justifié.", recues_le=aujourd_hui + dt.timedelta(days=1)
        )
    actes.recevoir_conclusions(
        acteur=m.gestionnaire, branche=branche, texte="Arrêt justifié, entorse.", recues_le=aujourd_hui, raison="USAGE"
    )
    assert "entorse" not in str(list(Contenu.objects.values_list("donnees", flat=True)))


def test_a_dossier_does_not_close_before_its_contre_visite(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    with pytest.raises(GardeNonSatisfaite, match="contre-visite"):
        lifecycle.transiter(
            acteur=m.gestionnaire, numero=dossier.numero, nom="clore",
            demande=Demande(motif=MotifCloture.SANS_SUITE, date_effet=timezone.localdate()),
        )  # fmt: skip


# -- Decision and interruption --------------------------------------------------------------------------------------------------------


def jusqu_a_la_decision(m: f.Monde, branche: Branche, resultat: str) -> None:
    convoquee(m, branche)
    avis(m, branche, resultat)
    if resultat in EXAMINES:
        conclusions(m, branche)


@pytest.mark.parametrize(
    ("resultat", "champs", "champ"),
    [
        (R.REPRISE_AMENAGEE, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0}, "suite"),
        (R.JUSTIFIE_JUSQU_AU, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0}, "suite"),
        (R.REFUS, {"suite": S.REPRISE, "a_compter_du": 0}, "suite"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": "PUNIR"}, "suite"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.REPRISE}, "a_compter_du"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": -1}, "a_compter_du"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.SANS_SUITE, "le": 1}, "le"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.SANS_SUITE, "le": -1}, "le"),
        (R.REFUS, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0, "volonte_etablie": True}, "justification_demandee_le"),
        (R.REFUS, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0, "justification_demandee_le": 0}, "volonte_etablie"),
        (
            R.NON_PRESENTE,
            {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0, "justification_demandee_le": -1, "volonte_etablie": True},
            "justification_demandee_le",
        ),
    ],
)
def test_a_decision_that_nothing_allows(m: f.Monde, branche: Branche, resultat: str, champs: dict[str, Any], champ: str) -> None:
    jusqu_a_la_decision(m, branche, resultat)
    aujourd_hui = timezone.localdate()
    lus: dict[str, Any] = {k: aujourd_hui + dt.timedelta(days=v) if type(v) is int else v for k, v in champs.items()}
    with pytest.raises(DonneeInvalide) as refus:
        decider(m, branche, **lus)
    assert set(refus.value.champs) == {champ}
    assert not InterruptionVersement.objects.exists()


def test_the_opinion_alone_stops_no_payment(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    automates.balayer()
    assert not InterruptionVersement.objects.exists()
    decompte = _typed(m, dossier, dossier.survenance, timezone.localdate())
    assert decompte.montant == 100


def _typed(m: f.Monde, dossier: Sinistre, debut: dt.date, fin: dt.date, **champs: Any) -> Any:
    lus: dict[str, Any] = {"montant": Decimal("100"), "explication": "Essai"} | champs
    return payments.saisir_decompte(acteur=m.gestionnaire, numero=dossier.numero, debut=debut, fin=fin, **lus)


def test_days_interrupted_by_the_employer_are_not_paid_until_he_lifts_it(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    jour = dt.timedelta(days=1)
    aujourd_hui = timezone.localdate()
    avant = _typed(m, dossier, dossier.survenance, dossier.survenance + jour)
    a_cheval = _typed(m, dossier, aujourd_hui - 2 * jour, aujourd_hui + jour)
    approuve = _typed(m, dossier, aujourd_hui + 2 * jour, aujourd_hui + 3 * jour)
    payments.approuver_decompte(acteur=m.payeur, decompte_id=approuve.pk)
    jusqu_a_la_decision(m, branche, R.REFUS)
    decider(
        m, branche, S.INTERRUPTION_VERSEMENT, a_compter_du=aujourd_hui, justification_demandee_le=aujourd_hui, volonte_etablie=True
    )  # fmt: skip
    assert not InterruptionVersement.objects.exists()
    automates.balayer()
    automates.balayer()
    assert InterruptionVersement.objects.count() == 1
    with pytest.raises(TransitionImpossible, match="interrompu"):
        payments.approuver_decompte(acteur=m.payeur, decompte_id=a_cheval.pk)
    with pytest.raises(TransitionImpossible, match="interrompu"):
        payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[approuve.pk])
    payments.approuver_decompte(acteur=m.payeur, decompte_id=avant.pk)
    with pytest.raises(DonneeInvalide, match="interrompu"):
        _typed(m, dossier, aujourd_hui + 4 * jour, aujourd_hui + 5 * jour)
    _typed(m, dossier, avant.debut, avant.fin, corrige=avant, montant=Decimal("-10"))
    for mauvais in (aujourd_hui - jour, aujourd_hui + jour):
        with pytest.raises(DonneeInvalide):
            decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=mauvais, motif="Justifié")
    with pytest.raises(DonneeInvalide):
        decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=aujourd_hui, motif="")
    for qui in (m.payeur, m.mairie2, m.assureur):
        with pytest.raises(Refus):
            decision.lever_interruption(acteur=qui, branche=branche, reprise_le=aujourd_hui, motif="Justifié")
    with time_machine.travel(timezone.now() + 4 * jour, tick=False):
        decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=aujourd_hui + 4 * jour, motif="Justifié")
        _typed(m, dossier, aujourd_hui + 4 * jour, aujourd_hui + 5 * jour)
        with pytest.raises(TransitionImpossible, match="interrompu"):
            payments.approuver_decompte(acteur=m.payeur, decompte_id=a_cheval.pk)  # its days stay unpaid
        with pytest.raises(Erreur, match="aucun versement"):
            decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=aujourd_hui, motif="Encore")


def test_valider_waits_while_all_that_is_left_is_interrupted(m: f.Monde) -> None:
    debut = timezone.localdate() - dt.timedelta(days=20)
    dossier = f.sinistre(m, arret=f.arret_demande(debut, jours=20))
    lifecycle.ajouter_arret(acteur=m.mairie, numero=dossier.numero, arret=f.arret_demande(timezone.localdate(), jours=20))
    f.complete_pieces(dossier, m.gestionnaire)
    premier = dossier.arrets.order_by("debut")[0]
    _typed(m, dossier, premier.debut, premier.fin, arret=premier)
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="PROLONGATION")
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    decider(m, branche, S.INTERRUPTION_VERSEMENT, a_compter_du=timezone.localdate())
    automates.balayer()
    with pytest.raises(GardeNonSatisfaite, match="interrompu le versement"):
        lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")
    decision.lever_interruption(acteur=m.gestionnaire, branche=branche, reprise_le=timezone.localdate(), motif="Décision rapportée")
    lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")


def test_a_dossier_is_rembourse_without_the_days_that_are_interrupted(m: f.Monde) -> None:
    debut = timezone.localdate() - dt.timedelta(days=20)
    dossier = f.sinistre(m, arret=f.arret_demande(debut, jours=20))
    lifecycle.ajouter_arret(acteur=m.mairie, numero=dossier.numero, arret=f.arret_demande(timezone.localdate(), jours=20))
    f.complete_pieces(dossier, m.gestionnaire)
    lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")
    premier = dossier.arrets.order_by("debut")[0]
    decompte = _typed(m, dossier, premier.debut, premier.fin, arret=premier)
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="PROLONGATION")
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    decider(m, branche, S.INTERRUPTION_VERSEMENT, a_compter_du=timezone.localdate())
    automates.balayer()
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[decompte.pk])
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    assert Sinistre.objects.get(pk=dossier.pk).etat == Etat.REMBOURSE


def test_an_agent_told_to_resume_is_asked_for_his_return(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    reprise = timezone.localdate() + dt.timedelta(days=2)
    decider(m, branche, S.REPRISE, a_compter_du=reprise)
    automates.balayer()
    attendue = Echeance.objects.get(sinistre=dossier, genre=GenreEcheance.REPRISE_ATTENDUE, levee_le__isnull=True)
    assert timezone.localtime(attendue.due_at).date() == reprise + dt.timedelta(days=8)


@pytest.mark.parametrize("qui", ["mairie2", "payeur", "assureur", "medecin", "admin"])
def test_who_may_not_decide_nor_contest(m: f.Monde, branche: Branche, qui: str) -> None:
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    with pytest.raises(Refus):
        decider(m, branche, S.MAINTIEN, par=m.people[qui])
    with pytest.raises(Refus):
        decision.contester(acteur=m.people[qui], branche=branche, par="AGENT", le=timezone.localdate())


# -- Contestation ---------------------------------------------------------------------------------------------------------------------


def test_conclusions_are_contested_without_any_delay_even_once_it_is_over(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.JUSTIFIE)
    with pytest.raises(Erreur, match="rien à contester"):
        decision.contester(acteur=m.mairie, branche=branche, par="AGENT", le=timezone.localdate())
    conclusions(m, branche)
    honoraires(m, branche)
    assert terminee(branche)
    with time_machine.travel(timezone.now() + dt.timedelta(days=400), tick=False):
        aujourd_hui = timezone.localdate()
        for par, le, champ in (("MAIRE", aujourd_hui, "par"), ("AGENT", aujourd_hui + dt.timedelta(days=1), "le"),
                               ("AGENT", aujourd_hui - dt.timedelta(days=500), "le")):  # fmt: skip
            with pytest.raises(DonneeInvalide) as refus:
                decision.contester(acteur=m.mairie, branche=branche, par=par, le=le)
            assert set(refus.value.champs) == {champ}
        ouverte = decision.contester(acteur=m.mairie, branche=branche, par="AGENT", le=aujourd_hui)
        assert (ouverte.genre, ouverte.saisine.objet, ouverte.origine) == ("SAISINE", "CONTESTATION_CONTRE_VISITE", OrigineBranche.AGENT)
        with pytest.raises(Erreur, match="déjà contestée"):
            decision.contester(acteur=m.gestionnaire, branche=branche, par="COLLECTIVITE", le=aujourd_hui)


# -- Fees -----------------------------------------------------------------------------------------------------------------------------


def test_no_fees_need_a_reason(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.REFUS)
    with pytest.raises(DonneeInvalide):
        actes.sans_honoraires(acteur=m.gestionnaire, branche=branche, motif=" ")
    with pytest.raises(Refus):
        actes.sans_honoraires(acteur=m.mairie, branche=branche, motif="Rien")
    assert ouvertes(branche) == {GenreTache.CV_DECISION, GenreTache.CV_HONORAIRES}
