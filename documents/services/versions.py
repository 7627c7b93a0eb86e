"""Versions of a pièce's files: which one a new file belongs to, and what becomes of the pièce when a file arrives or is set aside.

A file carries the number of the version it is meant for from its announcement; the pièce moves to that version when the first of its
files is available, never before: a new version that fails leaves the one before in its place.
"""

from __future__ import annotations

from django.utils import timezone

from cases.errors import DonneeInvalide
from cases.models import Sinistre
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, Piece
from documents.services.checklist import follow
from journal.services import annoncer

OWED = (EtatPiece.DEMANDEE, EtatPiece.REFUSEE)


def meant_for(piece: Piece, *, remplacer: bool, version_vue: int | None) -> int:
    """The version a file announced now belongs to.

    After a refusal, or to replace files not yet decided upon, the next one; else the current one. `version_vue` is the version that the
    sender saw when he chose to replace: the second page he sends joins the first, whatever has become of it meanwhile.
    """
    if remplacer and piece.etat != EtatPiece.DEMANDEE:
        vue = piece.version if version_vue is None else version_vue
        return min(max(vue, piece.version - 1), piece.version) + 1
    refused = piece.motif_refus != "" and piece.etat in (EtatPiece.REFUSEE, EtatPiece.RECUE)
    if refused and Depot.objects.filter(piece=piece, version=piece.version, etat=EtatDepot.DISPONIBLE).exists():
        return piece.version + 1
    return piece.version


def check_alternative(piece: Piece, code: str) -> None:
    """Raises DonneeInvalide unless `code` (or nothing) is one of the papers of which one suffices, for this régime."""
    if not code:
        return
    regime = piece.sinistre.regime
    if not any(une["code"] == code and regime in (une.get("regimes") or [regime]) for une in piece.exigence.alternatives):
        raise DonneeInvalide.sur("alternative", "Choisissez l’un des documents proposés pour cette pièce.")


def on_its_way(piece_id: int) -> None:
    """A file of an owed pièce is there, under check. The refusal's reason stays until something available replaces it."""
    Piece.objects.filter(pk=piece_id, etat__in=OWED).update(etat=EtatPiece.RECUE, recue_le=timezone.now())


def available(depot: Depot, sinistre: Sinistre) -> None:
    """A file is available: its pièce is to be checked. One found conforme meanwhile stays so; so does one that a newer version answers."""
    piece, now = depot.piece, timezone.now()
    assert piece is not None
    if piece.etat in (EtatPiece.CONFORME, EtatPiece.SANS_OBJET):
        return
    if depot.version < piece.version:
        Depot.objects.filter(pk=depot.pk).update(remplace_le=now)
        return
    if depot.version > piece.version:
        Depot.objects.filter(piece=piece, version__lt=depot.version, remplace_le__isnull=True).update(remplace_le=now)
    change = {"alternative": depot.alternative} if depot.alternative else {}
    Piece.objects.filter(pk=piece.pk).update(
        etat=EtatPiece.A_CONTROLER, version=depot.version, recue_le=now, sur_papier=False, motif_refus="", message_refus="", **change
    )
    follow(sinistre)
    annoncer(type="piece.deposee", objet_type="piece", objet_id=piece.pk, sinistre_id=sinistre.pk, donnees={"code": piece.code})


def set_aside(piece: Piece, sinistre: Sinistre) -> None:
    """A file was set aside. With no other on its way, its pièce is owed again, as refused as it was before."""
    if Depot.objects.filter(piece=piece, etat=EtatDepot.CONTROLE).exists():
        return
    before = EtatPiece.REFUSEE if piece.motif_refus else EtatPiece.DEMANDEE
    if Piece.objects.filter(pk=piece.pk, etat=EtatPiece.RECUE).update(etat=before, recue_le=None):
        follow(sinistre)
