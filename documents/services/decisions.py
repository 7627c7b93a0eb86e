"""What people decide of a pièce: conforme, refused, received on paper."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import A_RELANCER
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.services import echeances
from documents.enums import EtatPiece, MotifRefusPiece
from documents.models import Piece
from documents.services.checklist import follow
from journal.services import annoncer, consigner


def accepter(*, acteur: User, piece: Piece) -> Piece:
    """Find a pièce conforme. Raises Refus, or Erreur when there is nothing to look at."""
    return _decide(acteur, piece, EtatPiece.CONFORME, "", "")


def refuser(*, acteur: User, piece: Piece, motif: str, message: str = "") -> Piece:
    """Refuse a pièce with a motive of the list; the collectivité reads `message` exactly as written."""
    if motif not in MotifRefusPiece.values:
        raise DonneeInvalide.sur("motif", "Choisissez un motif de la liste.")
    return _decide(acteur, piece, EtatPiece.REFUSEE, motif, message.strip()[:500])


def _decide(acteur: User, piece: Piece, etat: EtatPiece, motif: str, message: str) -> Piece:
    exiger(acteur, "piece_decider", piece.sinistre)
    with transaction.atomic():
        sinistre = _lock(piece)
        fresh = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
        if fresh.est_medicale:
            raise Erreur("Une pièce médicale se contrôle dans la bulle.")
        if fresh.etat == EtatPiece.DEMANDEE:
            raise Erreur("Cette pièce n’est pas encore arrivée.")
        if fresh.etat == etat and fresh.motif_refus == motif:
            return fresh
        if fresh.etat == EtatPiece.REFUSEE and fresh.motif_refus == MotifRefusPiece.VOLET_1 and etat == EtatPiece.CONFORME:
            raise Erreur("Son document a été envoyé dans la bulle : attendez celui qui doit le remplacer.")
        _conclude(fresh, sinistre, acteur, etat, motif, message)
    return fresh


def recevoir_sur_papier(*, acteur: User, piece: Piece) -> Piece:
    """A medical pièce has reached the gestionnaire de bulle on paper and is conforme: nothing else of it is kept here.

    Raises Refus for anybody else, Erreur for a pièce that is not medical.
    """
    exiger(acteur, "piece_medicale_marquer", piece.sinistre)
    if not piece.est_medicale:
        raise Erreur("Seule une pièce médicale se reçoit ainsi.")
    with transaction.atomic():
        sinistre = _lock(piece)
        fresh = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
        if fresh.etat == EtatPiece.CONFORME:
            return fresh
        fresh.sur_papier, fresh.recue_le = True, timezone.now()
        _write(fresh, acteur, EtatPiece.CONFORME, "", "", "sur_papier", "recue_le")
        follow(sinistre)
        consigner(
            acteur=acteur,
            action="piece.recue_sur_papier",
            objet_type="piece",
            objet_id=fresh.pk,
            sinistre_id=sinistre.pk,
            donnees={"code": fresh.code, "libelle": fresh.libelle},
        )
        annoncer(type="piece.conforme", objet_type="piece", objet_id=fresh.pk, sinistre_id=sinistre.pk, donnees={"code": fresh.code})
    return fresh


MOTIFS_MEDICAUX: tuple[MotifRefusPiece, ...] = (
    MotifRefusPiece.ILLISIBLE,
    MotifRefusPiece.INCOMPLETE,
    MotifRefusPiece.AUTRE_AGENT,
    MotifRefusPiece.AUTRE_PERIODE,
    MotifRefusPiece.MAUVAISE_PIECE,
    MotifRefusPiece.NON_SIGNEE,
)
"""What may be said outside of a medical pièce that is refused: its form, never its content."""


def decider_medicale(*, acteur: User, piece: Piece, conforme: bool, motif: str = "", message: str = "") -> Piece:
    """The gestionnaire de bulle has checked form and dates of a medical pièce: conforme, or refused with a motive of MOTIFS_MEDICAUX.

    What leaves is this state, the motive, and `message`, which the collectivité reads as it stands. Raises Refus, DonneeInvalide, or
    Erreur when the pièce has not arrived or is not medical.
    """
    exiger(acteur, "piece_medicale_controler", piece.sinistre)
    if not conforme and motif not in MOTIFS_MEDICAUX:
        raise DonneeInvalide.sur("motif", "Choisissez un motif de la liste.")
    etat = EtatPiece.CONFORME if conforme else EtatPiece.REFUSEE
    motif, message = ("", "") if conforme else (motif, message.strip()[:500])
    with transaction.atomic():
        sinistre = _lock(piece)
        fresh = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
        if not fresh.est_medicale:
            raise Erreur("Cette pièce n’est pas médicale : elle se contrôle au dossier.")
        if fresh.etat in (EtatPiece.DEMANDEE, EtatPiece.SANS_OBJET):
            raise Erreur("Cette pièce n’est pas encore arrivée.")
        if (fresh.etat, fresh.motif_refus, fresh.message_refus) == (etat, motif, message):
            return fresh
        _conclude(fresh, sinistre, acteur, etat, motif, message)
    return fresh


def _lock(piece: Piece) -> Sinistre:
    return Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=piece.sinistre_id)


def _conclude(piece: Piece, sinistre: Sinistre, acteur: User, etat: EtatPiece, motif: str, message: str) -> None:
    """Write a decision, wait anew for what is refused, and tell it. Inside the caller's transaction, both rows locked."""
    _write(piece, acteur, etat, motif, message)
    if etat == EtatPiece.REFUSEE and piece.requise and sinistre.etat in A_RELANCER:
        echeances.attendre_pieces(sinistre=sinistre)
    follow(sinistre)
    action = "piece.conforme" if etat == EtatPiece.CONFORME else "piece.refusee"
    consigner(
        acteur=acteur,
        action=action,
        objet_type="piece",
        objet_id=piece.pk,
        sinistre_id=sinistre.pk,
        motif=MotifRefusPiece(motif).label if motif else "",
        donnees={"code": piece.code, "libelle": piece.libelle, "message": message},
    )
    annoncer(type=action, objet_type="piece", objet_id=piece.pk, sinistre_id=sinistre.pk, donnees={"code": piece.code})


def _write(piece: Piece, acteur: User, etat: EtatPiece, motif: str, message: str, *more: str) -> None:
    piece.etat, piece.motif_refus, piece.message_refus = etat, motif, message
    piece.decidee_par, piece.decidee_le = acteur, timezone.now()
    piece.save(update_fields=["etat", "motif_refus", "message_refus", "decidee_par", "decidee_le", *more])
