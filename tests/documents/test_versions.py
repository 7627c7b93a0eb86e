"""Versions: nothing sent is lost, what replaces takes its place only once it is there, and two senders never undo each other."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide
from cases.models import Tache
from documents import storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, Piece
from documents.services import decisions, depots
from tests import factories as f
from tests.documents.conftest import EXE, PDF, announce, fresh, put, send

pytestmark = pytest.mark.usefixtures("without_antivirus")


def now(piece: Piece) -> Piece:
    return Piece.objects.select_related("sinistre", "exigence").get(pk=piece.pk)


def received(m: f.Monde, piece: Piece, **champs: Any) -> Depot:
    depot = send(m, now(piece), **champs)
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE
    return fresh(depot)


def refused(m: f.Monde, piece: Piece) -> Depot:
    depot = received(m, piece)
    decisions.refuser(acteur=m.gestionnaire, piece=piece, motif="ILLISIBLE", message="Le bas manque.")
    return depot


def test_the_states_of_a_piece_on_the_way(m: f.Monde, piece: Piece) -> None:
    depot = announce(m, piece)
    assert now(piece).etat == EtatPiece.DEMANDEE, "announced is not received"
    put(storage.presign_put(depot), PDF)
    depots.confirmer(acteur=m.mairie, depot=depot)
    assert now(piece).etat == EtatPiece.RECUE
    assert now(piece).recue_le is not None
    depots.controler(depot.pk)
    assert now(piece).etat == EtatPiece.A_CONTROLER


def test_several_pages_are_one_version(m: f.Monde, piece: Piece) -> None:
    pages = [received(m, piece), received(m, piece), received(m, piece)]
    assert [(p.version, p.remplace_le) for p in pages] == [(1, None)] * 3
    assert now(piece).version == 1


def test_one_page_set_aside_leaves_the_others(m: f.Monde, piece: Piece) -> None:
    bad, good = send(m, piece, EXE), send(m, piece)
    depots.controler(bad.pk)
    assert now(piece).etat == EtatPiece.RECUE, "the other page is on its way"
    depots.controler(good.pk)
    assert now(piece).etat == EtatPiece.A_CONTROLER
    late = send(m, now(piece), EXE)
    depots.controler(late.pk)
    assert now(piece).etat == EtatPiece.A_CONTROLER, "a page is available"


def test_set_aside_alone_the_piece_is_owed_as_before(m: f.Monde, piece: Piece) -> None:
    depots.controler(send(m, piece, EXE).pk)
    assert (now(piece).etat, now(piece).recue_le) == (EtatPiece.DEMANDEE, None)
    refused(m, piece)
    depots.controler(send(m, now(piece), EXE).pk)
    after = now(piece)
    assert (after.etat, after.motif_refus, after.message_refus) == (EtatPiece.REFUSEE, "ILLISIBLE", "Le bas manque.")


def test_after_a_refusal_a_new_version_replaces_the_old_once_available(m: f.Monde, piece: Piece) -> None:
    old = refused(m, piece)
    first, second = send(m, now(piece)), send(m, now(piece))
    assert (first.version, second.version) == (2, 2), "two pages of one new version"
    assert now(piece).version == 1 and fresh(old).remplace_le is None, "not before it is there"
    assert now(piece).etat == EtatPiece.RECUE
    depots.controler(first.pk)
    assert (now(piece).version, now(piece).etat, now(piece).motif_refus) == (2, EtatPiece.A_CONTROLER, "")
    assert fresh(old).est_remplace
    depots.controler(second.pk)
    assert fresh(second).remplace_le is None and now(piece).version == 2
    third = received(m, piece)
    assert third.version == 2, "the new version is not decided upon: one more page"
    assert depots.address(acteur=m.gestionnaire, depot=fresh(old), inline=True), "replaced, and still readable"


def test_a_new_version_that_fails_leaves_the_old_in_its_place(m: f.Monde, piece: Piece) -> None:
    old = received(m, piece)
    bad = send(m, now(piece), EXE, remplacer=True)
    assert bad.version == 2
    depots.controler(bad.pk)
    assert (now(piece).version, now(piece).etat) == (1, EtatPiece.A_CONTROLER)
    assert fresh(old).remplace_le is None


def test_replacing_before_any_decision(m: f.Monde, piece: Piece) -> None:
    old = received(m, piece)
    vue = now(piece).version
    first = received(m, piece, remplacer=True, version_vue=vue)
    assert (first.version, now(piece).version) == (2, 2)
    second = received(m, piece, remplacer=True, version_vue=vue)
    assert (second.version, fresh(first).remplace_le) == (2, None), "the second page joins the first"
    assert fresh(old).est_remplace
    other = received(m, piece, remplacer=True, version_vue=2)
    assert (other.version, fresh(first).est_remplace, fresh(second).est_remplace) == (3, True, True)


def test_replacing_nothing_is_sending(m: f.Monde, piece: Piece) -> None:
    assert received(m, piece, remplacer=True).version == 1


def test_a_late_page_of_an_old_version_does_not_come_back(m: f.Monde, piece: Piece) -> None:
    received(m, piece)
    late = send(m, now(piece))
    received(m, piece, remplacer=True)
    depots.controler(late.pk)
    assert (fresh(late).etat, fresh(late).est_remplace) == (EtatDepot.DISPONIBLE, True)
    assert now(piece).version == 2


def test_a_piece_that_nobody_asks_any_more_takes_no_file(m: f.Monde, piece: Piece) -> None:
    under_way = announce(m, piece)
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.SANS_OBJET)
    with pytest.raises(DonneeInvalide, match="plus demandée"):
        announce(m, piece)
    put(storage.presign_put(under_way), PDF)
    depots.confirmer(acteur=m.mairie, depot=under_way)
    assert depots.controler(under_way.pk) == EtatDepot.DISPONIBLE, "what was sent is not lost"
    assert now(piece).etat == EtatPiece.SANS_OBJET


ALTERNATIVES = [{"code": "un", "libelle": "Un"}, {"code": "deux", "libelle": "Deux", "regimes": ["IRCANTEC"]}]


def test_the_paper_chosen_among_those_that_suffice(m: f.Monde, piece: Piece) -> None:
    piece = now(piece)
    piece.exigence.alternatives = ALTERNATIVES  # the published line does not change; what the service reads does
    depot = depots.annoncer_depot(acteur=m.mairie, piece=piece, nom="a.pdf", type="application/pdf", taille=len(PDF), alternative="un")
    put(storage.presign_put(depot), PDF)
    depots.confirmer(acteur=m.mairie, depot=depot)
    depots.controler(depot.pk)
    assert now(piece).alternative == "un"
    for code in ("deux", "trois"):
        with pytest.raises(DonneeInvalide) as wrong:
            depots.annoncer_depot(acteur=m.mairie, piece=piece, nom="a.pdf", type="application/pdf", taille=9, alternative=code)
        assert set(wrong.value.champs) == {"alternative"}, "of another régime, or unknown"


def test_two_senders_lose_nothing(m: f.Monde, piece: Piece) -> None:
    """The collectivité and the gestionnaire answer the same refusal."""
    refused(m, piece)
    ours, theirs = send(m, now(piece)), announce(m, now(piece))
    assert depots.controler(ours.pk) == EtatDepot.DISPONIBLE
    put(storage.presign_put(theirs), PDF)
    depots.confirmer(acteur=m.gestionnaire, depot=theirs)
    assert depots.controler(theirs.pk) == EtatDepot.DISPONIBLE
    assert [fresh(d).remplace_le for d in (ours, theirs)] == [None, None]
    assert now(piece).version == 2


def test_only_those_who_deposit_replace(m: f.Monde, piece: Piece) -> None:
    received(m, piece)
    for qui in ("mairie2", "payeur", "medecin", "assureur"):
        with pytest.raises(Refus):
            depots.annoncer_depot(acteur=m.people[qui], piece=now(piece), nom="x.pdf", type="application/pdf", taille=9, remplacer=True)
    assert Tache.objects.filter(sinistre=piece.sinistre, genre=GenreTache.CONTROLER_PIECES, fermee_le=None).count() == 1
