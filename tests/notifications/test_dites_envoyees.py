"""A pièce that the collectivité says to have sent another way: left in peace for ten working days, then asked for again."""

from __future__ import annotations

import pytest
import time_machine

from accounts.gate import Refus
from cases.errors import Erreur
from documents.enums import EtatPiece
from documents.models import Piece
from documents.services import decisions, envois
from journal.models import Entree
from tests import factories as f
from tests.notifications.horloges import at, declared, live, receive, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


def test_said_to_be_sent_leaves_ten_working_days_of_peace_then_is_asked_for(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    receive(m, sinistre, "certificat")
    piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete")
    live(clock, at(2026, 11, 10, 9))
    envois.dire_envoyee(acteur=m.mairie, piece=piece)
    live(clock, at(2026, 11, 20, 9))
    envois.dire_envoyee(acteur=m.mairie, piece=piece)  # again: no more time for that
    assert Entree.objects.filter(action="piece.dite_envoyee", objet_id=piece.pk).count() == 1
    assert told(sinistre) == []
    live(clock, at(2026, 12, 10))
    # Ten working days from Tuesday 10 November (the 11th is none) end on Wednesday 25: asked for on Thursday 26.
    assert told(sinistre) == [(at(2026, 11, 26), 1), (at(2026, 12, 2), 2)]


def test_said_to_be_sent_after_the_second_reminder_is_asked_for_when_its_time_is_over(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    receive(m, sinistre, "certificat")
    live(clock, at(2026, 12, 3, 9))
    envois.dire_envoyee(acteur=m.mairie, piece=Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete"))
    live(clock, at(2027, 1, 8))
    assert told(sinistre)[2:] == [(at(2026, 12, 18), 2), (at(2027, 1, 7), 3)]


def test_another_piece_is_still_asked_for_while_one_is_said_to_be_sent(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    live(clock, at(2026, 11, 10, 9))
    envois.dire_envoyee(acteur=m.mairie, piece=Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete"))
    live(clock, at(2026, 11, 13))
    assert told(sinistre) == [(at(2026, 11, 12), 1)]
    assert Entree.objects.get(sinistre_id=sinistre.pk, action="relance.faite").contenu.donnees["pieces"] == 1


def test_what_is_refused_after_it_was_said_sent_is_asked_for_in_its_time(m: f.Monde, clock: time_machine.Traveller) -> None:
    """It came, and was not right: what was said of it before has no sense any more."""
    sinistre = declared(m)
    receive(m, sinistre, "certificat")
    piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete")
    envois.dire_envoyee(acteur=m.mairie, piece=piece)
    clock.move_to(at(2026, 11, 4, 10))
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.A_CONTROLER)
    decisions.refuser(acteur=m.gestionnaire, piece=piece, motif="ILLISIBLE")
    live(clock, at(2026, 11, 17))
    assert told(sinistre) == [(at(2026, 11, 16), 1)]


def test_who_may_say_that_a_piece_was_sent(m: f.Monde, clock: time_machine.Traveller) -> None:
    sinistre = declared(m)
    piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete")
    for other in (m.mairie2, m.gestionnaire, m.responsable, m.assureur):
        with pytest.raises(Refus):
            envois.dire_envoyee(acteur=other, piece=piece)
    receive(m, sinistre, "arrete")
    with pytest.raises(Erreur, match="plus attendu"):
        envois.dire_envoyee(acteur=m.mairie, piece=piece)
