"""The gestionnaire de bulle: form and dates of a medical pièce, invoices; what leaves, what stays, what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from documents.annonces import Annonce
from documents.enums import EtatPiece, MotifRefusPiece
from documents.models import ExtraitAdministratif, Piece
from documents.selectors import extraits_du_sinistre
from documents.services.extraits import Extrait
from journal.models import Contenu, Entree
from medical.enums import Finalite
from medical.errors import OuvertureRequise
from medical.models import Facture, Fichier
from medical.services import controles, depots, factures
from tests import factories as f
from tests.dehors import dehors
from tests.medical.dossiers import SESSION, confie, declare, depose, facture_demandee, image, ouvert, piece_medicale

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]

JOUR = dt.date(2026, 3, 2)


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    sinistre = declare(m)
    ouvert(m.secretariat, sinistre, Finalite.CONTROLE)
    return sinistre


def decide(m: f.Monde, piece: Piece, **champs: object) -> Piece:
    return controles.decider(**({"acteur": m.secretariat, "piece": piece, "session": SESSION, "conforme": True} | champs))  # type: ignore[arg-type]


def to_check(piece: Piece) -> bool:
    return Tache.objects.filter(genre=GenreTache.CONTROLER_PIECE_MEDICALE, objet_id=piece.pk, fermee_le=None).exists()


def test_a_piece_found_conforme_lets_its_dates_out(m: f.Monde, sinistre: Sinistre) -> None:
    piece = piece_medicale(sinistre)
    depose(m.secretariat, piece, "canari-hernie.jpg")
    assert to_check(piece)
    decide(m, piece, extrait=Extrait(JOUR, JOUR, JOUR + dt.timedelta(days=14)))
    piece.refresh_from_db()
    assert piece.etat == EtatPiece.CONFORME and not to_check(piece)
    with dehors():
        extrait = extraits_du_sinistre(m.mairie, sinistre).get()
    assert (extrait.etabli_le, extrait.fin) == (JOUR, JOUR + dt.timedelta(days=14))
    decide(m, piece, extrait=Extrait(JOUR, JOUR, JOUR + dt.timedelta(days=14)))
    assert ExtraitAdministratif.objects.count() == 1, "the same dates twice are no correction"
    decide(m, piece, extrait=Extrait(JOUR))
    with dehors():
        assert extraits_du_sinistre(m.mairie, sinistre).get().corrige == extrait
    assert not any("canari" in str(contenu.donnees) for contenu in Contenu.objects.all())


def test_a_refusal_says_its_form_and_a_new_version_may_come(m: f.Monde, sinistre: Sinistre) -> None:
    piece = piece_medicale(sinistre)
    first = depose(m.secretariat, piece)
    with pytest.raises(DonneeInvalide) as refused:
        decide(m, piece, conforme=False, motif=MotifRefusPiece.ILLISIBLE, message="La fracture n’est pas lisible.")
    assert set(refused.value.champs) == {"message"} and "fracture" not in str(refused.value)
    decide(m, piece, conforme=False, motif=MotifRefusPiece.NON_SIGNEE, message="Il manque la signature.")
    piece.refresh_from_db()
    assert (piece.etat, piece.message_refus) == (EtatPiece.REFUSEE, "Il manque la signature.")
    second = depose(m.secretariat, piece, "bis.jpg", image("blue"))
    first.refresh_from_db()
    assert second.version == 2 and first.remplace_le is not None and to_check(piece)
    decide(m, piece)


def test_nothing_is_decided_before_a_file_can_be_looked_at(m: f.Monde, sinistre: Sinistre) -> None:
    piece = piece_medicale(sinistre)
    with pytest.raises(Erreur, match="pas encore arrivée"):
        decide(m, piece)
    octets = image()
    depots.deposer_pour_piece(acteur=m.secretariat, piece=piece, annonce=Annonce("a.jpg", "image/jpeg", len(octets)), morceaux=[octets])
    with pytest.raises(Erreur, match="pas terminé"):
        decide(m, piece)
    piece.refresh_from_db()
    assert piece.etat == EtatPiece.RECUE and not Entree.objects.filter(action="piece.conforme").exists()


def test_only_the_gestionnaire_de_bulle_and_after_telling_why(m: f.Monde, sinistre: Sinistre) -> None:
    piece = piece_medicale(sinistre)
    depose(m.secretariat, piece)
    confie(m, sinistre)
    ouvert(m.medecin, sinistre)
    for user in (m.medecin, m.expert, m.gestionnaire, m.mairie, m.psychologue):
        with pytest.raises(Refus):
            decide(m, piece, acteur=user)
    with pytest.raises(OuvertureRequise):
        decide(m, piece, session="b" * 40)


# -- invoices -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def facture(m: f.Monde, sinistre: Sinistre) -> Fichier:
    return depose(m.secretariat, facture_demandee(sinistre), "facture.jpg")


EXTRAIT = Extrait(etabli_le=JOUR, debut=JOUR, fin=JOUR, montant=Decimal("48.20"), tiers_payant=False)


def key(m: f.Monde, fichier: Fichier, **champs: object) -> Facture:
    valeurs = {
        "acteur": m.secretariat,
        "fichier": fichier,
        "session": SESSION,
        "praticien": "Dr Canari-praticien",
        "actes": "canari-acte",
        "extrait": EXTRAIT,
    }
    return factures.saisir(**(valeurs | champs))  # type: ignore[arg-type]


def test_an_invoice_leaves_its_amount_and_keeps_its_practitioner(m: f.Monde, sinistre: Sinistre, facture: Fichier) -> None:
    first = key(m, facture)
    assert first.extrait.montant == Decimal("48.20")
    with connection.cursor() as cursor:
        cursor.execute("SELECT praticien, actes FROM medical.medical_facture")
        assert b"anari" not in b"".join(map(bytes, cursor.fetchone()))
    assert not any("anari" in str(contenu.donnees) for contenu in Contenu.objects.all())
    piece = facture.piece
    assert piece is not None
    lue = factures.lire(acteur=m.secretariat, piece=piece, session=SESSION)[0]
    assert (lue.praticien, lue.actes, lue.corrigee) == ("Dr Canari-praticien", "canari-acte", False)
    assert Entree.objects.filter(action="facture_medicale.lue", acteur_id=m.secretariat.pk).count() == 1


def test_a_corrected_invoice_is_a_new_one(m: f.Monde, sinistre: Sinistre, facture: Fichier) -> None:
    first = key(m, facture)
    second = key(m, facture, extrait=Extrait(JOUR, montant=Decimal("52.00"), tiers_payant=True), corrige=first)
    with pytest.raises(Erreur, match="déjà été corrigé"):
        key(m, facture, corrige=first)
    other = key(m, facture, extrait=Extrait(JOUR, montant=Decimal("10.00"), tiers_payant=False))
    assert second.extrait.corrige == first.extrait
    assert facture.piece is not None
    lues = factures.lire(acteur=m.secretariat, piece=facture.piece, session=SESSION)
    assert [(lue.facture, lue.corrigee) for lue in lues] == [(first, True), (second, False), (other, False)]
    with dehors():
        montants = {extrait.montant for extrait in extraits_du_sinistre(m.gestionnaire, sinistre)}
    assert montants == {Decimal("52.00"), Decimal("10.00")}
    decide(m, facture.piece, extrait=Extrait(JOUR))
    with dehors():
        assert extraits_du_sinistre(m.gestionnaire, sinistre).count() == 3, "dates of the pièce correct no invoice"


def test_the_dossier_s_medecin_reads_invoices_and_nobody_else_outside(m: f.Monde, sinistre: Sinistre, facture: Fichier) -> None:
    key(m, facture)
    confie(m, sinistre)
    ouvert(m.medecin, sinistre)
    assert len(factures.lire_du_dossier(acteur=m.medecin, sinistre=sinistre, session=SESSION)) == 1
    for user in (m.secretariat, m.expert, m.gestionnaire, m.psychologue):
        with pytest.raises(Refus):
            factures.lire_du_dossier(acteur=user, sinistre=sinistre, session=SESSION)
    assert facture.piece is not None
    for user in (m.medecin, m.expert, m.gestionnaire):
        with pytest.raises(Refus):
            factures.lire(acteur=user, piece=facture.piece, session=SESSION)
        with pytest.raises(Refus):
            key(m, facture, acteur=user)


@pytest.mark.parametrize(
    ("champs", "fautifs"),
    [
        ({"praticien": " "}, {"praticien"}),
        ({"praticien": "x" * 201}, {"praticien"}),
        ({"actes": "x" * 2001}, {"actes"}),
        ({"extrait": Extrait()}, {"etabli_le", "montant", "tiers_payant"}),
        ({"extrait": Extrait(JOUR, montant=Decimal("-1"), tiers_payant=True)}, {"montant"}),
        ({"extrait": Extrait(JOUR, JOUR, JOUR - dt.timedelta(days=1), Decimal("1"), True)}, {"fin"}),
    ],
)
def test_a_wrong_invoice_says_where(m: f.Monde, facture: Fichier, champs: dict[str, object], fautifs: set[str]) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        key(m, facture, **champs)
    assert set(refused.value.champs) == fautifs
    assert not Facture.objects.exists() and not ExtraitAdministratif.objects.exists()


def test_a_certificate_is_no_invoice(m: f.Monde, sinistre: Sinistre) -> None:
    with pytest.raises(Erreur, match="pas une facture"):
        key(m, depose(m.secretariat, piece_medicale(sinistre)))
