"""A file deposited by a gestionnaire: announced, sent to the real store, checked, opened at a short address, the opening journaled."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from documents.enums import EtatDepot, EtatPiece
from documents.models import Courrier, Depot, LaissezPasser, Piece
from documents.services import depots, laissez_passer
from journal.models import Entree
from tests import factories as f

Signed = Callable[[User], Client]
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


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
    page = client.get(reverse("gestion:dossier", args=[sinistre.numero]), {"piece": piece.pk}).content.decode()
    fichier = reverse("gestion:fichier", args=[answer["id"]])
    assert f'data-adresse="{fichier}"' in page and f'data-telecharger="{fichier}?telecharger=oui"' in page
    assert not Entree.objects.filter(action="depot.lu").exists()  # drawn, not yet read
    shown = client.get(fichier, headers={"Accept": "application/json, */*"})
    assert shown.status_code == 302 and shown["Cache-Control"].startswith("max-age=0")
    with urllib.request.urlopen(shown["Location"]) as got:
        assert got.headers["Content-Type"] == "application/pdf"
        assert got.read() != PDF  # the sanitised copy
    with urllib.request.urlopen(client.get(f"{fichier}?telecharger=oui")["Location"]) as got:
        assert got.read() == PDF
    assert Entree.objects.filter(action="depot.lu", objet_id=answer["id"], acteur_id=m.gestionnaire.pk).count() == 2
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(shown["Location"].replace("apercus/", "quarantaine/"))


def test_a_file_under_check_says_so(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    depot = Depot.objects.create(
        piece=piece, nom="arrete.pdf", type="application/pdf", taille=9, etat=EtatDepot.CONTROLE, depose_par=m.mairie
    )
    client = au_nom_de(m.gestionnaire)
    url = reverse("gestion:fichier", args=[depot.pk])
    told = client.get(url, headers={"Accept": "application/json"})
    assert told.status_code == 422 and "son contrôle n’est pas terminé" in told.json()["erreur"]
    assert client.get(url).status_code == 422
    assert not Entree.objects.filter(action="depot.lu").exists()
    page = reverse("gestion:dossier", args=[sinistre.numero])
    assert "arrete.pdf : Reçu, en cours de contrôle par l’antivirus." in client.get(page, {"piece": piece.pk}).content.decode()
    Depot.objects.update(motif="En attente : l’antivirus ne répond pas.")
    assert "Le contrôle reprendra tout seul" in client.get(page, {"piece": piece.pk}).content.decode()


def _kept(m: f.Monde, piece: Piece, nom: str, **champs: Any) -> Depot:
    """A file that stands in the store only by its row: for what pages list."""
    valeurs = {
        "type": "application/pdf", "taille": 9, "etat": EtatDepot.DISPONIBLE, "sha256_verifie": "0" * 64, "cle_publiee": nom,
        "apercu_type": "application/pdf", "apercu_cle": nom, "apercu_pages": 2, "depose_par": m.mairie,
    }  # fmt: skip
    return Depot.objects.create(piece=piece, nom=nom, **(valeurs | champs))


def test_versions_are_kept_and_said(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    old = _kept(m, piece, "ancien.pdf", remplace_le=timezone.now())
    new = _kept(m, piece, "nouveau.pdf", version=2)
    bare = _kept(m, piece, "sans-copie.pdf", version=2, apercu_type="")
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.A_CONTROLER, version=2)
    page = au_nom_de(m.gestionnaire).get(reverse("gestion:dossier", args=[sinistre.numero])).content.decode()
    assert "Version 1, remplacée le" in page and "version 2, en cours" in page
    adresses = re.findall(r'data-adresse="([^"]+)"', page)
    assert adresses == [reverse("gestion:fichier", args=[depot.pk]) for depot in (new, old)]
    assert f"{reverse('gestion:fichier', args=[bare.pk])}?telecharger=oui" in page
    assert 'data-depot-remplacer data-version="2"' in page


def test_a_volet_sent_to_the_bulle_leaves_every_page(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="certificat")
    depot = _kept(m, piece, "volet-1-lombalgie.pdf")
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.A_CONTROLER)
    client = au_nom_de(m.gestionnaire)
    url, page = reverse("gestion:reclasser", args=[depot.pk]), reverse("gestion:dossier", args=[sinistre.numero])
    assert url in client.get(page).content.decode()
    asked = client.get(url).content.decode()
    assert "Ce qui va se passer" in asked and Depot.objects.get().etat == EtatDepot.DISPONIBLE
    assert client.post(url).status_code == 302
    assert Depot.objects.get().etat == EtatDepot.RECLASSE
    for shown in (page, f"{page}?piece={piece.pk}", reverse("gestion:fil", args=[sinistre.numero])):
        text = client.get(shown).content.decode()
        assert "lombalgie" not in text and reverse("gestion:fichier", args=[depot.pk]) not in text
    assert "1 fichier envoyé dans la bulle" in client.get(page, {"piece": piece.pk}).content.decode()
    assert client.get(reverse("gestion:fichier", args=[depot.pk])).status_code == 422
    assert "lombalgie" not in client.get(reverse("gestion:depot-suivi", args=[depot.pk])).content.decode()
    assert client.get(url).status_code == 302


def test_a_link_for_the_agent_is_shown_once(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m, "AS")
    medicale = Piece.objects.get(sinistre=sinistre, visibilite="M")
    client = au_nom_de(m.gestionnaire)
    page = f"{reverse('gestion:dossier', args=[sinistre.numero])}?piece={medicale.pk}"
    donner = reverse("gestion:lien-donner", args=[sinistre.numero, medicale.pk])
    assert donner in client.get(page).content.decode()
    given = client.post(donner, {"jours": "2"})
    assert given.status_code == 200 and "no-store" in given["Cache-Control"]
    secret = re.search(r"/deposer/#([\w-]+)", given.content.decode())[1]  # type: ignore[index]
    assert laissez_passer.empreinte_de(secret) == LaissezPasser.objects.get().empreinte
    assert m.agent.nom in given.content.decode()
    again = client.get(page).content.decode()
    assert secret not in again and "Lien donné par" in again
    assert client.post(donner, {"jours": "400"}).status_code == 302
    assert client.post(donner, {"jours": "x"}).status_code == 302
    lien = LaissezPasser.objects.get()
    client.post(reverse("gestion:lien-revoquer", args=[sinistre.numero, lien.pk]))
    assert LaissezPasser.objects.get().revoque_le is not None
    assert "Lien donné par" not in client.get(page).content.decode()


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
