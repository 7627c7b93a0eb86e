"""What follows when the pièces of a sinistre move: those it needs, those nobody waits for any more, the work items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.enums import A_RELANCER, GenreEcheance, GenreTache
from cases.models import Sinistre
from cases.services import echeances, taches
from contracts.enums import Nature
from documents import evaluation
from documents.attentes import DUES, EN_VIGUEUR
from documents.enums import EtatPiece, Stade, Visibilite
from documents.models import Piece
from journal.services import annoncer

CERTIFICATE_STAGES = (Stade.DECLARATION, Stade.PROLONGATION, Stade.RECHUTE, Stade.DECES)
"""What a period needs to be validated even when nothing is payable."""

TO_VALIDATE = (*CERTIFICATE_STAGES, Stade.VALIDATION, Stade.REMBOURSEMENT)
"""Frais médicaux and recours go their own way (domain: §1.4, §4.5): their pièces are asked for and hold back no indemnity. Those of the
clôture hold back the clôture alone."""


def stages_to_validate(nature: str) -> tuple[Stade, ...]:
    """The stages whose required pièces the validation of what is payable waits for."""
    return (*TO_VALIDATE, Stade.FRAIS) if nature == Nature.FM else TO_VALIDATE


@dataclass(frozen=True)
class Changement:
    """What an evaluation changed: pièces newly asked, no longer asked, asked again, and asked by another line of the list."""

    ajoutees: tuple[Piece, ...] = ()
    retirees: tuple[Piece, ...] = ()
    redemandees: tuple[Piece, ...] = ()
    reecrites: tuple[Piece, ...] = ()

    @property
    def gagnees(self) -> tuple[Piece, ...]:
        """What is asked that was not."""
        return (*self.ajoutees, *self.redemandees)

    @property
    def rien(self) -> bool:
        return not (self.gagnees or self.retirees or self.reecrites)


def reevaluer(sinistre: Sinistre) -> Changement:
    """Bring the pièces of a sinistre in line with its list, its arrêts and what was said of it. In one statement.

    What is expected and not there is asked for. What is owed and expected no more becomes « sans objet », and is asked for again if it
    applies again; what was received stays. At the first call the sinistre is pinned to the list of its survenance.

    A required pièce newly asked of a dossier that is under way is told to the collectivité, and starts the clock of its reminders unless
    it runs. The caller holds the lock of the sinistre, inside its transaction, and calls `follow` once all has moved.
    """
    moves: dict[str, list[Piece]] = {"ajoutee": [], "retiree": [], "redemandee": [], "reecrite": []}
    for mouvement, piece in evaluation.apply(sinistre.pk, timezone.now()):
        moves[mouvement].append(piece)
    changement = Changement(*(tuple(pieces) for pieces in moves.values()))
    if any(p.est_medicale and p.est_attendue for p in (*changement.gagnees, *changement.reecrites)):
        taches.ouvrir(genre=GenreTache.RECEVOIR_PIECE_MEDICALE, sinistre=sinistre, departement=sinistre.collectivite.departement)
    if any(p.est_attendue for p in changement.gagnees):
        attendre(sinistre)
    return changement


def attendre(sinistre: Sinistre) -> None:
    """Ask the collectivité for what it owes: at once, then by reminders; nothing while the CDG mediates, nor after the end."""
    if sinistre.etat not in A_RELANCER:
        return
    echeances.attendre_pieces(sinistre=sinistre)
    annoncer(type="pieces.attendues", objet_type="sinistre", objet_id=sinistre.pk, sinistre_id=sinistre.pk)


def owes(sinistre: Sinistre) -> bool:
    """Whether a required pièce has not come, or was refused."""
    return Piece.objects.filter(DUES, sinistre=sinistre).exists()


def asked(sinistre: Sinistre) -> QuerySet[Piece]:
    """The pièces of a sinistre that still have an object: neither « sans objet », nor those of an arrêt that was set aside."""
    return Piece.objects.filter(EN_VIGUEUR, sinistre=sinistre).exclude(etat=EtatPiece.SANS_OBJET)


def missing(sinistre: Sinistre, *, stades: Sequence[str], arret_ids: list[int] | None = None) -> list[Piece]:
    """Required pièces of these stages that are not conformes: those of the whole sinistre, and those of the given arrêts (all without)."""
    attendues = asked(sinistre).filter(requise=True, stade__in=stades).exclude(etat=EtatPiece.CONFORME)
    if arret_ids is not None:
        attendues = attendues.filter(Q(arret__isnull=True) | Q(arret_id__in=arret_ids))
    return list(attendues.order_by("exigence__ordre", "pk"))


def follow(sinistre: Sinistre) -> None:
    """Bring the work items in line with the pièces: something to check, everything conforme, medical paper awaited."""
    pieces = list(asked(sinistre).only("etat", "requise", "visibilite", "stade"))
    departement = sinistre.collectivite.departement
    if any(p.etat == EtatPiece.A_CONTROLER and not p.est_medicale for p in pieces):
        taches.ouvrir(genre=GenreTache.CONTROLER_PIECES, sinistre=sinistre, departement=departement)
    else:
        taches.fermer(sinistre=sinistre, genres=[GenreTache.CONTROLER_PIECES], issue="controlees")
    owed = [p for p in pieces if p.requise and p.etat != EtatPiece.CONFORME]
    if not owed and pieces:
        taches.fermer(sinistre=sinistre, genres=[GenreTache.RELANCER], issue="pieces_recues")
        echeances.lever(sinistre=sinistre, genres=[GenreEcheance.PIECES_ATTENDUES])
    stades = stages_to_validate(sinistre.nature)
    if pieces and not any(p.stade in stades for p in owed):
        if sinistre.etat in ("DECLARE", "PIECES_EN_ATTENTE", "ROUVERT"):
            taches.ouvrir(genre=GenreTache.VALIDER, sinistre=sinistre, departement=departement)
    else:
        taches.fermer(sinistre=sinistre, genres=[GenreTache.VALIDER], issue="piece_manquante")
    if not any(p.visibilite == Visibilite.M and p.est_attendue for p in owed):
        taches.fermer(sinistre=sinistre, genres=[GenreTache.RECEVOIR_PIECE_MEDICALE], issue="recues")
