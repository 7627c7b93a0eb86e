"""The pages of e-mails' words: from a draft to its publication and back, two people on one draft, a preview that runs nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from notifications import services_gabarits as service
from notifications.apercus import apercevoir
from notifications.gabarits import mots_d_origine, mots_en_usage
from notifications.models import Gabarit
from notifications.typographie import NBSP
from tests import factories as f

Par = Callable[[User], Client]
GENRE = "PIECES_DEMANDEES"
MOTS = {
    "objet": "Dossier {{ numero }} : {{ pieces }}",
    "corps": "Merci d'envoyer {{ pieces }} au dossier {{ numero }} <b>vite</b>.\r\n\r\n\r\nBonne journée !",
    "ligne": "{{ pieces }} à envoyer",
}


def url(nom: str, *arguments: object) -> str:
    return reverse(f"gestion:{nom}", args=arguments)


@pytest.fixture
def client(m: f.Monde, au_nom_de: Par) -> Client:
    return au_nom_de(m.responsable)


@pytest.fixture
def brouillon(client: Client) -> Gabarit:
    assert client.post(url("modele-preparer", GENRE)).status_code == 302
    return Gabarit.objects.get(genre=GENRE)


def vu(gabarit: Gabarit) -> str:
    return Gabarit.objects.get(pk=gabarit.pk).ecrit_le.isoformat()


def page(client: Client, nom: str, *arguments: object) -> str:
    response = client.get(url(nom, *arguments))
    assert response.status_code == 200
    return response.content.decode()


def test_from_a_draft_to_publication_and_back(m: f.Monde, client: Client, brouillon: Gabarit) -> None:
    assert "Mots de l’application" in page(client, "modeles") and "Reprendre le brouillon" in page(client, "modeles")
    again = client.post(url("modele-preparer", GENRE), follow=True).content.decode()
    assert "déjà en cours" in again
    assert client.post(url("modele-version", brouillon.pk), {**MOTS, "vu": vu(brouillon)}).status_code == 302
    shown = page(client, "modele-version", brouillon.pk)
    assert "3 pièces".replace(" ", NBSP) in shown and "Publier ces mots" in shown
    assert mots_en_usage([GENRE])[GENRE] == mots_d_origine()[GENRE], "a draft changes no e-mail"

    assert client.post(url("modele-publier", brouillon.pk), {"vu": vu(brouillon)}).status_code == 302
    assert mots_en_usage([GENRE])[GENRE].objet == MOTS["objet"]
    assert mots_en_usage([GENRE])[GENRE].corps.endswith("<b>vite</b>.\n\nBonne journée !")
    shown = page(client, "modele", GENRE)
    assert "Version 1" in shown and m.responsable.get_full_name() in shown and "Revenir aux mots de l’application" in shown
    read = page(client, "modele-version", brouillon.pk)
    assert "elle ne change plus" in read and "Publier ces mots" not in read and "<textarea" not in read

    assert client.post(url("modele-revenir", GENRE)).status_code == 302
    assert mots_en_usage([GENRE])[GENRE] == mots_d_origine()[GENRE]
    assert "déjà en usage" in client.post(url("modele-revenir", GENRE), follow=True).content.decode()
    client.post(url("modele-preparer", GENRE), {"depuis": brouillon.pk})
    assert Gabarit.objects.get(genre=GENRE, publie_le__isnull=True).objet == MOTS["objet"], "an earlier version can be taken up again"


def test_what_is_refused_is_told_on_its_field_and_kept(client: Client, brouillon: Gabarit) -> None:
    typed = {**MOTS, "objet": "Votre congé de longue maladie {{ nom }}", "vu": vu(brouillon)}
    response = client.post(url("modele-version", brouillon.pk), typed)
    read = response.content.decode()
    assert response.status_code == 422
    assert "retirez «\u202fmaladie\u202f»" in read and "variable inconnue" in read and "Votre congé de longue maladie {{ nom }}" in read
    assert Gabarit.objects.get(pk=brouillon.pk).objet == mots_d_origine()[GENRE].objet
    assert "maladie" not in page(client, "modele-version", brouillon.pk)


def test_the_second_on_a_draft_is_told_and_keeps_what_he_typed(m: f.Monde, client: Client, brouillon: Gabarit, au_nom_de: Par) -> None:
    other = f.person(Role.RESPONSABLE)
    before = vu(brouillon)
    au_nom_de(other).post(url("modele-version", brouillon.pk), {**MOTS, "objet": "Dossier {{ numero }}, d’une autre", "vu": before})
    response = client.post(url("modele-version", brouillon.pk), {**MOTS, "vu": before})
    read = response.content.decode()
    assert response.status_code == 409
    assert other.get_full_name() in read and "Dossier {{ numero }}, d’une autre" in read and MOTS["ligne"] in read
    assert Gabarit.objects.get(pk=brouillon.pk).objet == "Dossier {{ numero }}, d’une autre"
    refused = client.post(url("modele-publier", brouillon.pk), {"vu": before}, follow=True)
    assert "rien n’a été publié" in refused.content.decode() and not Gabarit.objects.get(pk=brouillon.pk).est_publie
    assert client.post(url("modele-version", brouillon.pk), {**MOTS, "vu": vu(brouillon)}).status_code == 302, "knowing what he replaces"


def test_who_writes_after_a_publication_keeps_his_text(client: Client, brouillon: Gabarit) -> None:
    before = vu(brouillon)
    client.post(url("modele-publier", brouillon.pk), {"vu": before})
    response = client.post(url("modele-version", brouillon.pk), {**MOTS, "vu": before})
    assert response.status_code == 409 and "Ce que vous aviez écrit" in response.content.decode()
    assert MOTS["objet"] in response.content.decode()
    assert client.post(url("modele-abandonner", brouillon.pk)).status_code == 302
    assert Gabarit.objects.get(pk=brouillon.pk).est_publie


def test_a_forged_form_publishes_nothing(client: Client, brouillon: Gabarit) -> None:
    for forged in ("", "hier", "2026-11-21T10:00:00"):
        client.post(url("modele-publier", brouillon.pk), {"vu": forged})
        assert client.post(url("modele-version", brouillon.pk), {**MOTS, "vu": forged}).status_code == 422
    assert not Gabarit.objects.get(pk=brouillon.pk).est_publie


def test_the_preview_is_the_e_mail_and_runs_nothing(client: Client, brouillon: Gabarit) -> None:
    client.post(url("modele-version", brouillon.pk), {**MOTS, "vu": vu(brouillon)})
    brouillon.refresh_from_db()
    apercu = apercevoir(GENRE, service.mots_de(brouillon))
    assert apercu.seul is not None
    response = client.get(url("modele-version-apercu", brouillon.pk, "seul"))
    assert response.content.decode() == apercu.seul.html
    assert "&lt;b&gt;vite&lt;/b&gt;" in apercu.seul.html, "what was typed is text"
    assert client.get(url("modele-version-apercu", brouillon.pk, "recapitulatif")).content.decode() == apercu.recapitulatif.html
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and policy.endswith("sandbox") and response["X-Frame-Options"] == "SAMEORIGIN"
    shown = client.get(url("modele-version", brouillon.pk))
    assert "frame-src 'self'" in shown["Content-Security-Policy"] and "script-src 'self'" in shown["Content-Security-Policy"]
    assert shown.content.decode().count("sandbox src=") == 2
    for wrong in (url("modele-version-apercu", brouillon.pk, "autre"), url("modele-apercu", "RECAPITULATIF", "seul")):
        assert client.get(wrong).status_code == 404


def test_words_that_became_wrong_are_not_shown_as_an_e_mail(client: Client, brouillon: Gabarit) -> None:
    """A variable that a kind has lost since, or a word added to the list."""
    Gabarit.objects.filter(pk=brouillon.pk).update(corps="{{ numero }} {{ pieces }} {{ disparue }}")
    read = page(client, "modele-version", brouillon.pk)
    assert "ne pourraient pas être publiés" in read and "<iframe" not in read
    assert client.get(url("modele-version-apercu", brouillon.pk, "seul")).status_code == 404
    response = client.post(url("modele-publier", brouillon.pk), {"vu": vu(brouillon)})
    assert response.status_code == 422 and not Gabarit.objects.get(pk=brouillon.pk).est_publie


def test_every_kind_has_its_page(client: Client) -> None:
    for genre in mots_d_origine():
        assert client.get(url("modele", genre)).status_code == 200, genre
    for unknown in ("COMPTE", "INCONNU"):
        assert client.get(url("modele", unknown)).status_code == 404
