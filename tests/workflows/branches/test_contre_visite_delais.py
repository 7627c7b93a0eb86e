"""The contre-visite: the control of the six months, the appointment, the 48 hours."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreEcheance, GenreTache, OrigineBranche
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Echeance, Sinistre, Tache
from cases.services import echeances
from contracts.enums import DepartContreVisite
from indemnities.enums import ChargeHonoraires
from journal.models import Contenu
from tests import factories as f
from tests.contre_visites import ADRESSE, R, avis, convoquee, cv, honoraires, medecin, ouvertes
from workflows import automates, lifecycle, moteur
from workflows.branches.contre_visite import actes, decision, demande

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def branche(m: f.Monde, dossier: Sinistre) -> Branche:
    return demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")


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
