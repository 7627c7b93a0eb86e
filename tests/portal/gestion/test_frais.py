"""The pages of frais médicaux and of the capital décès, at the gestionnaires' door; certificates at both doors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from contracts.enums import Nature
from indemnities.models import Decompte, PriseEnCharge
from tests import factories as f
from tests.indemnities.test_frais import certificate, invoice, pay, recognise

AuNomDe = Callable[[User], Client]


@pytest.fixture
def accident(m: f.Monde) -> Sinistre:
    return f.sinistre(m, Nature.AS)


@pytest.fixture
def client(m: f.Monde, au_nom_de: AuNomDe) -> Client:
    return au_nom_de(m.gestionnaire)


def test_an_invoice_goes_to_payment_from_the_page_of_the_dossier(m: f.Monde, accident: Sinistre, client: Client) -> None:
    page = reverse("gestion:frais", args=[accident.numero])
    assert page in client.get(reverse("gestion:dossier", args=[accident.numero])).content.decode()
    assert "Aucune facture" in client.get(page).content.decode()
    facture = invoice(m, accident)
    assert "n’est pas décidée" in client.get(page).content.decode()
    recognise(m, accident)
    payer = reverse("gestion:frais-payer", args=[accident.numero, facture])
    assert payer in client.get(page).content.decode()
    assert client.post(payer, follow=True).status_code == 200
    assert Decompte.objects.get(facture=facture).montant == Decimal("48.20")
    assert payer not in client.get(page).content.decode()
    refused = client.post(payer)
    assert refused.status_code == 422 and "déjà en paiement" in refused.content.decode()


def test_a_probable_double_is_shown_with_its_reason_to_give(m: f.Monde, accident: Sinistre, client: Client) -> None:
    recognise(m, accident)
    pay(m, accident, invoice(m, accident))
    double = invoice(m, accident)
    payer = reverse("gestion:frais-payer", args=[accident.numero, double])
    shown = client.post(payer)
    assert shown.status_code == 409 and "même montant" in shown.content.decode() and 'name="alerte_assumee"' in shown.content.decode()
    assert client.post(payer, {"alerte_assumee": "Deux séances."}).status_code == 302
    assert Decompte.objects.get(facture=double).frais.alerte_assumee == "Deux séances."


def test_what_is_to_be_given_back_is_prepared_by_a_person(m: f.Monde, accident: Sinistre, client: Client) -> None:
    certificate(m, accident)
    facture = invoice(m, accident)
    pay(m, accident, facture)
    recognise(m, accident, "NON_IMPUTABLE")
    page, indus = (reverse(f"gestion:{nom}", args=[accident.numero]) for nom in ("frais", "frais-indus"))
    assert "À reverser" in client.get(page).content.decode()
    assert client.post(indus).status_code == 302
    assert Decompte.objects.get(facture=facture, corrige__isnull=False).montant == Decimal("-48.20")
    assert "À reverser" not in client.get(page).content.decode()
    assert client.post(indus).status_code == 422


@pytest.mark.parametrize("porte", ["gestion", "collectivite"])
def test_a_certificate_is_given_printed_and_withdrawn_at_both_doors(m: f.Monde, accident: Sinistre, au_nom_de: AuNomDe, porte: str) -> None:
    client = au_nom_de(m.gestionnaire if porte == "gestion" else m.mairie)
    page = reverse(f"{porte}:prises-en-charge", args=[accident.numero])
    assert page in client.get(reverse(f"{porte}:citis", args=[accident.numero])).content.decode()
    wrong = client.post(page, {"debut": "2020-01-01", "fin": "2019-01-01"})
    assert wrong.status_code == 422 and "ne précède pas" in wrong.content.decode()
    fin = accident.survenance + dt.timedelta(days=60)
    given = client.post(page, {"debut": accident.survenance.isoformat(), "fin": fin.isoformat()})
    prise = PriseEnCharge.objects.get()
    printed = reverse(f"{porte}:prise-en-charge", args=[accident.numero, prise.pk])
    assert given.headers["Location"] == printed
    texte = client.get(printed).content.decode()
    assert prise.numero in texte and m.agent.nom in texte and accident.circonstances not in texte
    assert prise.numero in client.get(page).content.decode()
    retirer = reverse(f"{porte}:prise-en-charge-retirer", args=[accident.numero, prise.pk])
    assert client.post(retirer, {"au": "2001-01-01", "motif": ""}).status_code == 422
    assert client.post(retirer, {"au": timezone.localdate().isoformat(), "motif": "Erreur de dates"}).status_code == 302
    assert "ne vaut plus" in client.get(printed).content.decode()
    assert client.get(reverse(f"{porte}:prise-en-charge", args=[accident.numero, prise.pk + 1])).status_code == 404


def test_the_payer_reads_certificates_and_gives_none(m: f.Monde, accident: Sinistre, au_nom_de: AuNomDe) -> None:
    payeur = au_nom_de(m.payeur)
    page = reverse("gestion:prises-en-charge", args=[accident.numero])
    assert "Donner un certificat" not in payeur.get(page).content.decode()
    jour = accident.survenance.isoformat()
    assert payeur.post(page, {"debut": jour, "fin": jour}).status_code == 403
    assert payeur.get(reverse("gestion:frais", args=[accident.numero])).status_code == 403


# -- Capital décès ----------------------------------------------------------------------------------------------------------------


def test_a_capital_is_seen_then_written(m: f.Monde, client: Client) -> None:
    dossier = f.sinistre(m, Nature.DC, arret=None)
    page = reverse("gestion:capital", args=[dossier.numero])
    assert page in client.get(reverse("gestion:dossier", args=[dossier.numero])).content.decode()
    assert "24000,00" in client.get(page).content.decode(), "the pay of the contracts is proposed"
    faits = {
        "remuneration": "24 000,00", "age_legal": "non", "cause": "ORDINAIRE", "conjoint": "MARIAGE", "conjoint_depuis": "2005-06-04",
        "ascendants": "0", "enfants": "3", "e0-naissance": f"{timezone.localdate().year - 8}-02-01",
    }  # fmt: skip
    seen = client.post(page, faits | {"acte": "voir"})
    texte = seen.content.decode()
    assert seen.status_code == 200 and "Conjoint ou partenaire" in texte and "Enfant 1" in texte and not Decompte.objects.exists()
    plus = client.post(page, faits | {"acte": "lignes"}).content.decode()
    assert 'name="e5-naissance"' in plus and "2005-06-04" in plus
    assert client.post(page, faits | {"acte": "ecrire"}).status_code == 302
    assert Decompte.objects.get().genre == "CAPITAL"
    again = client.post(page, faits | {"acte": "ecrire"})
    assert again.status_code == 422 and "rien ne change" in again.content.decode()


def test_wrong_facts_come_back_beside_their_fields(m: f.Monde, client: Client) -> None:
    dossier = f.sinistre(m, Nature.DC, arret=None)
    page = reverse("gestion:capital", args=[dossier.numero])
    refused = client.post(page, {"acte": "voir", "remuneration": "-5", "conjoint": "PACS", "enfants": "999999", "e1-infirme": "on"})
    texte = refused.content.decode()
    assert refused.status_code == 422
    for id_champ in ("id_remuneration", "id_age_legal", "id_conjoint_depuis", "id_e1-naissance"):
        assert f"{id_champ}_erreurs" in texte, id_champ
    none = client.post(page, {"acte": "voir", "age_legal": "non", "cause": "ORDINAIRE", "ascendants": "0"})
    assert none.status_code == 422 and "aucun ayant droit" in none.content.decode()
    assert client.post(page, {"acte": "suite"}).status_code == 422
    autre = f.sinistre(m)
    elsewhere = client.get(reverse("gestion:capital", args=[autre.numero])).content.decode()
    assert "n’est pas un décès" in elsewhere
