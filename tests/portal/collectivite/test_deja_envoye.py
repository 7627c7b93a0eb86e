"""« Déjà envoyé »: said of a paper from the page of the dossier."""

from __future__ import annotations

import datetime as dt
import html
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from documents.enums import EtatPiece
from documents.models import Piece
from tests import factories as f
from tests.portal.conftest import AuNomDe

pytestmark = pytest.mark.django_db

BUTTON = "Je l’ai déjà envoyé autrement"


def text(response: object) -> str:
    return " ".join(html.unescape(response.content.decode()).replace("\u00a0", " ").split())  # type: ignore[attr-defined]


def test_a_paper_said_to_be_sent_is_left_in_peace_then_asked_for_again(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 2, 15, 0, tzinfo=ZoneInfo("Europe/Paris")), tick=False) as clock:
        sinistre = f.sinistre(m, "AS")
        client = au_nom_de(m.mairie)
        address = reverse("collectivite:dossier", args=[sinistre.numero])
        assert text(client.get(address)).count(BUTTON) == 3, "two papers of the dossier and one for the médecin conseil"
        piece = Piece.objects.get(sinistre=sinistre, code="arrete")
        page = text(client.post(reverse("collectivite:deja-envoye", args=[sinistre.numero, piece.pk]), follow=True))
        assert "nous ne vous le redemanderons pas avant dix jours ouvrés" in page
        assert "Vous avez indiqué le 02/11/2026 l’avoir envoyé par une autre voie. S’il n’est pas arrivé le 18/11/2026" in page
        assert page.count(BUTTON) == 2
        assert "Arrêté de placement : signalé comme déjà envoyé" in page
        clock.move_to(dt.datetime(2026, 11, 18, 9, 0, tzinfo=ZoneInfo("Europe/Paris")))
        assert text(au_nom_de(m.mairie).get(address)).count(BUTTON) == 3, "signed in anew: two weeks have passed"


def test_what_has_come_is_not_said_to_be_sent(m: f.Monde, au_nom_de: AuNomDe) -> None:
    sinistre = f.sinistre(m)
    Piece.objects.filter(sinistre=sinistre, code="arrete").update(etat=EtatPiece.RECUE)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    client = au_nom_de(m.mairie)
    assert text(client.get(reverse("collectivite:dossier", args=[sinistre.numero]))).count(BUTTON) == 1
    page = text(client.post(reverse("collectivite:deja-envoye", args=[sinistre.numero, piece.pk]), follow=True))
    assert "n’est plus attendu" in page
    assert Piece.objects.get(pk=piece.pk).dite_envoyee_le is None
