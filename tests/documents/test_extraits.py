"""What leaves the bulle of a medical pièce: conforme or refused, dates and amounts; who writes it, who reads it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from contracts.enums import Nature
from documents.enums import EtatPiece, MotifRefusPiece
from documents.models import ExtraitAdministratif, Piece
from documents.selectors import extraits_du_sinistre
from documents.services.decisions import MOTIFS_MEDICAUX, decider_medicale
from documents.services.extraits import Extrait, extraire
from journal.models import Entree, Evenement
from tests import factories as f
from tests.dehors import dehors

JOUR = dt.date(2026, 3, 2)

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    with dehors():
        return f.sinistre(m, Nature.AS)


@pytest.fixture
def piece(sinistre: Sinistre) -> Piece:
    """The certificat médical initial, as if its file had come."""
    Piece.objects.filter(sinistre=sinistre, visibilite="M").update(etat=EtatPiece.A_CONTROLER, recue_le=timezone.now())
    return Piece.objects.select_related("sinistre").get(sinistre=sinistre, visibilite="M")


def test_a_conforme_medical_piece_is_so_outside(m: f.Monde, piece: Piece) -> None:
    decider_medicale(acteur=m.secretariat, piece=piece, conforme=True)
    decider_medicale(acteur=m.secretariat, piece=piece, conforme=True)
    piece.refresh_from_db()
    assert (piece.etat, piece.decidee_par) == (EtatPiece.CONFORME, m.secretariat)
    assert Entree.objects.filter(action="piece.conforme", objet_id=piece.pk).count() == 1
    assert Evenement.objects.filter(type="piece.conforme", objet_id=piece.pk).count() == 1


def test_a_refusal_says_its_form_and_nothing_else(m: f.Monde, piece: Piece) -> None:
    for motif in ("", "BOF", MotifRefusPiece.VOLET_1):
        with pytest.raises(DonneeInvalide):
            decider_medicale(acteur=m.secretariat, piece=piece, conforme=False, motif=motif)
    for motif in MOTIFS_MEDICAUX:
        decider_medicale(acteur=m.secretariat, piece=piece, conforme=False, motif=motif, message=" La date est coupée. ")
        piece.refresh_from_db()
        assert (piece.etat, piece.motif_refus, piece.message_refus) == (EtatPiece.REFUSEE, motif, "La date est coupée.")


def test_only_the_gestionnaire_de_bulle_decides_and_only_of_what_came(m: f.Monde, sinistre: Sinistre, piece: Piece) -> None:
    for acteur in (m.medecin, m.expert, m.gestionnaire, m.responsable, m.mairie, m.psychologue):
        with pytest.raises(Refus):
            decider_medicale(acteur=acteur, piece=piece, conforme=True)
        with pytest.raises(Refus):
            extraire(acteur=acteur, piece=piece, extrait=Extrait(etabli_le=JOUR))
    certificat = Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="certificat")
    with pytest.raises(Erreur, match="pas médicale"):
        decider_medicale(acteur=m.secretariat, piece=certificat, conforme=True)
    with pytest.raises(Erreur, match="médicale"):
        extraire(acteur=m.secretariat, piece=certificat, extrait=Extrait(etabli_le=JOUR))
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.DEMANDEE)
    with pytest.raises(Erreur, match="pas encore arrivée"):
        decider_medicale(acteur=m.secretariat, piece=piece, conforme=True)
    assert not ExtraitAdministratif.objects.exists()


def test_a_correction_is_a_new_row_that_names_the_old_one(m: f.Monde, sinistre: Sinistre, piece: Piece) -> None:
    first = extraire(acteur=m.secretariat, piece=piece, extrait=Extrait(JOUR, JOUR, JOUR + dt.timedelta(days=9), Decimal("25.00"), True))
    second = extraire(acteur=m.secretariat, piece=piece, extrait=Extrait(JOUR, montant=Decimal("26.50")), corrige=first)
    with pytest.raises(Erreur, match="déjà été corrigé"):
        extraire(acteur=m.secretariat, piece=piece, extrait=Extrait(JOUR), corrige=first)
    with dehors():
        for user in (m.gestionnaire, m.mairie, m.secretariat):
            assert list(extraits_du_sinistre(user, sinistre)) == [second]
        for user in (m.mairie2, m.payeur, m.psychologue, m.expert, m.assureur):
            assert not extraits_du_sinistre(user, sinistre).exists()
    first.refresh_from_db()
    assert first.montant == Decimal("25.00"), "an amount is never edited"
    assert Entree.objects.get(action="extrait.corrige").contenu.donnees["montant"] == "26.50"


@pytest.mark.parametrize(
    ("extrait", "champ"),
    [
        (Extrait(), "etabli_le"),
        (Extrait(tiers_payant=True), "etabli_le"),
        (Extrait(debut=JOUR, fin=JOUR - dt.timedelta(days=1)), "fin"),
        (Extrait(fin=JOUR), "debut"),
        (Extrait(etabli_le=dt.date(2999, 1, 1)), "etabli_le"),
        (Extrait(montant=Decimal("0")), "montant"),
        (Extrait(montant=Decimal("-3")), "montant"),
        (Extrait(montant=Decimal("1e9")), "montant"),
        (Extrait(montant=Decimal("1.005")), "montant"),
    ],
)
def test_a_wrong_extract_says_where(m: f.Monde, piece: Piece, extrait: Extrait, champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        extraire(acteur=m.secretariat, piece=piece, extrait=extrait)
    assert set(refused.value.champs) == {champ}
