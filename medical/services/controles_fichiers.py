"""A file of the bulle is checked inside: content, antivirus, sanitised copy. In memory only; logs carry keys of rows only.

What does not answer makes the file wait; `medical.services.balayage` comes back. Safe to run twice, and by two workers at once.
"""

from __future__ import annotations

import hashlib
import io
import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from cases.enums import GenreTache
from cases.models import Sinistre
from cases.services import taches
from documents import examen
from documents.enums import EtatPiece
from documents.models import Piece, new_key
from documents.services.checklist import follow
from journal.services import annoncer, consigner
from medical import stockage
from medical.enums import EtatFichier, GenreFichier
from medical.enveloppe import Ouverte, label_of, open_data_key
from medical.errors import CleIndisponible, ContenuAbsent, ContenuAltere, StockageIndisponible
from medical.models import Cle, Fichier
from medical.services.anomalies import constater_illisible
from medical.services.depots import rendre_lien
from medical.services.lectures import APERCU, CONTENU

logger = logging.getLogger(__name__)

DOUBTFUL = 2
"""Attempts in a row after which an object that does not read is told to the responsable."""
CLE = "En attente : la clé de la bulle est indisponible."
ILLISIBLE = "En attente : le contenu ne se relit pas dans le stockage."


@dataclass(frozen=True)
class _Issue:
    motif: str = ""
    sans_antivirus: bool = False
    apercu_objet: str = ""
    apercu_type: str = ""
    apercu_pages: int = 0
    apercu_empreinte: str = ""


def controler(fichier_id: int) -> str:
    """Check one file. Returns the state reached, « ailleurs » when it is not due or another worker has it."""
    now = timezone.now()
    due = Fichier.objects.filter(pk=fichier_id, etat=EtatFichier.CONTROLE, prochain_essai__lte=now)
    if not due.update(prochain_essai=now + examen.LEASE):
        return "ailleurs"
    fichier = Fichier.objects.select_related("cle").get(pk=fichier_id)
    try:
        issue = _examiner(fichier)
    except Exception as error:  # whatever happens to this file, it waits and says so: nothing is lost, nobody waits behind it
        if not examen.is_the_cause(fichier, error):
            return _wait(fichier, error)
        issue = _Issue(motif=examen.INAFFICHABLE)
    return _conclude(fichier_id, issue)


def _examiner(fichier: Fichier) -> _Issue:
    """Check the clear bytes in memory, then put their sanitised copy, encrypted, on the store. Raises what makes the file wait."""
    ouverte = open_data_key(fichier.cle)
    vu = examen.examiner(lire_en_memoire(fichier, ouverte), type=fichier.type, taille=fichier.taille)
    if vu.apercu is None:
        return _Issue(motif=vu.motif)
    objet = new_key()
    scelle = b"".join(ouverte.seal_stream([vu.apercu.contenu], label_of(fichier, APERCU)))
    empreinte = hashlib.sha256(scelle).hexdigest()
    stockage.deposer(stockage.preview_name(objet), io.BytesIO(scelle), empreinte)
    return _Issue(
        sans_antivirus=vu.sans_antivirus,
        apercu_objet=objet,
        apercu_type=vu.apercu.type,
        apercu_pages=vu.apercu.pages,
        apercu_empreinte=empreinte,
    )


def lire_en_memoire(fichier: Fichier, ouverte: Ouverte | None = None) -> bytes:
    """The whole content, verified. For checks made by the software itself, never for a person. Raises Indisponible."""
    ouverte = ouverte or open_data_key(fichier.cle)
    objet = stockage.ouvrir(stockage.content_name(fichier.objet))
    return b"".join(ouverte.open_stream(objet.morceaux(), label_of(fichier, CONTENU)))


def _wait(fichier: Fichier, error: Exception) -> str:
    """Come back later. No traceback in the log: that of an unknown error could hold what was in memory."""
    logger.warning("fichier_medical.attend", extra={"fichier": fichier.pk, "cause": type(error).__name__})
    motif = examen.cause_of(error)
    if isinstance(error, CleIndisponible):
        motif = CLE
    elif isinstance(error, ContenuAbsent | ContenuAltere):
        # Never set aside for that: the store may be the cause, and what is set aside is erased.
        motif = ILLISIBLE
        if examen.waits(fichier, motif) >= DOUBTFUL:
            constater_illisible(fichier, error)
    elif isinstance(error, StockageIndisponible):
        motif = examen.STOCKAGE
    Fichier.objects.filter(pk=fichier.pk, etat=EtatFichier.CONTROLE).update(**examen.later(fichier, motif))
    return EtatFichier.CONTROLE


