"""« Incidents de stockage »: what the responsable reads, and how one is settled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.enums import FileTravail, GenreTache
from cases.models import Tache
from documents.enums import GenreAnomalie
from documents.models import AnomalieStockage, Depot, Piece
from documents.services import anomalies
from tests import factories as f

AuNom = Callable[[User], Client]


@pytest.fixture
def incident(m: f.Monde) -> AnomalieStockage:
    piece = Piece.objects.get(sinistre=f.sinistre(m), code="arrete")
    depot = Depot.objects.create(piece=piece, nom="secret.pdf", type="application/pdf", taille=10, depose_par=m.mairie)
    found = anomalies.signaler(genre=GenreAnomalie.OBJET_ABSENT, objet="pieces/" + "a" * 40, depot=depot)
    assert found is not None
    return found


def test_the_page_says_what_to_do(m: f.Monde, incident: AnomalieStockage, au_nom_de: AuNom) -> None:
    anomalies.signaler(genre=GenreAnomalie.EMPREINTE, objet="fichiers/" + "b" * 40, medical=True)
    anomalies.signaler(genre=GenreAnomalie.OBJET_ORPHELIN, objet="pieces/" + "c" * 40)
    page = au_nom_de(m.responsable).get(reverse("gestion:incidents"))
    texte = page.content.decode()
    assert page.status_code == 200
    for words in ("sauvegarde du stockage", "compartiment médical", "supprimé sept jours", incident.depot.piece.sinistre.numero):  # type: ignore[union-attr]
        assert words in texte
    assert "secret.pdf" not in texte


def test_it_is_in_the_menu_and_in_the_queue(m: f.Monde, incident: AnomalieStockage, au_nom_de: AuNom) -> None:
    client = au_nom_de(m.responsable)
    queue = client.get(reverse("gestion:file", args=[FileTravail.INCIDENTS])).content.decode()
    assert f"{reverse('gestion:incidents')}#incident-{incident.pk}" in queue
    assert "cet incident" in queue
    assert reverse("gestion:incidents") in client.get(reverse("gestion:accueil")).content.decode()
    assert reverse("gestion:incidents") not in au_nom_de(m.gestionnaire).get(reverse("gestion:accueil")).content.decode()


def test_settled_with_how(m: f.Monde, incident: AnomalieStockage, au_nom_de: AuNom) -> None:
    client, url = au_nom_de(m.responsable), reverse("gestion:incident-resoudre", args=[incident.pk])
    wrong = client.post(url, {"issue": " "})
    assert wrong.status_code == 422
    assert "Dites comment" in wrong.content.decode()
    assert Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, fermee_le=None).exists()
    done = client.post(url, {"issue": "Restauré de la sauvegarde du 3"}, follow=True).content.decode()
    assert "Restauré de la sauvegarde du 3" in done and "Aucun incident" in done
    assert not Tache.objects.filter(genre=GenreTache.TRAITER_INCIDENT, fermee_le=None).exists()
    assert client.post(url, {"issue": "encore"}).status_code == 302
    assert AnomalieStockage.objects.get(pk=incident.pk).issue == "Restauré de la sauvegarde du 3"


def test_one_query_whatever_their_number(m: f.Monde, incident: AnomalieStockage, au_nom_de: AuNom, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for rank in range(20):
        anomalies.signaler(genre=GenreAnomalie.OBJET_ABSENT, objet=f"pieces/{rank}", depot=incident.depot)
    client = au_nom_de(m.responsable)
    client.get(reverse("gestion:incidents"))
    with django_assert_max_num_queries(12):
        client.get(reverse("gestion:incidents"))
