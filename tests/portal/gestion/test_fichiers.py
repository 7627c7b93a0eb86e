"""A file deposited by a gestionnaire: announced, sent to the real store, checked, opened at a short address, the opening journaled."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from documents.enums import EtatDepot, EtatPiece
from documents.models import Courrier, Depot, Piece
from documents.services import depots
from journal.models import Entree
from tests import factories as f

Signed = Callable[[User], Client]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _demonstration(settings: Any) -> None:
    """No antivirus here: files are accepted as a demonstration does."""
    settings.DEMO, settings.CLAMD_URL = True, ""


def send(client: Client, url: str) -> dict[str, Any]:
    announced = client.post(
        url, json.dumps({"nom": "arrete.pdf", "type": "application/pdf", "taille": len(PDF)}), content_type="application/json"
    )
    assert announced.status_code == 201, announced.content
    answer: dict[str, Any] = announced.json()
    depot = answer["depot"]
    request = urllib.request.Request(depot["url"], data=PDF, method=depot["methode"], headers=depot["entetes"])
    with urllib.request.urlopen(request) as put:
        assert put.status == 200
    assert client.post(answer["confirmer"]).status_code == 202
    depots.controler(answer["id"])
    return answer


def test_a_deposit_for_the_collectivite_is_read_beside_the_checklist(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    client = au_nom_de(m.gestionnaire)
    answer = send(client, reverse("gestion:depot-annoncer", args=[sinistre.numero, piece.pk]))
    assert client.get(answer["suivi"]).json()["fini"] is True
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.A_CONTROLER
    shown = client.get(reverse("gestion:fichier", args=[answer["id"]]), headers={"HX-Request": "true"}).content.decode()
    address = unescape(re.search(r'<iframe[^>]* src="([^"#]+)', shown)[1])  # type: ignore[index]
    with urllib.request.urlopen(address) as got:
        assert got.read() == PDF
        assert got.headers["Content-Type"] == "application/pdf"
    assert Entree.objects.filter(action="depot.lu", objet_id=answer["id"], acteur_id=m.gestionnaire.pk).count() == 1
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(address.replace("pieces/", "quarantaine/"))


def test_a_file_under_check_says_so(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    depot = Depot.objects.create(
        piece=piece, nom="arrete.pdf", type="application/pdf", taille=9, etat=EtatDepot.CONTROLE, depose_par=m.mairie
    )
    client = au_nom_de(m.gestionnaire)
    url = reverse("gestion:fichier", args=[depot.pk])
    assert "son contrôle n’est pas terminé" in client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert client.get(url).status_code == 422
    assert not Entree.objects.filter(action="depot.lu").exists()


@pytest.mark.parametrize(
    ("annonce", "phrase"),
    [
        ({"nom": "a.exe", "type": "application/x-msdownload", "taille": 10}, "Envoyez un PDF"),
        ({"nom": "a.pdf", "type": "application/pdf", "taille": 10**9}, "dépasse 25"),
        ({"nom": "a.pdf", "type": "application/pdf", "taille": 0}, "vide"),
        ([], "illisible"),
    ],
)
def test_a_wrong_announcement_is_refused_in_words(m: f.Monde, au_nom_de: Signed, annonce: object, phrase: str) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    url = reverse("gestion:depot-annoncer", args=[sinistre.numero, piece.pk])
    refused = au_nom_de(m.gestionnaire).post(url, json.dumps(annonce), content_type="application/json")
    assert refused.status_code == 422
    assert phrase in refused.json()["erreur"]
    assert not Depot.objects.exists()


def test_a_medical_piece_never_enters_here(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m, "AS")
    piece = Piece.objects.get(sinistre=sinistre, visibilite="M")
    url = reverse("gestion:depot-annoncer", args=[sinistre.numero, piece.pk])
    refused = au_nom_de(m.gestionnaire).post(
        url, json.dumps({"nom": "cmi.pdf", "type": "application/pdf", "taille": len(PDF)}), content_type="application/json"
    )
    assert refused.status_code == 422
    assert "médicale" in refused.json()["erreur"]
    assert not Depot.objects.exists()


def test_the_scan_of_a_paper_follows_it_to_the_dossier(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    client = au_nom_de(m.gestionnaire)
    answer = send(client, reverse("gestion:courrier-annoncer"))
    saisie = {
        "canal": "POSTE",
        "recu_le": sinistre.declare_le.isoformat(),
        "expediteur": "Mairie",
        "objet": "Arrêté",
        "depot": answer["id"],
    }
    client.post(reverse("gestion:corbeille"), saisie)
    courrier = Courrier.objects.get()
    assert courrier.depot_id == answer["id"]
    client.post(reverse("gestion:courrier-classer", args=[courrier.pk]), {"dossier": sinistre.numero, "piece": piece.pk})
    assert Depot.objects.get(pk=answer["id"]).piece_id == piece.pk
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.A_CONTROLER
    other = Depot.objects.create(piece=None, nom="x.pdf", type="application/pdf", taille=9, depose_par=m.gestionnaire2)
    stolen = client.post(reverse("gestion:corbeille"), saisie | {"depot": other.pk})
    assert stolen.status_code == 422
    assert "n’est plus là" in stolen.content.decode()
