"""The contre-visite at both doors: asked for, conducted, read, decided; who reads what."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.enums import Canal, EtatBranche, OrigineBranche
from cases.enums_contre_visite import ResultatContreVisite, SuiteContreVisite
from cases.models import Branche, InterruptionVersement, MedecinAgree, Sinistre
from portal.branches import contre_visite
from tests import factories as f
from tests.portal.conftest import entrer
from workflows import automates
from workflows.branches.contre_visite import actes, decision, demande

ADRESSE = "12 rue des Tilleuls"
pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def medecin() -> MedecinAgree:
    return MedecinAgree.objects.create(nom="Arnal", prenom="Luc", commune="Lodève", departement="34")


def faire(client: Client, porte: str, branche: Branche, nom: str, **lu: Any) -> Any:
    return client.post(reverse(f"{porte}:procedure-acte", args=[branche.uid, nom]), lu)


def minute(quand: dt.datetime) -> str:
    return timezone.localtime(quand).strftime("%Y-%m-%dT%H:%M")


def test_from_the_request_of_a_mairie_to_its_decision(m: f.Monde, dossier: Sinistre, medecin: MedecinAgree) -> None:
    mairie, cdg = entrer(m.mairie), entrer(m.gestionnaire)
    adresse = reverse("collectivite:procedure-demander", args=[dossier.numero, "contre_visite"])
    assert "Arrêt à contrôler" in mairie.get(adresse).text
    arret = dossier.arrets.get()
    refuse = mairie.post(adresse, {"motif": "DOUTE", "arret": arret.pk, "lieu": "DOMICILE"})
    assert refuse.status_code == 422
    assert "Donnez l’adresse" in refuse.text
    pose = mairie.post(adresse, {"motif": "DOUTE", "arret": arret.pk, "lieu": "CABINET", "adresse": ADRESSE})
    branche = Branche.objects.get()
    assert pose["Location"] == reverse("collectivite:procedure", args=[branche.uid])
    assert branche.origine == OrigineBranche.COLLECTIVITE

    refuse = faire(cdg, "gestion", branche, "designer", medecin=medecin.pk)
    assert refuse.status_code == 422
    assert "médecin traitant" in refuse.text
    assert faire(cdg, "gestion", branche, "designer", medecin=medecin.pk, atteste="on").status_code == 302
    quand = minute(timezone.now() + dt.timedelta(minutes=1))
    assert faire(cdg, "gestion", branche, "convoquer", le=quand, mode="CABINET").status_code == 302
    automates.balayer()
    assert "Rendez-vous" in mairie.get(reverse("collectivite:procedure", args=[branche.uid])).text
    lu = {"recu_le": minute(timezone.now()), "resultat": ResultatContreVisite.NON_PRESENTE}
    assert faire(cdg, "gestion", branche, "avis", **lu).status_code == 302
    page = mairie.get(reverse("collectivite:procedure", args=[branche.uid]))
    assert "Agent non présenté" in page.text  # at once, before any worker
    automates.balayer()

    aujourd_hui = timezone.localdate().isoformat()
    lu = {
        "suite": SuiteContreVisite.INTERRUPTION_VERSEMENT,
        "le": aujourd_hui,
        "a_compter_du": (timezone.localdate() + dt.timedelta(1)).isoformat(),
    }
    refuse = faire(mairie, "collectivite", branche, "decision", **lu)
    assert refuse.status_code == 422
    assert "demandé à l’agent de se justifier" in refuse.text
    assert InterruptionVersement.objects.count() == 0
    lu |= {"justification_demandee_le": aujourd_hui, "volonte_etablie": "on"}
    assert faire(mairie, "collectivite", branche, "decision", **lu).status_code == 302
    automates.balayer()
    for client, porte in ((mairie, "collectivite"), (cdg, "gestion")):
        assert "Versement interrompu à compter du" in client.get(reverse(f"{porte}:dossier", args=[dossier.numero])).text
    lu = {"reprise_le": (timezone.localdate() + dt.timedelta(1)).isoformat(), "motif": "Justificatif reçu"}
    assert faire(mairie, "collectivite", branche, "lever", **lu).status_code == 422  # to come
    assert faire(cdg, "gestion", branche, "sans-honoraires", motif="Non facturé").status_code == 302
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE


def test_a_request_received_by_telephone_is_keyed_by_the_cdg(m: f.Monde, dossier: Sinistre) -> None:
    adresse = reverse("gestion:procedure-demander", args=[dossier.numero, "contre_visite"])
    lu = {"motif": "DUREE", "arret": dossier.arrets.get().pk, "lieu": "CABINET", "canal": "TELEPHONE"}
    entrer(m.gestionnaire).post(adresse, lu)
    branche = Branche.objects.get()
    assert (branche.canal, branche.origine) == (Canal.TELEPHONE, OrigineBranche.COLLECTIVITE)


def test_conclusions_and_fees_at_the_gestionnaires_door(m: f.Monde, dossier: Sinistre, medecin: MedecinAgree) -> None:
    branche = jusqu_a_l_avis(m, dossier, medecin, ResultatContreVisite.JUSTIFIE)
    cdg = entrer(m.gestionnaire)
    aujourd_hui = timezone.localdate().isoformat()
    refuse = faire(cdg, "gestion", branche, "conclusions", texte="Entorse consolidée.", recues_le=aujourd_hui)
    assert refuse.status_code == 422
    assert "paraissent médicaux" in refuse.text
    assert faire(cdg, "gestion", branche, "conclusions", texte="Arrêt justifié.", recues_le=aujourd_hui).status_code == 302
    lu = {"reference": "F-1", "facture_du": aujourd_hui, "montant": "85,50"}
    assert faire(cdg, "gestion", branche, "honoraires", **lu).status_code == 302
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE
    lu = {"par": "AGENT", "le": aujourd_hui}
    assert faire(cdg, "gestion", branche, "contester", **lu).status_code == 302
    assert Branche.objects.filter(genre="SAISINE").count() == 1
    assert "contester" not in [a.nom for a in contre_visite.ACTES if not a.etape and a.possible(branche)]


@pytest.mark.parametrize("nom", ["recuser", "convoquer"])
def test_before_the_appointment(m: f.Monde, dossier: Sinistre, medecin: MedecinAgree, nom: str) -> None:
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin, atteste=True)
    cdg = entrer(m.gestionnaire)
    assert faire(cdg, "gestion", branche, nom, le="hier", mode="CABINET").status_code == (302 if nom == "recuser" else 422)
    page = cdg.get(reverse("gestion:procedure", args=[branche.uid])).text
    assert ("Désigner le médecin" in page) == (nom == "recuser")
    assert ("Dr Luc Arnal" in page) == (nom == "convoquer")


@pytest.mark.parametrize("nom", ["deplacer", "recuser-avis"])
def test_before_the_opinion(m: f.Monde, dossier: Sinistre, medecin: MedecinAgree, nom: str) -> None:
    branche = jusqu_a_l_avis(m, dossier, medecin, "")
    assert faire(entrer(m.gestionnaire), "gestion", branche, nom).status_code == 302
    automates.balayer()
    assert faire(entrer(m.gestionnaire), "gestion", branche, nom).status_code == 422


def test_the_responsable_settles_a_delay(m: f.Monde, dossier: Sinistre, time_machine: Any) -> None:
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")
    time_machine.move_to(branche.ouverte_le + dt.timedelta(hours=49), tick=False)
    automates.balayer()
    automates.balayer()
    assert "Arbitrer le retard" not in entrer(m.gestionnaire).get(reverse("gestion:procedure", args=[branche.uid])).text
    assert "Arbitrer le retard" in entrer(m.responsable).get(reverse("gestion:procedure", args=[branche.uid])).text
    assert faire(entrer(m.responsable), "gestion", branche, "arbitrer", commentaire="Cabinet relancé").status_code == 302
    assert decision.retard_a_arbitrer(branche) is None


def jusqu_a_l_avis(m: f.Monde, dossier: Sinistre, medecin: MedecinAgree, resultat: str, **champs: Any) -> Branche:
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE", adresse=ADRESSE)
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin, atteste=True)
    actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=timezone.now(), mode="CABINET")
    automates.balayer()
    if resultat:
        actes.recevoir_avis(acteur=m.gestionnaire, branche=branche, resultat=resultat, recu_le=timezone.now(), **champs)
        automates.balayer()
    return branche


def test_who_reads_what(m: f.Monde, dossier: Sinistre, medecin: MedecinAgree) -> None:
    """The address is for those who act on the case; the payeur reads that payment is interrupted, never the conclusions."""
    aujourd_hui = timezone.localdate()
    branche = jusqu_a_l_avis(m, dossier, medecin, ResultatContreVisite.NON_JUSTIFIE_REPRISE, resultat_date=aujourd_hui)
    actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte="Reprise possible.", recues_le=aujourd_hui)
    decision.decider(
        acteur=m.mairie, branche=branche, suite=SuiteContreVisite.INTERRUPTION_VERSEMENT, le=aujourd_hui, a_compter_du=aujourd_hui
    )
    automates.balayer()
    Sinistre.objects.filter(pk=dossier.pk).update(transmis_assureur_le=timezone.now())
    branche = Branche.objects.select_related("sinistre").get(pk=branche.pk)
    lus = {qui: str(contre_visite.faits(m.people[qui], branche)) for qui in ("gestionnaire", "mairie", "payeur", "assureur")}
    assert {qui for qui, lu in lus.items() if ADRESSE in lu} == {"gestionnaire", "mairie"}
    assert {qui for qui, lu in lus.items() if "Reprise possible." in lu} == {"gestionnaire", "mairie", "assureur"}
    assert {qui for qui, lu in lus.items() if "interrompu à compter du" in lu} == set(lus)
