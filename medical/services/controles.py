"""The gestionnaire de bulle checks form and dates of a medical pièce: what leaves is conforme or refused, dates, nothing else."""

from __future__ import annotations

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.mots_medicaux import revealing_words
from cases.services import taches
from documents.models import Piece
from documents.selectors import extraits_du_sinistre
from documents.services.decisions import decider_medicale
from documents.services.extraits import Extrait, extraire
from medical.enums import EtatFichier, GenreFichier
from medical.models import Facture, Fichier
from medical.services.ouvertures import exiger_ouverture


def decider(
    *,
    acteur: User,
    piece: Piece,
    session: str,
    conforme: bool,
    motif: str = "",
    message: str = "",
    extrait: Extrait | None = None,
) -> Piece:
    """Find a medical pièce conforme, with the dates that may leave (`extrait`), or refuse it with a motive and a sentence.

    Raises Refus, OuvertureRequise, DonneeInvalide (also for a sentence that would carry a medical word out), Erreur while no file of
    the pièce can be looked at.
    """
    exiger(acteur, "piece_medicale_controler", piece.sinistre)
    exiger_ouverture(acteur=acteur, sinistre=piece.sinistre, session=session)
    if revealing_words(message):
        raise DonneeInvalide.sur(
            "message", "Cette phrase sort de la bulle : retirez-en ce qui touche aux lésions, aux soins ou au diagnostic."
        )
    with transaction.atomic():
        decidee = decider_medicale(acteur=acteur, piece=piece, conforme=conforme, motif=motif, message=message)
        en_cours = Fichier.objects.filter(piece=piece, genre=GenreFichier.PIECE, version=decidee.version)
        if not en_cours.filter(etat=EtatFichier.DISPONIBLE).exists():
            raise Erreur("Aucun fichier de cette pièce n’est encore disponible : son contrôle n’est pas terminé.")
        if conforme and extrait is not None and not extrait.est_vide:
            _extract(acteur, piece, extrait)
        taches.fermer_objet(
            genre=GenreTache.CONTROLER_PIECE_MEDICALE,
            objet_type="piece",
            objet_id=piece.pk,
            issue="conforme" if conforme else "refusee",
        )
    return decidee


def _extract(acteur: User, piece: Piece, extrait: Extrait) -> None:
    """The dates of the pièce itself: a correction of those it had, unless they are the same. Those of its invoices stand apart."""
    precedent = (
        extraits_du_sinistre(acteur, piece.sinistre).filter(piece=piece).exclude(pk__in=Facture.objects.values("extrait_id")).first()
    )
    if precedent is not None:
        before = Extrait(precedent.etabli_le, precedent.debut, precedent.fin, precedent.montant, precedent.tiers_payant)
        if before == extrait:
            return
    extraire(acteur=acteur, piece=piece, extrait=extrait, corrige=precedent)
