"""« Volet 1 » received by mistake: a medical document among the administrative ones leaves them in one act.

From that instant nobody outside gets an address for it, its name is gone, and the pièce is owed again. The bytes are moved by the bulle's
own worker, which alone may write there; it then calls `storage.effacer`. An address handed out before lives sixty seconds at most.
"""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as KombuOperationalError

from accounts.gate import exiger
from accounts.models import User
from cases.enums import A_RELANCER, GenreTache
from cases.errors import Erreur
from cases.models import Sinistre
from cases.services import echeances, taches
from documents import storage
from documents.enums import EtatDepot, EtatPiece, MotifRefusPiece
from documents.models import Courrier, Depot, Piece
from documents.services.checklist import follow
from journal.services import annoncer, consigner

logger = logging.getLogger(__name__)

NOM = "document reclassé"
MESSAGE = (
    "Ce document comporte des informations médicales : il a été placé sous le secret médical et nous ne l’avons plus. "
    "Envoyez-nous le volet destiné à l’employeur."
)


def reclasser(*, acteur: User, depot: Depot) -> Depot:
    """Send into the bulle a file that should never have come. Doing it twice changes nothing.

    No reason is asked: whatever was typed would stay outside. Raises Refus, or Erreur for a file that nobody can read yet, or any more.
    """
    _require(acteur, depot)
    with transaction.atomic():
        sinistre = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").filter(pieces__depots=depot.pk).first()
        Depot.objects.select_for_update(of=("self",)).values_list("pk").get(pk=depot.pk)
        fresh = Depot.objects.select_related("piece").get(pk=depot.pk)
        if (fresh.piece is None) != (sinistre is None):
            raise Erreur("Ce courrier vient d’être classé : ouvrez le dossier.")
        if fresh.etat == EtatDepot.RECLASSE:
            return fresh
        if fresh.etat != EtatDepot.DISPONIBLE:
            raise Erreur("Personne ne peut lire ce fichier : écarté, ou en cours de contrôle. Il n’y a rien à reclasser pour l’instant.")
        _leave(fresh, acteur)
        if fresh.piece is not None and sinistre is not None:
            _ask_again(fresh, fresh.piece, sinistre, acteur)
        taches.ouvrir(
            genre=GenreTache.RECLASSER_VOLET,
            sinistre=sinistre,
            objet_type="depot",
            objet_id=fresh.pk,
            departement=sinistre.collectivite.departement if sinistre is not None else taches.DEFAULT_DEPARTEMENT,
        )
        sinistre_id = sinistre.pk if sinistre is not None else None
        code = fresh.piece.code if fresh.piece is not None else ""
        consigner(
            acteur=acteur, action="depot.reclasse", objet_type="depot", objet_id=fresh.pk, sinistre_id=sinistre_id, donnees={"piece": code}
        )
        annoncer(type="depot.reclasse", objet_type="depot", objet_id=fresh.pk, sinistre_id=sinistre_id)
        apercu = fresh.preview_name
        # The bulle needs the original only. The store down is no loss: `effacer` comes back to it.
        transaction.on_commit(lambda: storage.remove(apercu), robust=True)
        transaction.on_commit(_wake_the_bulle, robust=True)
    return fresh


def _wake_the_bulle() -> None:
    """Its worker takes the original in at once. The broker down is no loss: the bulle's sweeper finds the row within a minute."""
    try:
        current_app.send_task("medical.reclasser", retry=False)
    except KombuOperationalError:
        logger.warning("reclassement.courtier_absent")


def _require(acteur: User, depot: Depot) -> None:
    if depot.piece is not None:
        exiger(acteur, "volet_reclasser", depot.piece.sinistre)
    else:
        exiger(acteur, "corbeille_traiter")


def _leave(depot: Depot, acteur: User) -> None:
    """Nothing the sender or anybody else wrote of it stays outside."""
    depot.etat, depot.nom, depot.alternative = EtatDepot.RECLASSE, NOM, ""
    depot.reclasse_par, depot.reclasse_le = acteur, timezone.now()
    depot.save(update_fields=["etat", "nom", "alternative", "reclasse_par", "reclasse_le"])
    Courrier.objects.filter(depot=depot).update(objet=NOM.capitalize())


def _ask_again(depot: Depot, piece: Piece, sinistre: Sinistre, acteur: User) -> None:
    """The pièce is to be checked anew with the files that remain; with none, it is refused and the collectivité told why."""
    if depot.remplace_le is not None:
        return
    remain = Depot.objects.filter(piece=piece, etat=EtatDepot.DISPONIBLE, remplace_le__isnull=True).exists()
    piece.etat, piece.alternative = (EtatPiece.A_CONTROLER if remain else EtatPiece.REFUSEE), ""
    piece.motif_refus, piece.message_refus = ("", "") if remain else (MotifRefusPiece.VOLET_1, MESSAGE)
    piece.decidee_par, piece.decidee_le = acteur, timezone.now()
    piece.save(update_fields=["etat", "alternative", "motif_refus", "message_refus", "decidee_par", "decidee_le"])
    if not remain:
        if piece.requise and sinistre.etat in A_RELANCER:
            echeances.attendre_pieces(sinistre=sinistre)
        consigner(
            acteur=acteur,
            action="piece.refusee",
            objet_type="piece",
            objet_id=piece.pk,
            sinistre_id=sinistre.pk,
            motif=MotifRefusPiece.VOLET_1.label,
            donnees={"code": piece.code, "libelle": piece.libelle, "message": MESSAGE},
        )
        annoncer(type="piece.refusee", objet_type="piece", objet_id=piece.pk, sinistre_id=sinistre.pk, donnees={"code": piece.code})
    follow(sinistre)
