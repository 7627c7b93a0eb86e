"""The saisine du conseil médical at both doors: prepared and followed by the CDG, decided by the employer."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.enums import EtatBranche
from cases.models import Branche, Saisine, Sinistre
from portal.branches import saisine as pages
from tests import factories as f
from tests.portal.conftest import entrer
from workflows import automates
from workflows.branches.saisine import actes
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
JOUR = dt.timedelta(days=1)


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    dossier = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - 200 * JOUR, 190))
    return transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")


def faire(client: Client, porte: str, branche: Branche, nom: str, **lu: Any) -> Any:
    return client.post(reverse(f"{porte}:procedure-acte", args=[branche.uid, nom]), lu)


def il_y_a(jours: int) -> str:
    return (timezone.localdate() - jours * JOUR).isoformat()


def test_from_its_preparation_to_the_requalification(m: f.Monde, dossier: Sinistre) -> None:
    cdg, mairie = entrer(m.gestionnaire), entrer(m.mairie)
    adresse = reverse("gestion:procedure-demander", args=[dossier.numero, "saisine"])
    page = cdg.get(adresse).text
    assert "Congé de longue maladie" in page
    assert "Congé de grave maladie" not in page  # not of his régime
    assert mairie.get(reverse("collectivite:procedure-demander", args=[dossier.numero, "saisine"])).status_code in (403, 404)
    assert cdg.post(adresse, {"objet": "CLM", "demande_agent_le": il_y_a(400)}).status_code == 422
    assert cdg.post(adresse, {"objet": "CLM", "demande_agent_le": il_y_a(10), "canal": "COURRIER"}).status_code == 302
    branche = Branche.objects.get()
    page = cdg.get(reverse("gestion:procedure", args=[branche.uid])).text
    assert "Avis du service de médecine de prévention" in page
    assert "l’agent peut saisir lui-même" in page

    assert faire(cdg, "gestion", branche, "dossier", pieces=["DEMANDE"]).status_code == 302
    assert re.search('value="DEMANDE"[^>]*checked', cdg.get(reverse("gestion:procedure", args=[branche.uid])).text)
    saisine = Saisine.objects.get()
    assert faire(cdg, "gestion", branche, "dossier", pieces=list(saisine.pieces_requises)).status_code == 302
    assert faire(cdg, "gestion", branche, "transmettre", le=il_y_a(30), formation="RESTREINTE").status_code == 302
    manque = faire(cdg, "gestion", branche, "avis", sens="FAVORABLE", seance_le=il_y_a(10), notifie_le=il_y_a(5))
    assert manque.status_code == 422
    assert "Donnez la période accordée" in manque.text
    lu = {"sens": "FAVORABLE", "seance_le": il_y_a(10), "notifie_le": il_y_a(5), "debut": il_y_a(60), "fin": il_y_a(-120)}
    assert faire(cdg, "gestion", branche, "avis", **lu).status_code == 302

    assert faire(mairie, "collectivite", branche, "decision", decision="REFUSE", le=il_y_a(0)).status_code == 422
    assert faire(mairie, "collectivite", branche, "decision", decision="ACCORDE", le=il_y_a(0)).status_code == 302
    page = cdg.get(reverse("gestion:procedure", args=[branche.uid])).text
    assert "Requalifier en longue maladie" in page
    assert faire(cdg, "gestion", branche, "suites", suite="requalifier", effet=il_y_a(60)).status_code == 302
    automates.balayer()
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE
    dossier = Sinistre.objects.get(pk=dossier.pk)
    assert dossier.nature == "CLM"
    page = mairie.get(reverse("collectivite:procedure", args=[branche.uid])).text
    assert "Favorable, avis simple" in page
    assert "Contester l’avis" in page


def test_contested_it_is_suspended_and_resumed(m: f.Monde, dossier: Sinistre) -> None:
    cdg = entrer(m.gestionnaire)
    branche = actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet="REINTEGRATION")
    actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=[], incomplet_motif="Le reste suit")
    faire(cdg, "gestion", branche, "transmettre", le=il_y_a(30), formation="RESTREINTE")
    ajourne = faire(cdg, "gestion", branche, "avis", sens="AJOURNE", seance_le=il_y_a(12))
    assert ajourne.status_code == 302
    assert "Ajournements" in cdg.get(reverse("gestion:procedure", args=[branche.uid])).text
    faire(cdg, "gestion", branche, "avis", sens="DEFAVORABLE", seance_le=il_y_a(10), notifie_le=il_y_a(5), avis_conforme="on")
    mairie = entrer(m.mairie)
    page = mairie.get(reverse("collectivite:procedure", args=[branche.uid])).text
    assert "Contester l’avis" in page and "contestation de l’agent" not in page
    assert faire(mairie, "collectivite", branche, "contester-agent", le=il_y_a(0)).status_code == 403
    assert faire(cdg, "gestion", branche, "contester-agent", le=il_y_a(0)).status_code == 302
    recours = Branche.objects.exclude(pk=branche.pk).get()
    faire(cdg, "gestion", recours, "dossier", pieces=["DEMANDE", "AVIS_CONTESTE", "CERTIFICAT"])
    faire(cdg, "gestion", recours, "transmettre", le=il_y_a(0), formation="RESTREINTE")
    adresse = reverse("gestion:procedure", args=[recours.uid])
    assert "Expertise ordonnée" in cdg.get(adresse).text
    assert faire(cdg, "gestion", recours, "suspendre").status_code == 302
    assert "délai suspendu par une expertise" in cdg.get(adresse).text
    assert faire(cdg, "gestion", recours, "reprendre").status_code == 302
    assert "Silence : avis confirmé" in cdg.get(adresse).text


def test_who_reads_what(m: f.Monde, dossier: Sinistre) -> None:
    branche = actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet="REINTEGRATION")
    actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=[], incomplet_motif="Le reste suit")
    cdg = entrer(m.gestionnaire)
    faire(cdg, "gestion", branche, "transmettre", le=il_y_a(30), formation="RESTREINTE")
    faire(cdg, "gestion", branche, "avis", sens="DEFAVORABLE", seance_le=il_y_a(10), notifie_le=il_y_a(5))
    branche = Branche.objects.select_related("sinistre").get()
    assert "Avis" in dict(pages.faits(m.mairie, branche))
    assert "Avis" not in dict(pages.faits(m.payeur, branche))
    assert entrer(m.mairie2).get(reverse("collectivite:procedure", args=[branche.uid])).status_code == 404
