"""The instruction of a CITIS at both doors: the clock, the acts of the employer, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import InstructionCitis, Sinistre
from tests import factories as f
from tests.portal.conftest import entrer
from workflows.branches.saisine import actes as saisines

pytestmark = pytest.mark.django_db
JOUR = dt.timedelta(days=1)


@pytest.fixture
def accident(m: f.Monde) -> Sinistre:
    debut = timezone.localdate() - 40 * JOUR
    return f.sinistre(m, "AS", par=m.gestionnaire, arret=f.arret_demande(debut, 20), declare_le=debut)


def il_y_a(jours: int) -> str:
    return (timezone.localdate() - jours * JOUR).isoformat()


def faire(client: Client, porte: str, dossier: Sinistre, nom: str, **lu: str) -> Any:
    return client.post(reverse(f"{porte}:citis-acte", args=[dossier.numero, nom]), lu)


def test_the_mairie_pronounces_a_provisoire_then_refuses(m: f.Monde, accident: Sinistre) -> None:
    mairie = entrer(m.mairie)
    dossier = mairie.get(reverse("collectivite:dossier", args=[accident.numero])).text
    assert "Imputabilité au service" in dossier
    assert "Délai échu le" in dossier
    adresse = reverse("collectivite:citis", args=[accident.numero])
    assert "Prononcer un CITIS provisoire" in mairie.get(adresse).text
    vide = faire(mairie, "collectivite", accident, "provisoire", le=il_y_a(5))
    assert vide.status_code == 422
    assert faire(mairie, "collectivite", accident, "provisoire", le=il_y_a(5), retrait_prevu="oui").status_code == 302
    assert "peut être retiré" in mairie.get(adresse).text
    assert faire(mairie, "collectivite", accident, "decider", decision="NON_IMPUTABLE", le=il_y_a(0)).status_code == 302
    page = mairie.get(adresse).text
    assert "ce que le CITIS provisoire a payé" in page
    assert "Prolonger" not in page
    assert "imputabilité : décision de l’employeur" in entrer(m.gestionnaire).get(reverse("gestion:fil", args=[accident.numero])).text


def test_a_procedure_under_way_offers_to_prolong(m: f.Monde, accident: Sinistre) -> None:
    cdg = entrer(m.gestionnaire)
    adresse = reverse("gestion:citis", args=[accident.numero])
    assert '<option value="CONSEIL_MEDICAL" selected' not in cdg.get(adresse).text
    saisines.demander(acteur=m.gestionnaire, numero=accident.numero, objet="CITIS")
    assert '<option value="CONSEIL_MEDICAL" selected' in cdg.get(adresse).text
    tard = faire(cdg, "gestion", accident, "prolonger", motif="CONSEIL_MEDICAL", le=il_y_a(0))
    assert tard.status_code == 422
    assert "au plus tard" in tard.text
    assert faire(cdg, "gestion", accident, "prolonger", motif="CONSEIL_MEDICAL", le=il_y_a(20)).status_code == 302
    assert faire(cdg, "gestion", accident, "prolonger", motif="ENQUETE", le=il_y_a(20)).status_code == 422
    assert faire(cdg, "gestion", accident, "depart", depart=il_y_a(30)).status_code == 302
    assert InstructionCitis.objects.get().depart == timezone.localdate() - 30 * JOUR


def test_who_comes_here(m: f.Monde, accident: Sinistre) -> None:
    assert entrer(m.mairie2).get(reverse("collectivite:citis", args=[accident.numero])).status_code == 404
    assert faire(entrer(m.mairie2), "collectivite", accident, "decider", decision="IMPUTABLE", le=il_y_a(0)).status_code == 404
    assert entrer(m.payeur).get(reverse("gestion:citis", args=[accident.numero])).status_code == 403
    maladie = f.sinistre(m, de=f.agent(m.collectivite))
    assert entrer(m.mairie).get(reverse("collectivite:citis", args=[maladie.numero])).status_code == 404
    assert "Imputabilité" not in entrer(m.mairie).get(reverse("collectivite:dossier", args=[maladie.numero])).text
    assert faire(entrer(m.mairie), "collectivite", accident, "inconnu").status_code == 404
