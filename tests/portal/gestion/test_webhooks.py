"""« Abonnements (webhooks) »: the secret shown once, each call and what became of it, acts from the page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications.enums import EtatLivraison
from notifications.models import Abonnement, Livraison
from notifications.webhooks import services
from notifications.webhooks.livraison import livrer
from tests import factories as f
from tests.notifications.webhooks.conftest import Recepteur, abonner, dire, toujours, verifier
from tests.notifications.webhooks.conftest import recepteur as recepteur

AuNom = Callable[[User], Client]
URL = "https://sirh.example/vigie"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


def url(nom: str, abonnement: Abonnement, *args: Any) -> str:
    return reverse(f"gestion:{nom}", args=[abonnement.uid, *args])


def test_from_a_subscription_to_its_first_call(m: f.Monde, recepteur: Recepteur, au_nom_de: AuNom) -> None:
    client = au_nom_de(m.responsable)
    assert "Aucun logiciel n’est abonné" in client.get(reverse("gestion:webhooks")).content.decode()
    form = {"nom": "SIRH", "url": recepteur.url, "collectivite": m.collectivite.pk, "types": ["sinistre.declare", "sinistre.clore"]}
    answer = client.post(reverse("gestion:webhook-nouveau"), form)
    found = SECRET.findall(answer.content.decode())
    assert answer.status_code == 200 and len(found) == 1
    abonnement = Abonnement.objects.get()
    assert abonnement.types == ["sinistre.declare", "sinistre.clore"] and abonnement.collectivite == m.collectivite
    page = client.get(url("webhook", abonnement)).content.decode()
    assert not SECRET.search(page) and "Aucun appel" in page and recepteur.url.replace("&", "&amp;") in page
    assert client.post(url("webhook-geste", abonnement, "essayer")).status_code == 302
    livrer()
    assert verifier(found[0], recepteur.appels[0])
    page = client.get(url("webhook", abonnement)).content.decode()
    assert "Appel d’essai" in page and "Livrée" in page and "204" in page


def test_what_is_refused_is_said_and_what_was_typed_is_kept(m: f.Monde, au_nom_de: AuNom) -> None:
    client = au_nom_de(m.responsable)
    page = client.post(
        reverse("gestion:webhook-nouveau"), {"nom": "SIRH de Nulle-Part", "url": "http://169.254.169.254/", "types": ["sinistre.clore"]}
    )
    text = page.content.decode()
    assert page.status_code == 422 and "privée ou réservée" in text and "SIRH de Nulle-Part" in text and not Abonnement.objects.exists()
    page = client.post(reverse("gestion:webhook-nouveau"), {"nom": "", "url": URL, "types": ["citis.decidee"]})
    assert page.status_code == 422 and not Abonnement.objects.exists()


def test_a_change_keeps_whose_dossiers_it_is_told_of(m: f.Monde, au_nom_de: AuNom) -> None:
    abonnement, _ = abonner(m.responsable, URL, collectivite=m.collectivite)
    client = au_nom_de(m.responsable)
    assert 'name="collectivite"' not in client.get(url("webhook-modifier", abonnement)).content.decode()
    changed = {"nom": "Paie", "url": URL + "/2", "types": ["sinistre.clore"], "collectivite": m.autre_collectivite.pk}
    assert client.post(url("webhook-modifier", abonnement), changed).status_code == 302
    abonnement.refresh_from_db()
    assert (abonnement.nom, abonnement.url, abonnement.types) == ("Paie", URL + "/2", ["sinistre.clore"])
    assert abonnement.collectivite == m.collectivite
    assert client.post(url("webhook-modifier", abonnement), changed | {"url": "https://127.0.0.1/"}).status_code == 422


def test_a_new_secret_is_shown_once_and_the_former_one_is_dated(m: f.Monde, au_nom_de: AuNom) -> None:
    abonnement, ancien = abonner(m.responsable, URL)
    client = au_nom_de(m.responsable)
    text = client.post(url("webhook-secret", abonnement)).content.decode()
    (nouveau,) = SECRET.findall(text)
    assert nouveau != ancien and "signe aussi jusqu’au" in text
    assert not SECRET.search(client.get(url("webhook", abonnement)).content.decode())


def test_pause_resume_close(m: f.Monde, au_nom_de: AuNom) -> None:
    abonnement, _ = abonner(m.responsable, URL)
    client = au_nom_de(m.responsable)
    for geste, words in (
        ("suspendre", "en pause"),
        ("suspendre", "déjà en pause"),
        ("essayer", "reprenez-le d’abord"),
        ("reprendre", "actif"),
        ("fermer", "fermé"),
        ("essayer", "Cet abonnement est fermé"),
    ):
        assert words in client.post(url("webhook-geste", abonnement, geste), follow=True).content.decode(), geste
    assert client.post(url("webhook-geste", abonnement, "supprimer")).status_code == 404
    for nom in ("webhook-secret", "webhook-rejouer"):
        refused = client.post(url(nom, abonnement), {"depuis": "2026-01-01T00:00"}, follow=True)
        assert "Cet abonnement est fermé" in refused.content.decode()
    page = client.get(url("webhook", abonnement)).content.decode()
    assert "Rejouer" not in page


def test_calls_given_up_are_told_in_the_menu_and_replayed_from_the_page(m: f.Monde, recepteur: Recepteur, au_nom_de: AuNom) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    sinistre = f.sinistre(m)
    (row,) = dire(sinistre)
    Livraison.objects.update(tentatives=17)
    recepteur.repondre = toujours(500)
    livrer()
    client = au_nom_de(m.responsable)
    page = client.get(url("webhook", abonnement)).content.decode()
    assert "1 appel abandonné" in page and "réponse 500" in page and sinistre.numero in page
    menu = client.get(reverse("gestion:boite-envoi")).content.decode()
    assert re.search(r"Abonnements \(webhooks\).{0,200}1", menu, re.DOTALL)
    assert client.post(url("webhook-livraison", abonnement, row.pk)).status_code == 302
    recepteur.repondre = toujours(200)
    livrer()
    assert Livraison.objects.get().etat == EtatLivraison.LIVREE
    page = client.get(url("webhook", abonnement)).content.decode()
    assert "appel abandonné" not in page


def test_replays_since_an_instant_or_of_a_dossier(m: f.Monde, recepteur: Recepteur, au_nom_de: AuNom) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    sinistre = f.sinistre(m)
    dire(sinistre)
    dire(sinistre)
    livrer()
    client = au_nom_de(m.responsable)
    hier = timezone.localtime(timezone.now() - dt.timedelta(days=1))
    assert "2 appels vont repartir" in client.post(
        url("webhook-rejouer", abonnement), {"depuis": f"{hier:%Y-%m-%dT%H:%M}"}, follow=True
    ).content.decode()  # fmt: skip
    livrer()
    assert "2 appels" in client.post(url("webhook-rejouer", abonnement), {"numero": f" {sinistre.numero} "}, follow=True).content.decode()
    livrer()
    assert [appel.corps["rang"] for appel in recepteur.appels] == [1, 2, 1, 2, 1, 2]
    assert "Aucun appel" in client.post(url("webhook-rejouer", abonnement), {"numero": "2020-000001"}, follow=True).content.decode()
    for wrong in ({}, {"depuis": "hier"}):
        assert client.post(url("webhook-rejouer", abonnement), wrong).status_code == 422
    assert client.post(url("webhook-livraison", abonnement, 10**12)).status_code == 404


def test_the_list_goes_by_keyset_and_by_state(m: f.Monde, au_nom_de: AuNom, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    abonnement, _ = abonner(m.responsable, URL)
    sinistre = f.sinistre(m)
    for _ in range(53):
        dire(sinistre)
    client = au_nom_de(m.responsable)
    client.get(url("webhook", abonnement))
    with django_assert_max_num_queries(14):
        page = client.get(url("webhook", abonnement)).content.decode()
    (suite,) = re.findall(r'href="(\?avant=\d+)" rel="next"', page)
    suivante = client.get(url("webhook", abonnement) + suite).content.decode()
    ranks = re.findall(r", rang (\d+)</span>", page + suivante)
    assert [int(rang) for rang in ranks] == list(range(53, 0, -1))
    assert page.count('<button class="btn btn-sm">Rejouer') == 50 and suivante.count('<button class="btn btn-sm">Rejouer') == 3
    assert "Aucun appel" in client.get(url("webhook", abonnement) + "?etat=LIVREE").content.decode()
    assert client.get(url("webhook", abonnement) + "?etat=ÉTRANGE&avant=x").status_code == 200


@pytest.mark.parametrize("role", ["gestionnaire", "payeur", "admin", "mairie", "assureur"])
def test_others_have_no_such_page(m: f.Monde, au_nom_de: AuNom, role: str) -> None:
    abonnement, _ = abonner(m.responsable, URL)
    client = au_nom_de(m.people[role])
    assert client.get(url("webhook", abonnement)).status_code in (302, 403)
    client.post(url("webhook-geste", abonnement, "fermer"))
    assert services.suspendre(acteur=m.responsable, uid=abonnement.uid).ferme_le is None


def test_what_is_kept_no_more_is_told_when_it_is_asked_for(m: f.Monde, recepteur: Recepteur, au_nom_de: AuNom) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    dire(f.sinistre(m))
    livrer()
    client = au_nom_de(m.responsable)
    assert "plus de 90 jours ne sont plus gardés" in client.get(url("webhook", abonnement)).content.decode()
    for jours, dit in ((80, False), (100, True)):
        quand = timezone.localtime(timezone.now() - dt.timedelta(days=jours))
        answer = client.post(url("webhook-rejouer", abonnement), {"depuis": f"{quand:%Y-%m-%dT%H:%M}"}, follow=True).content.decode()
        assert "Un appel va repartir" in answer and ("le logiciel lira par l’API ce qui lui manque" in answer) is dit
        livrer()


def test_a_key_that_changed_says_how_to_come_back(m: f.Monde, recepteur: Recepteur, au_nom_de: AuNom, settings: Any) -> None:
    abonnement, ancien = abonner(m.responsable, recepteur.url)
    dire(f.sinistre(m))
    settings.SECRET_KEY = "une-autre-cle-que-celle-du-premier-jour-0123456789"
    livrer()
    client = au_nom_de(m.responsable)
    page = client.get(url("webhook", abonnement)).content.decode()
    assert "Le secret ne se lit plus" in page and "Renouvelez-le" in page and url("webhook-geste", abonnement, "reprendre") not in page
    (nouveau,) = SECRET.findall(client.post(url("webhook-secret", abonnement)).content.decode())
    livrer()
    (appel,) = recepteur.gardes
    assert verifier(nouveau, appel) and not verifier(ancien, appel)
    assert "Le secret ne se lit plus" not in client.get(url("webhook", abonnement)).content.decode()