def _conclude(fichier_id: int, issue: _Issue) -> str:
    """Write the outcome, in the house's lock order: sinistre first. A second worker's copy is left to the sweeper."""
    with transaction.atomic():
        sinistre_id = Fichier.objects.values_list("sinistre_id", flat=True).get(pk=fichier_id)
        sinistre = None
        if sinistre_id is not None:
            sinistre = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=sinistre_id)
        fichier = Fichier.objects.select_for_update(of=("self",)).get(pk=fichier_id)
        if fichier.etat != EtatFichier.CONTROLE:
            return fichier.etat
        ecarte = bool(issue.motif)
        fichier.etat, fichier.motif = (EtatFichier.ECARTE if ecarte else EtatFichier.DISPONIBLE), issue.motif[:200]
        fichier.sans_antivirus = issue.sans_antivirus
        fichier.apercu_objet, fichier.apercu_type = issue.apercu_objet, issue.apercu_type
        fichier.apercu_pages, fichier.apercu_empreinte = issue.apercu_pages, issue.apercu_empreinte
        fichier.controle_le, fichier.relu_le, fichier.prochain_essai = timezone.now(), timezone.now(), None
        fichier.save()
        consigner(
            acteur=None,
            action="fichier_medical.ecarte" if ecarte else "fichier_medical.disponible",
            objet_type="fichier_medical",
            objet_id=fichier.pk,
            sinistre_id=fichier.sinistre_id,
            motif=issue.motif,
        )
        if sinistre is not None and fichier.piece_id is not None:
            piece = Piece.objects.select_for_update(of=("self",)).get(pk=fichier.piece_id)
            if ecarte:
                _ask_again(piece, sinistre, issue.motif)
            elif piece.etat == EtatPiece.RECUE:
                ask_to_check(piece, sinistre)
        if ecarte and fichier.genre != GenreFichier.VOLET:
            rendre_lien(fichier)
            detruire_contenu(fichier)
    return fichier.etat


def ask_to_check(piece: Piece, sinistre: Sinistre) -> None:
    """The gestionnaire de bulle must look at this pièce."""
    taches.ouvrir(
        genre=GenreTache.CONTROLER_PIECE_MEDICALE,
        sinistre=sinistre,
        objet_type="piece",
        objet_id=piece.pk,
        departement=sinistre.collectivite.departement,
    )


def _ask_again(piece: Piece, sinistre: Sinistre, motif: str) -> None:
    """A file was set aside: when no other one stands for the pièce, it is asked again, with what a sender may read."""
    vivants = Fichier.objects.filter(piece=piece, version=piece.version).exclude(etat=EtatFichier.ECARTE)
    if piece.etat != EtatPiece.RECUE or vivants.exists():
        return
    piece.etat, piece.recue_le, piece.message_refus = EtatPiece.DEMANDEE, None, motif[:500]
    piece.save(update_fields=["etat", "recue_le", "message_refus"])
    follow(sinistre)
    consigner(
        acteur=None,
        action="piece.a_renvoyer",
        objet_type="piece",
        objet_id=piece.pk,
        sinistre_id=sinistre.pk,
        motif=motif,
        donnees={"code": piece.code, "libelle": piece.libelle},
    )
    annoncer(type="piece.a_renvoyer", objet_type="piece", objet_id=piece.pk, sinistre_id=sinistre.pk, donnees={"code": piece.code})


def detruire_contenu(fichier: Fichier) -> None:
    """Nothing will ever open this content again: its data key is erased now, its objects once that is committed.

    The row stays, as the trace that something came. Inside the caller's transaction, the row locked.
    """
    Cle.objects.filter(pk=fichier.cle_id).update(kek="", emballee=b"")
    noms = [stockage.content_name(fichier.objet)] + ([stockage.preview_name(fichier.apercu_objet)] if fichier.apercu_objet else [])
    transaction.on_commit(lambda: stockage.effacer(*noms), robust=True)
