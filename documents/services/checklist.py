"""Which pièces a sinistre needs: rows made from the list in force, and what follows when they move."""

from __future__ import annotations

from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone

from cases.enums import GenreArret, GenreEcheance, GenreTache
from cases.models import Arret, Sinistre
from cases.services import echeances, taches
from documents.enums import EtatPiece, Stade, Visibilite
from documents.models import Exigence, ListePieces, Piece

STADES_OF: dict[str, tuple[Stade, ...]] = {
    GenreArret.INITIAL: (Stade.DECLARATION, Stade.VALIDATION, Stade.REMBOURSEMENT),
    GenreArret.PROLONGATION: (Stade.PROLONGATION, Stade.REMBOURSEMENT),
    GenreArret.RECHUTE: (Stade.RECHUTE, Stade.VALIDATION, Stade.REMBOURSEMENT),
    GenreArret.TPT: (Stade.DECLARATION, Stade.REMBOURSEMENT),
}
"""The stages at which a new arrêt of each kind asks for pièces."""


def liste_en_vigueur(sinistre: Sinistre) -> QuerySet[ListePieces]:
    """The list that applies, alone: the contract's own when it has one on the day of survenance, else the CDG's."""
    return (
        ListePieces.objects.en_vigueur(sinistre.survenance)
        .filter(Q(contrat_id=sinistre.contrat_id) | Q(contrat__isnull=True))
        .order_by("contrat_id", "-version")[:1]  # NULLs come last: the contract's own list first
    )


def instancier(*, sinistre: Sinistre, arret: Arret | None, genre: str = GenreArret.INITIAL) -> list[Piece]:
    """Ask for the pièces that a new arrêt (or, without one, the bare declaration) requires. Rows that exist are left alone.

    The caller holds the lock of the sinistre, inside its transaction.
    """
    exigences = Exigence.objects.filter(
        liste=Subquery(liste_en_vigueur(sinistre).values("pk")),
        natures__contains=[sinistre.nature],
        regimes__contains=[sinistre.regime],
        stade__in=STADES_OF[genre],
    )
    now = timezone.now()
    pieces = [
        Piece(
            sinistre=sinistre,
            arret=arret if exigence.par_periode else None,
            exigence=exigence,
            code=exigence.code,
            libelle=exigence.libelle,
            stade=exigence.stade,
            visibilite=exigence.visibilite,
            requise=exigence.requise,
            demandee_le=now,
        )
        for exigence in exigences
    ]
    Piece.objects.bulk_create(pieces, ignore_conflicts=True)
    if any(piece.visibilite == Visibilite.M for piece in pieces):
        taches.ouvrir(genre=GenreTache.RECEVOIR_PIECE_MEDICALE, sinistre=sinistre, departement=sinistre.collectivite.departement)
    return pieces


def asked(sinistre: Sinistre) -> QuerySet[Piece]:
    """The pièces of a sinistre that still have an object: nobody waits for those of an arrêt that was set aside."""
    return Piece.objects.filter(Q(arret__isnull=True) | Q(arret__actif=True), sinistre=sinistre)


def missing(sinistre: Sinistre, *, stades: tuple[str, ...], arret_ids: list[int] | None = None) -> list[Piece]:
    """Required pièces of these stages that are not conformes: those of the whole sinistre, and those of the given arrêts (all without)."""
    attendues = asked(sinistre).filter(requise=True, stade__in=stades).exclude(etat=EtatPiece.CONFORME)
    if arret_ids is not None:
        attendues = attendues.filter(Q(arret__isnull=True) | Q(arret_id__in=arret_ids))
    return list(attendues.order_by("exigence__ordre", "pk"))


def follow(sinistre: Sinistre) -> None:
    """Bring the work items in line with the pièces: something to check, everything conforme, medical paper awaited."""
    etats = list(asked(sinistre).only("etat", "requise", "visibilite"))
    departement = sinistre.collectivite.departement
    if any(p.etat == EtatPiece.A_CONTROLER for p in etats):
        taches.ouvrir(genre=GenreTache.CONTROLER_PIECES, sinistre=sinistre, departement=departement)
    else:
        taches.fermer(sinistre=sinistre, genres=[GenreTache.CONTROLER_PIECES], issue="controlees")
    owed = [p for p in etats if p.requise and p.etat != EtatPiece.CONFORME]
    if not owed and etats:
        taches.fermer(sinistre=sinistre, genres=[GenreTache.RELANCER], issue="pieces_recues")
        echeances.lever(sinistre=sinistre, genres=[GenreEcheance.PIECES_ATTENDUES])
        if sinistre.etat in ("DECLARE", "PIECES_EN_ATTENTE", "ROUVERT"):
            taches.ouvrir(genre=GenreTache.VALIDER, sinistre=sinistre, departement=departement)
    else:
        taches.fermer(sinistre=sinistre, genres=[GenreTache.VALIDER], issue="piece_manquante")
    if not any(p.visibilite == Visibilite.M for p in owed):
        taches.fermer(sinistre=sinistre, genres=[GenreTache.RECEVOIR_PIECE_MEDICALE], issue="recues")
