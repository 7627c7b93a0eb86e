"""Decisions on pièces, and the work items and clocks that follow them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreEcheance, GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Echeance, Sinistre, Tache
from documents.enums import EtatPiece, MotifRefusPiece, Stade
from documents.models import Exigence, ListePieces, Piece
from documents.selectors import (
    piece_counts,
    piece_medicale_visible,
    piece_visible,
    pieces_attendues,
    pieces_medicales_attendues,
)
from documents.services import decisions
from documents.services.checklist import missing
from tests import factories as f
from workflows import lifecycle
from workflows.demande import Demande
from workflows.lifecycle import transiter

DAY = dt.timedelta(days=1)


def get_piece(sinistre: Sinistre, code: str) -> Piece:
    return Piece.objects.select_related("sinistre").get(sinistre=sinistre, code=code)


def received(piece: Piece) -> Piece:
    """As if its file had been checked."""
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.A_CONTROLER, recue_le=timezone.now())
    return piece


def accept_all(m: f.Monde, sinistre: Sinistre) -> None:
    for piece in Piece.objects.filter(sinistre=sinistre, requise=True).select_related("sinistre"):
        decisions.accepter(acteur=m.gestionnaire, piece=received(piece))


def open_tasks(sinistre: Sinistre) -> set[str]:
    return set(Tache.objects.filter(sinistre=sinistre, fermee_le=None).values_list("genre", flat=True))


def chased(sinistre: Sinistre) -> bool:
    return Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, levee_le=None, traitee_le=None).exists()


def test_everything_conforme_opens_the_validation(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    first, second = get_piece(sinistre, "certificat"), get_piece(sinistre, "arrete")
    for piece in (first, second):
        received(piece)
    decisions.accepter(acteur=m.gestionnaire, piece=first)
    assert open_tasks(sinistre) == {GenreTache.INSTRUIRE, GenreTache.CONTROLER_PIECES}
    decisions.accepter(acteur=m.gestionnaire, piece=second)
    assert open_tasks(sinistre) == {GenreTache.INSTRUIRE, GenreTache.VALIDER}
    assert piece_counts([sinistre.pk]) == {sinistre.pk: (2, 2)}


def test_changing_one_s_mind_closes_the_validation(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    accept_all(m, sinistre)
    assert GenreTache.VALIDER in open_tasks(sinistre)
    refused = decisions.refuser(acteur=m.gestionnaire2, piece=get_piece(sinistre, "arrete"), motif="NON_SIGNEE", message=" Signez-le. ")
    assert (refused.etat, refused.message_refus) == (EtatPiece.REFUSEE, "Signez-le.")
    assert GenreTache.VALIDER not in open_tasks(sinistre)
    assert [p.code for p in pieces_attendues(m.mairie)] == ["arrete"]
    decisions.accepter(acteur=m.gestionnaire, piece=get_piece(sinistre, "arrete"))
    assert GenreTache.VALIDER in open_tasks(sinistre)
    assert get_piece(sinistre, "arrete").motif_refus == ""


def test_a_prolongation_asks_again_before_the_validation(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    accept_all(m, sinistre)
    lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(sinistre.arrets.get().fin + DAY, 5))
    assert GenreTache.VALIDER not in open_tasks(sinistre)


def test_a_complete_dossier_is_chased_no_more(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    assert chased(sinistre)
    accept_all(m, sinistre)
    assert not chased(sinistre)
    decisions.refuser(acteur=m.gestionnaire, piece=get_piece(sinistre, "arrete"), motif="ILLISIBLE")
    assert chased(sinistre), "what was refused is owed again, with a delay of its own"


def test_pieces_that_came_during_a_mediation_are_looked_at_afterwards(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    refusal = Demande(motif="NON_JUSTIFIE", portee="SINISTRE")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=refusal)
    accept_all(m, sinistre)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="lever_refus", demande=Demande(commentaire="Pièces reçues"))
    assert open_tasks(sinistre) == {GenreTache.VALIDER}
    assert not chased(sinistre)


def test_nobody_waits_for_the_pieces_of_an_arret_set_aside(m: f.Monde) -> None:
    """A rechute sets aside the arrêts that start after it: their pièces are owed no more."""
    sinistre = f.sinistre(m, "AS", arret=f.arret_demande(jours=10))
    f.complete_pieces(sinistre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    first = sinistre.arrets.get()
    suite = f.arret_demande(first.fin + DAY, 10)
    transiter(acteur=m.mairie, numero=sinistre.numero, nom="prolonger", demande=Demande(arret=suite))
    demande = Demande(arret=f.arret_demande(first.fin, 15))
    f.complete_pieces(sinistre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    Piece.objects.filter(sinistre=sinistre, code="certificat-prolongation").update(etat=EtatPiece.REFUSEE, motif_refus="ILLISIBLE")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="rouvrir_rechute", demande=demande)
    assert not sinistre.arrets.get(debut=suite.debut).actif
    relapse = sinistre.arrets.get(genre="RECHUTE")
    assert {(p.code, p.arret_id) for p in missing(sinistre, stades=tuple(Stade))} == {
        ("certificat-rechute", relapse.pk),
        ("arrete", relapse.pk),
    }
    assert {p.arret_id for p in pieces_attendues(m.mairie)} == {relapse.pk}
    for piece in Piece.objects.filter(arret=relapse).select_related("sinistre"):
        decisions.accepter(acteur=m.gestionnaire, piece=received(piece))
    assert GenreTache.VALIDER in open_tasks(sinistre)


def test_what_can_t_be_decided(m: f.Monde) -> None:
    sinistre = f.sinistre(m, "AS")
    with pytest.raises(Erreur, match="pas encore arrivée"):
        decisions.accepter(acteur=m.gestionnaire, piece=get_piece(sinistre, "arrete"))
    with pytest.raises(DonneeInvalide):
        decisions.refuser(acteur=m.gestionnaire, piece=received(get_piece(sinistre, "arrete")), motif="MOCHE")
    medical = received(get_piece(sinistre, "certificat-medical-initial"))
    for decide in (decisions.accepter, lambda **a: decisions.refuser(motif=MotifRefusPiece.ILLISIBLE, **a)):
        with pytest.raises(Erreur, match="bulle"):
            decide(acteur=m.gestionnaire, piece=medical)
    for qui in ("mairie", "mairie2", "payeur", "medecin", "assureur", "secretariat", "admin"):
        with pytest.raises(Refus):
            decisions.accepter(acteur=m.people[qui], piece=get_piece(sinistre, "arrete"))


def test_deciding_twice_is_deciding_once(m: f.Monde) -> None:
    piece = received(get_piece(f.sinistre(m), "arrete"))
    first = decisions.accepter(acteur=m.gestionnaire, piece=piece)
    assert decisions.accepter(acteur=m.gestionnaire2, piece=piece).decidee_par == first.decidee_par


def test_medical_paper_is_marked_by_the_bulle_alone(m: f.Monde) -> None:
    sinistre = f.sinistre(m, "AS")
    medical = get_piece(sinistre, "certificat-medical-initial")
    assert list(pieces_medicales_attendues(m.secretariat)) == [medical]
    assert piece_medicale_visible(m.secretariat, medical.pk) == medical
    for qui in ("gestionnaire", "responsable", "medecin", "mairie", "admin", "payeur"):
        with pytest.raises(Refus):
            decisions.recevoir_sur_papier(acteur=m.people[qui], piece=medical)
        assert not pieces_medicales_attendues(m.people[qui]).exists()
        with pytest.raises(Piece.DoesNotExist):
            piece_medicale_visible(m.people[qui], medical.pk)
    with pytest.raises(Erreur, match="médicale"):
        decisions.recevoir_sur_papier(acteur=m.secretariat, piece=get_piece(sinistre, "arrete"))
    for _ in range(2):
        assert decisions.recevoir_sur_papier(acteur=m.secretariat, piece=medical).etat == EtatPiece.CONFORME
    assert GenreTache.RECEVOIR_PIECE_MEDICALE not in open_tasks(sinistre)


def test_a_foreign_piece_is_unknown(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    piece = get_piece(sinistre, "arrete")
    other = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    assert piece_visible(m.mairie, sinistre.numero, piece.pk) == piece
    for user, numero in ((m.mairie2, sinistre.numero), (m.gestionnaire, other.numero)):
        with pytest.raises(Piece.DoesNotExist):
            piece_visible(user, numero, piece.pk)
    assert not pieces_attendues(m.mairie2).filter(sinistre=sinistre).exists()
    assert not pieces_attendues(m.gestionnaire).exists(), "the CDG owes nothing"


def test_the_list_of_the_contract_comes_before_that_of_the_cdg(m: f.Monde) -> None:
    own = ListePieces.objects.create(contrat=m.contrat, version=1, debut=dt.date(2020, 1, 1), libelle="Liste du contrat")
    Exigence.objects.create(
        liste=own, code="rib", libelle="RIB", natures=["CMO"], regimes=["CNRACL"], stade=Stade.DECLARATION, visibilite="A"
    )
    foreign = ListePieces.objects.create(contrat=f.contrat(), version=1, debut=dt.date(2020, 1, 1), libelle="Autre")
    Exigence.objects.create(
        liste=foreign, code="autre", libelle="Autre", natures=["CMO"], regimes=["CNRACL"], stade=Stade.DECLARATION, visibilite="A"
    )
    for liste in (own, foreign):
        f.publish(liste)
    assert [p.code for p in f.sinistre(m).pieces.all()] == ["rib"]
    own.fin = dt.date(2020, 12, 31)
    own.save()
    other = f.sinistre(m, de=f.agent(m.collectivite))
    assert {p.code for p in other.pieces.all()} == {"certificat", "arrete"}


def test_a_decision_has_an_author_and_a_refusal_its_motive(m: f.Monde) -> None:
    piece = get_piece(f.sinistre(m), "arrete")
    with pytest.raises(IntegrityError, match="piece_decidee_par"), transaction.atomic():
        Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.CONFORME)
    decisions.refuser(acteur=m.gestionnaire, piece=received(piece), motif="ILLISIBLE")
    with pytest.raises(IntegrityError, match="piece_refusee_motivee"), transaction.atomic():
        Piece.objects.filter(pk=piece.pk).update(motif_refus="")
    for same in (piece, get_piece(f.sinistre(m, "AS", de=f.agent(m.collectivite)), "certificat-medical-initial")):
        with pytest.raises(IntegrityError, match="piece_unique"), transaction.atomic():
            Piece.objects.create(
                sinistre=same.sinistre,
                arret=same.arret,
                exigence=same.exigence,
                code=same.code,
                libelle="x",
                stade=same.stade,
                visibilite="A",
            )
