"""Accounts, remises and bank returns as a payeur sees them: two people, one file, each refusal in words beside its field."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from documents import storage
from indemnities.enums import EtatCompte, EtatRemise, EtatVirement
from indemnities.models import Bordereau, CompteBancaire, Remise, RetourPaiement
from tests import factories as f
from tests.indemnities.virements import DAY, bordereau, camt053, compte, ecriture, emise, iban, lignes, payeur_cdg, remise
from workflows import payments, virements

En = Callable[[User], Client]


@pytest.fixture
def m(db: None) -> f.Monde:
    return payeur_cdg(f.monde())


def page(client: Client, nom: str, *args: object, statut: int = 200) -> str:
    reponse = client.get(reverse(f"gestion:{nom}", args=args))
    assert reponse.status_code == statut
    return reponse.content.decode()


def envoyer(client: Client, nom: str, *args: object, statut: int = 200, **champs: Any) -> str:
    reponse = client.post(reverse(f"gestion:{nom}", args=args), champs, follow=True)
    assert reponse.status_code == statut
    return reponse.content.decode()


def televerser(contenu: bytes, nom: str = "releve.xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(nom, contenu)


def test_from_the_bordereau_to_the_bank_and_back(m: f.Monde, au_nom_de: En) -> None:
    un, deux = au_nom_de(m.payeur), au_nom_de(m.payeur2)
    du = bordereau(m, "1234.56")
    composition = page(un, "remise-composer")
    assert du.numero in composition
    assert "1 234,56" in composition.replace("\u202f", " ").replace("\xa0", " ")
    texte = envoyer(un, "remise-composer", b=[du.pk], execution=timezone.localdate().isoformat())
    faite = Remise.objects.get()
    assert "une autre personne doit la signer" in texte
    assert "Signer" in texte
    assert f"/remises/{faite.numero}/signer/" not in texte, "not by its author"
    assert "doit le faire" in envoyer(un, "remise-signer", faite.numero)
    assert f"/remises/{faite.numero}/signer/" in page(deux, "remise", faite.numero)
    assert "peut être donné à la banque" in envoyer(deux, "remise-signer", faite.numero)
    assert "« signée »" in envoyer(deux, "remise-signer", faite.numero), "a double click signs once"
    fichier = un.post(reverse("gestion:remise-fichier", args=[faite.numero]))
    faite.refresh_from_db()
    assert fichier["Content-Type"] == "application/xml"
    assert fichier["Content-Disposition"] == f'attachment; filename="{faite.numero}.xml"'
    assert hashlib.sha256(fichier.content).hexdigest() == faite.sha256
    assert faite.etat == EtatRemise.EMISE
    texte = envoyer(un, "retours", fichier=televerser(camt053(ecriture(f"{du.numero}-1", "1234.56"))))
    assert f"Bordereau {du.numero} réglé." in texte
    assert "En entier" in page(un, "retours")
    assert "Réglée" in page(un, "remises")
    assert "exécuté le" in page(un, "remise", faite.numero)


def test_a_recent_account_shows_an_interruption_card(m: f.Monde, au_nom_de: En) -> None:
    du = bordereau(m)
    compte(m, m.collectivite, 7, depuis=3 * DAY)
    client = au_nom_de(m.payeur)
    jour = timezone.localdate().isoformat()
    texte = envoyer(client, "remise-composer", b=[du.pk], execution=jour, statut=409)
    assert "À vérifier avant de continuer" in texte
    assert "que depuis le" in texte
    texte = envoyer(client, "remise-composer", b=[du.pk], execution=jour, alertes_assumees="RIB vérifié au téléphone")
    assert "RIB vérifié au téléphone" in texte


def test_what_is_refused_is_said_on_the_page(m: f.Monde, au_nom_de: En) -> None:
    client = au_nom_de(m.payeur)
    jour = timezone.localdate().isoformat()
    assert "de 1 à 500 bordereaux" in envoyer(client, "remise-composer", execution=jour, statut=422)
    assert "Dites pourquoi" in envoyer(client, "remise-abandonner", remise(m, bordereau(m)).numero, motif=" ")
    faite = Remise.objects.get()
    assert "n’a pas de fichier à prendre" not in page(client, "remise", faite.numero)
    assert "pas de fichier à prendre" in envoyer(client, "remise-fichier", faite.numero)
    assert "abandonnée" in envoyer(client, "remise-abandonner", faite.numero, motif="Mauvaise date")
    assert Bordereau.objects.get().numero in page(client, "remise-composer")
    for contenu, dit in ((b"", "vide"), (b"<Document/>", "ni un pain.002 ni un camt.053"), (b"a;b", "Il manque des colonnes")):
        assert dit in envoyer(client, "retours", fichier=televerser(contenu), statut=422)
    assert page(client, "remise", "R-1999-000001", statut=404)


def test_a_bordereau_of_no_net_cannot_be_ticked(m: f.Monde, au_nom_de: En) -> None:
    du = bordereau(m)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=du.decomptes.get().pk, motif="Erreur")
    texte = page(au_nom_de(m.payeur), "remise-composer")
    assert "titre de recettes" in texte
    assert f'value="{du.pk}"' not in texte


def test_the_same_file_again_is_said(m: f.Monde, au_nom_de: En) -> None:
    client = au_nom_de(m.payeur)
    contenu = camt053(ecriture("AUTRE", "1.00"))
    assert "Rien qui nous concerne" in envoyer(client, "retours", fichier=televerser(contenu))
    assert "déjà importé" in envoyer(client, "retours", fichier=televerser(contenu))
    recu = client.post(reverse("gestion:retour-fichier", args=[RetourPaiement.objects.get().pk]))
    assert recu.content == contenu


def test_the_store_down_is_said_and_nothing_is_done(m: f.Monde, au_nom_de: En, monkeypatch: pytest.MonkeyPatch) -> None:
    client = au_nom_de(m.payeur)
    faite = remise(m, bordereau(m))
    virements.signer(acteur=m.payeur2, numero=faite.numero)

    def down(name: str, contenu: bytes) -> None:
        raise storage.StockageIndisponible("essai")

    monkeypatch.setattr(storage, "keep", down)
    assert "stockage des fichiers ne répond pas" in envoyer(client, "remise-fichier", faite.numero)
    texte = envoyer(client, "retours", fichier=televerser(camt053(ecriture("X", "1.00"))), statut=503)
    assert "stockage des fichiers ne répond pas" in texte
    assert Remise.objects.get().etat == EtatRemise.SIGNEE


def test_what_the_bank_says_by_telephone(m: f.Monde, au_nom_de: En) -> None:
    client = au_nom_de(m.payeur)
    faite = emise(m, bordereau(m))
    ligne = lignes(faite)[0]
    jour = timezone.localdate().isoformat()
    texte = envoyer(client, "virement-constater", faite.numero, ligne.pk, sort="REJETE", le=jour, statut=422)
    assert "Dites pourquoi la banque" in texte
    envoyer(client, "virement-constater", faite.numero, ligne.pk, sort="EXECUTE", le=jour)
    assert lignes(faite)[0].etat == EtatVirement.EXECUTE
    autre = remise(m, bordereau(m))
    reponse = client.post(reverse("gestion:virement-constater", args=[autre.numero, ligne.pk]), {"sort": "EXECUTE", "le": jour})
    assert reponse.status_code == 404, "a transfer is looked for in its own remise"


def test_a_rib_is_keyed_by_one_and_confirmed_by_another(m: f.Monde, au_nom_de: En) -> None:
    un, deux = au_nom_de(m.payeur), au_nom_de(m.payeur2)
    champs: dict[str, Any] = {"collectivite": m.collectivite.pk, "titulaire": "Mairie de Lodève", "iban": iban(8)}
    assert "Cet IBAN est faux" in envoyer(un, "compte-nouveau", **champs | {"iban": "FR00"}, statut=422)
    assert "doit le comparer au RIB" in envoyer(un, "compte-nouveau", **champs)
    saisi = CompteBancaire.objects.get(etat=EtatCompte.SAISI)
    assert f"/comptes/{saisi.pk}/confirmer/" not in page(un, "comptes")
    assert "une autre doit" in envoyer(un, "compte-confirmer", saisi.pk)
    assert saisi.iban_lisible in page(deux, "comptes")
    assert "est en vigueur" in envoyer(deux, "compte-confirmer", saisi.pk)
    envoyer(un, "compte-nouveau", titulaire="CDG 34", iban=iban(9))
    attend = CompteBancaire.objects.get(etat=EtatCompte.SAISI)
    assert attend.collectivite is None
    assert "Dites pourquoi" in envoyer(deux, "compte-ecarter", attend.pk, motif="")
    assert "est écarté" in envoyer(deux, "compte-ecarter", attend.pk, motif="Faux RIB")
    assert iban(8)[-3:] in page(au_nom_de(m.gestionnaire), "comptes")
    assert page(au_nom_de(m.gestionnaire), "compte-nouveau", statut=403)


def test_money_asks_for_a_recent_identity(m: f.Monde, au_nom_de: En, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 10
    faite = remise(m, bordereau(m))
    client = au_nom_de(m.payeur2)
    reponse = client.post(reverse("gestion:remise-signer", args=[faite.numero]))
    assert reponse.status_code == 302
    assert reverse("gestion:remise", args=[faite.numero]) not in reponse["Location"].split("?")[0]
    assert Remise.objects.get().etat == EtatRemise.BROUILLON
