"""Transfers by the API: the same services, the same refusals, told as problem documents."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from indemnities.models import Bordereau, CompteBancaire, Remise
from tests import factories as f
from tests.api.conftest import Caller, champs
from tests.indemnities.virements import DAY, bordereau, camt053, compte, ecriture, emise, iban, lignes, payeur_cdg, remise

Par = Callable[[User], Caller]


@pytest.fixture
def m(db: None) -> f.Monde:
    return payeur_cdg(f.monde())


def test_from_the_bordereau_to_the_bank_and_back(m: f.Monde, par: Par) -> None:
    un, deux = par(m.payeur), par(m.payeur2)
    du = bordereau(m, "1234.56")
    jour = timezone.localdate().isoformat()
    cree = un.post("remises/", {"bordereaux": [du.pk], "execution": jour}, Idempotency_Key="a")
    assert cree.status_code == 201
    again = un.post("remises/", {"bordereaux": [du.pk], "execution": jour}, Idempotency_Key="a")
    assert again.json() == cree.json()
    lu = un.get(cree["Location"]).json()
    assert (lu["etat"], lu["total"], lu["virements"][0]["reference"]) == ("BROUILLON", "1234.56", f"{du.numero}-1")
    assert un.post(f"remises/{lu['id']}/signer/", {}).status_code == 422
    assert un.post(f"remises/{lu['id']}/fichier/", {}).json()["type"].endswith("transition-impossible")
    assert deux.post(f"remises/{lu['id']}/signer/", {}).json()["etat"] == "SIGNEE"
    prise = un.post(f"remises/{lu['id']}/fichier/", {}).json()
    with urllib.request.urlopen(prise["url"]) as fichier:
        assert hashlib.sha256(fichier.read()).hexdigest() == prise["sha256"]
    contenu = camt053(ecriture(f"{du.numero}-1", "1234.56")).decode()
    rendu = un.post("retours/", {"contenu": contenu}).json()
    assert [(x["reference"], x["issue"]) for x in rendu["lignes"]] == [(f"{du.numero}-1", "REGLE")]
    assert un.post("retours/", {"contenu": contenu}).json() == rendu
    assert un.get("retours/").json()["resultats"] == [un.get(f"retours/{rendu['id']}/").json()]
    assert un.get("remises/?etat=REGLEE").json()["resultats"][0]["id"] == lu["id"]
    assert Bordereau.objects.get().etat == "REGLE"


def test_a_recent_account_is_an_alert_to_confirm(m: f.Monde, par: Par) -> None:
    du = bordereau(m)
    recent = compte(m, m.collectivite, 7, depuis=3 * DAY)
    demande = {"bordereaux": [du.pk], "execution": timezone.localdate().isoformat()}
    refus = par(m.payeur).post("remises/", demande)
    assert (refus.status_code, list(refus.json()["alertes"])) == (409, [f"compte_recent_{recent.pk}"])
    assert par(m.payeur).post("remises/", demande | {"alertes_assumees": "RIB vérifié"}).status_code == 201


def test_bad_input_is_told_on_its_field(m: f.Monde, par: Par) -> None:
    un = par(m.payeur)
    assert list(champs(un.post("comptes/", {"titulaire": "CDG", "iban": "FR7630006000011234567890188"}))) == ["iban"]
    assert list(champs(un.post("comptes/", {"titulaire": "CDG", "iban": iban(8), "collectivite": "12345678901234"}))) == ["collectivite"]
    assert list(champs(un.post("remises/", {"bordereaux": [], "execution": "2026-02-30"}))) == ["bordereaux", "execution"]
    unknown = champs(un.post("remises/", {"bordereaux": [10**9], "execution": timezone.localdate().isoformat()}))
    assert list(unknown) == ["bordereaux"] and str(10**9) in unknown["bordereaux"][0]
    assert list(champs(un.post("retours/", {"contenu": "<!DOCTYPE a><a/>"}))) == ["fichier"]
    assert list(champs(un.post("retours/", {"contenu": "x" * 200_001}))) == ["contenu"]
    assert not Remise.objects.exists()


def test_accounts(m: f.Monde, par: Par) -> None:
    un, deux = par(m.payeur), par(m.payeur2)
    cree = un.post("comptes/", {"titulaire": "Mairie", "iban": iban(8), "collectivite": m.collectivite.siret, "ville": "Lodève"})
    assert (cree.status_code, cree.json()["etat"], cree.json()["pays"]) == (201, "SAISI", "FR")
    assert un.get(cree["Location"]).json() == cree.json()
    adresse = f"comptes/{cree.json()['id']}/"
    assert un.post(f"{adresse}confirmer/", {}).status_code == 422
    assert deux.post(f"{adresse}confirmer/", {}).json()["etat"] == "EN_VIGUEUR"
    assert deux.post(f"{adresse}ecarter/", {"motif": "x"}).status_code == 422
    assert len(un.get("comptes/?etat=EN_VIGUEUR").json()["resultats"]) == 3
    assert CompteBancaire.objects.filter(etat="REMPLACE").count() == 1


def test_told_by_telephone_and_given_up(m: f.Monde, par: Par) -> None:
    un = par(m.payeur)
    ligne = lignes(emise(m, bordereau(m)))[0]
    demande = {"sort": "REJETE", "le": timezone.localdate().isoformat()}
    assert list(champs(un.post(f"virements/{ligne.pk}/constater/", demande))) == ["motif"]
    rejete = un.post(f"virements/{ligne.pk}/constater/", demande | {"motif": "Compte clos"}).json()
    assert (rejete["etat"], rejete["motif_rejet"]) == ("REJETE", "Compte clos")
    autre = remise(m, bordereau(m))
    assert un.post(f"remises/{autre.pk}/abandonner/", {"motif": "Mauvaise date"}).json()["etat"] == "ABANDONNEE"
