"""The page of the lists: a draft from first to last line, what the collectivité will read, publication, moving live dossiers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from documents.enums import EtatPiece
from documents.models import DossierPieces, Exigence, ListePieces, Piece
from tests import factories as f

Par = Callable[[User], Client]

LIGNE: dict[str, Any] = {
    "code": "attestation-employeur",
    "libelle": "Attestation de l’employeur",
    "stade": "DECLARATION",
    "condition": "TOUJOURS",
    "natures": ["CMO", "CLM"],
    "regimes": ["CNRACL"],
    "visibilite": "A",
    "requise": "on",
    "alternatives": "papier-libre | Sur papier libre\nformulaire-cdg | Le formulaire du CDG | CNRACL",
    "aide": "Elle dit la date du dernier jour travaillé.",
    "a_ne_pas_envoyer": "Aucun motif médical.",
    "ordre": "5",
}


def url(nom: str, *arguments: int) -> str:
    return reverse(f"gestion:{nom}", args=arguments)


@pytest.fixture
def client(m: f.Monde, au_nom_de: Par) -> Client:
    return au_nom_de(m.responsable)


@pytest.fixture
def brouillon(client: Client) -> ListePieces:
    client.post(url("liste-preparer"), {"contrat": ""})
    return ListePieces.objects.get(publiee_le__isnull=True)


def test_a_version_from_its_preparation_to_live_dossiers(m: f.Monde, client: Client, brouillon: ListePieces) -> None:
    avant = f.sinistre(m)
    assert brouillon.exigences.count() == 5, "the lines of the list in force"
    assert client.post(url("liste-preparer"), {"contrat": ""}, follow=True).content.decode().count("déjà en cours")
    assert client.post(url("liste-ligne-nouvelle", brouillon.pk), LIGNE).status_code == 302
    ligne = brouillon.exigences.get(code="attestation-employeur")
    assert ligne.alternatives[1] == {"code": "formulaire-cdg", "libelle": "Le formulaire du CDG", "regimes": ["CNRACL"]}
    form = client.get(url("liste-ligne", brouillon.pk, ligne.pk)).content.decode()
    assert "formulaire-cdg | Le formulaire du CDG | CNRACL" in form
    gone = brouillon.exigences.get(code="arrete")
    assert client.post(url("liste-ligne-supprimer", brouillon.pk, gone.pk)).status_code == 302

    page = client.get(url("liste-apercu", brouillon.pk), {"nature": "CMO", "regime": "CNRACL"}).content.decode()
    for words in ("Attestation de l’employeur", "Sur papier libre", "L’un de ces documents suffit", "Aucun motif médical."):
        assert words in page
    assert (
        "Attestation de l’employeur"
        not in client.get(url("liste-apercu", brouillon.pk), {"nature": "AS", "regime": "CNRACL"}).content.decode()
    )

    jour = timezone.localdate() - dt.timedelta(days=400)
    assert client.post(url("liste-publier", brouillon.pk), {"debut": jour.isoformat()}).status_code == 302
    publiee = ListePieces.objects.get(pk=brouillon.pk)
    assert (publiee.est_publiee, publiee.publiee_par, publiee.debut) == (True, m.responsable, jour)
    assert ListePieces.objects.get(version__lt=publiee.version, contrat__isnull=True).fin == jour - dt.timedelta(days=1)
    assert client.get(url("liste-ligne", brouillon.pk, ligne.pk)).status_code == 404, "no line of a published list is written"

    assert DossierPieces.objects.get(sinistre=avant).liste_id != publiee.pk, "a dossier keeps the list of its declaration"
    page = client.get(url("liste-bascule", publiee.pk)).content.decode()
    assert avant.numero in page
    assert "Attestation de l’employeur" in page
    assert not Piece.objects.filter(code="attestation-employeur").exists(), "looking changes nothing"
    answer = client.post(url("liste-bascule", publiee.pk), headers={"HX-Request": "true"})
    assert "Terminé" in answer.content.decode()
    etats = dict(Piece.objects.filter(sinistre=avant).values_list("code", "etat"))
    assert etats == {"certificat": "DEMANDEE", "arrete": EtatPiece.SANS_OBJET, "attestation-employeur": "DEMANDEE"}
    assert "Aucun dossier à passer" in client.get(url("liste-bascule", publiee.pk)).content.decode()


@pytest.mark.parametrize(
    ("champ", "valeur", "phrase"),
    [
        ("code", "certificat", "déjà cette pièce à ce stade"),
        ("alternatives", "Deux mots | Un document", "minuscules"),
        ("alternatives", "a | Un\na | Deux", "dite deux fois"),
        ("alternatives", "a | Un | IRCANTEC", "IRCANTEC"),
        ("natures", [], "obligatoire"),
        ("ordre", "-1", "supérieure"),
    ],
)
def test_a_wrong_line_comes_back_with_its_fault(client: Client, brouillon: ListePieces, champ: str, valeur: Any, phrase: str) -> None:
    answer = client.post(url("liste-ligne-nouvelle", brouillon.pk), LIGNE | {champ: valeur})
    assert answer.status_code == 422
    assert phrase in answer.content.decode()
    assert "Elle dit la date" in answer.content.decode(), "what was typed is kept"
    assert brouillon.exigences.count() == 5


def test_a_day_that_overlaps_is_refused_beside_its_field(client: Client, brouillon: ListePieces) -> None:
    answer = client.post(url("liste-publier", brouillon.pk), {"debut": "2015-01-01"})
    assert answer.status_code == 422
    assert "01/01/2015" in answer.content.decode()
    Exigence.objects.filter(liste=brouillon).delete()
    answer = client.post(url("liste-publier", brouillon.pk), {"debut": timezone.localdate().isoformat()})
    assert "aucune ligne" in answer.content.decode()


def test_a_draft_is_discarded_and_seen_by_nobody_else(m: f.Monde, client: Client, brouillon: ListePieces, au_nom_de: Par) -> None:
    reader = au_nom_de(m.gestionnaire)
    assert "Brouillon" not in reader.get(url("listes")).content.decode()
    assert reader.get(url("liste-apercu", brouillon.pk), {"nature": "CMO", "regime": "CNRACL"}).status_code == 404
    assert "Brouillon" in client.get(url("listes")).content.decode()
    assert client.post(url("liste-abandonner", brouillon.pk)).status_code == 302
    assert not ListePieces.objects.filter(pk=brouillon.pk).exists()


def test_facts_are_said_on_the_dossier_s_page(m: f.Monde, au_nom_de: Par) -> None:
    sinistre = f.sinistre(m, "AS")
    client = au_nom_de(m.gestionnaire)
    page = reverse("gestion:dossier", args=[sinistre.numero])
    assert "Une enquête administrative a été menée" in client.get(page).content.decode()
    answer = client.post(reverse("gestion:faits", args=[sinistre.numero]), {"faits": ["ENQUETE"]}, follow=True)
    assert "C’est noté" in answer.content.decode()
    assert DossierPieces.objects.get(sinistre=sinistre).faits == ["ENQUETE"]
    answer = client.post(reverse("gestion:faits", args=[sinistre.numero]), {"faits": ["PACS"]}, follow=True)
    assert "n’a pas de sens" in answer.content.decode()
