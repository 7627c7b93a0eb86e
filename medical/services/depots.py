"""A file enters the bulle: encrypted as it comes, put on the store, read back, then told in one transaction.

Clear bytes are never on a disk nor on the store: what waits for the store is the ciphertext. Until the last transaction nothing
stands anywhere; after it, everything does. An object whose transaction failed is taken away, at the latest by the sweeper.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from celery import current_app
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from kombu.exceptions import OperationalError as KombuOperationalError

from accounts.gate import exiger
from accounts.models import User
from cases.errors import Erreur
from cases.models import Sinistre
from documents.annonces import Annonce
from documents.enums import EtatPiece, GenreLaissezPasser
from documents.models import LaissezPasser, Piece
from documents.services.checklist import follow
from documents.services.laissez_passer import empreinte_de
from journal.services import annoncer, consigner
from medical import stockage
from medical.enums import EtatFichier, GenreFichier
from medical.enveloppe import Ouverte, draw_data_key, label_of, seal_field
from medical.models import Fichier, Mission
from medical.services.lectures import CONTENU, NOM

logger = logging.getLogger(__name__)

CLAIM_LASTS = dt.timedelta(minutes=15)
"""A claimed laissez-passer that has brought nothing after that time is given back: its process died."""
SLOWEST = 10 * 60
"""Seconds that a deposit may take to arrive."""
IN_MEMORY = 2 * 1024 * 1024


class LaissezPasserInvalide(Erreur):
    """Unknown, used, expired or revoked: which one is not told. 403."""

    def __init__(self) -> None:
        super().__init__("Ce laissez-passer ne permet pas de dépôt : il a déjà servi, a expiré ou a été retiré. Demandez-en un autre.")


class EnvoiIncomplet(Erreur):
    """The file did not arrive whole. 400."""

    def __init__(self) -> None:
        super().__init__("Le fichier n’est pas arrivé en entier : renvoyez-le.")


# -- The three ways in ---------------------------------------------------------------------------------------------------------


def deposer_par_laissez_passer(*, secret: str, annonce: Annonce, morceaux: Iterable[bytes]) -> Fichier:
    """Whoever holds the secret of a laissez-passer deposits the one pièce it names.

    One winner: the claim is a conditional update, and the last transaction asks again. What fails after the claim gives it back.
    Raises LaissezPasserInvalide, DonneeInvalide, EnvoiIncomplet, Erreur (the pièce awaits nothing), Indisponible.
    """
    passe, pris_le = _claim(secret)
    try:
        annonce.verifier()
        deposant = passe.cree_par if passe.genre == GenreLaissezPasser.ECRAN else None
        piece = Piece.objects.select_related("sinistre").get(pk=passe.piece_id)
        _awaits(piece)

        def still_ours() -> None:
            held = LaissezPasser.objects.select_for_update(of=("self",)).filter(pk=passe.pk, utilise_le=pris_le, revoque_le__isnull=True)
            if not held.exists():
                raise LaissezPasserInvalide()

        return _recevoir_piece(
            piece=piece, deposant=deposant, annonce=annonce, morceaux=morceaux, laissez_passer=passe, still_ours=still_ours
        )
    except BaseException:
        LaissezPasser.objects.filter(pk=passe.pk, utilise_le=pris_le).filter(_unused()).update(utilise_le=None)
        raise


def deposer_pour_piece(*, acteur: User, piece: Piece, annonce: Annonce, morceaux: Iterable[bytes]) -> Fichier:
    """The gestionnaire de bulle puts in the scan of a medical paper. Raises Refus, DonneeInvalide, Erreur, Indisponible."""
    exiger(acteur, "piece_medicale_controler", piece.sinistre)
    annonce.verifier()
    _awaits(piece)
    return _recevoir_piece(piece=piece, deposant=acteur, annonce=annonce, morceaux=morceaux)


def deposer_rapport(*, acteur: User, mission: Mission, annonce: Annonce, morceaux: Iterable[bytes]) -> Fichier:
    """An expert deposits the report of his open mission. Raises Refus, DonneeInvalide, Indisponible."""
    exiger(acteur, "rapport_deposer", mission)
    return _recevoir_rapport(
        acteur, mission, annonce, morceaux, lambda: exiger(acteur, "rapport_deposer", Mission.objects.lues().get(pk=mission.pk))
    )


def numeriser_rapport(*, acteur: User, mission: Mission, annonce: Annonce, morceaux: Iterable[bytes]) -> Fichier:
    """The gestionnaire de bulle puts in the scan of a report that came by post; he never reads it back.

    Raises Refus, Erreur when this expertise awaits none (any more), DonneeInvalide, Indisponible.
    """
    exiger(acteur, "rapport_numeriser", mission.sinistre)

    def still_awaited() -> None:
        fraiche = Mission.objects.lues().get(pk=mission.pk)
        expertise = fraiche.branche.expertise if fraiche.branche is not None else None
        if expertise is None or not expertise.par_courrier or expertise.suite or not expertise.branche.est_en_cours:
            raise Erreur("Cette expertise n’attend pas, ou plus, de rapport par courrier.")

    still_awaited()
    return _recevoir_rapport(acteur, mission, annonce, morceaux, still_awaited)


def _recevoir_rapport(
    acteur: User, mission: Mission, annonce: Annonce, morceaux: Iterable[bytes], still_ours: Callable[[], None]
) -> Fichier:
    annonce.verifier()
    fichier = Fichier(sinistre_id=mission.sinistre_id, mission=mission, genre=GenreFichier.RAPPORT, depose_par=acteur)
    with chiffre(fichier, annonce, morceaux) as ouverte, transaction.atomic():
        Mission.objects.select_for_update(of=("self",)).values_list("pk").get(pk=mission.pk)
        still_ours()
        enregistrer(fichier, ouverte, acteur=acteur)
    return fichier


# -- The common core -----------------------------------------------------------------------------------------------------------


@contextmanager
def chiffre(fichier: Fichier, annonce: Annonce, morceaux: Iterable[bytes]) -> Iterator[Ouverte]:
    """Encrypt a stream as the content of a new row, put it on the store and compare; the row itself is for the caller to write.

    Whatever fails inside the block takes the object away. Raises EnvoiIncomplet, Indisponible.
    """
    ouverte = draw_data_key()
    fichier.nom = seal_field(ouverte, fichier, NOM, annonce.nom)
    fichier.type, fichier.taille = annonce.type, annonce.taille
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as scelle:  # ciphertext: its key is in memory only
        fichier.empreinte = _write(scelle, ouverte.seal_stream(_exactly(morceaux, annonce.taille), label_of(fichier, CONTENU)))
        nom = stockage.content_name(fichier.objet)
        try:
            stockage.deposer(nom, scelle, fichier.empreinte)
            yield ouverte
        except BaseException:
            _take_away(fichier, nom)
            raise


def _take_away(fichier: Fichier, nom: str) -> None:
    """Unless its row was written after all (a connection lost during COMMIT does not say). Unknown: the sweeper will know."""
    try:
        if Fichier.objects.filter(uid=fichier.uid).exists():
            return
    except DatabaseError:
        return
    stockage.effacer(nom)


def _write(scelle: IO[bytes], segments: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for segment in segments:
        total.update(segment)
        scelle.write(segment)
    return total.hexdigest()


def _exactly(morceaux: Iterable[bytes], taille: int) -> Iterator[bytes]:
    """Pass on a stream of exactly `taille` bytes, in a reasonable time. Raises EnvoiIncomplet."""
    recus, fin = 0, time.monotonic() + SLOWEST
    for morceau in morceaux:
        recus += len(morceau)
        if recus > taille or time.monotonic() > fin:
            raise EnvoiIncomplet()
        yield morceau
    if recus != taille:
        raise EnvoiIncomplet()


def _recevoir_piece(
    *,
    piece: Piece,
    deposant: User | None,
    annonce: Annonce,
    morceaux: Iterable[bytes],
    laissez_passer: LaissezPasser | None = None,
    still_ours: Any = None,
) -> Fichier:
    fichier = Fichier(
        sinistre_id=piece.sinistre_id, piece=piece, genre=GenreFichier.PIECE, depose_par=deposant, laissez_passer=laissez_passer
    )
    try:
        with chiffre(fichier, annonce, morceaux) as ouverte, transaction.atomic():
            sinistre = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=piece.sinistre_id)
            if still_ours is not None:
                still_ours()
            fraiche = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
            recevoir_version(fraiche, sinistre, fichier)
            enregistrer(fichier, ouverte, acteur=deposant, par="" if deposant is not None else "Déposé par l’agent")
    except IntegrityError as error:  # the same laissez-passer, by another process, in between
        if laissez_passer is not None and Fichier.objects.filter(laissez_passer=laissez_passer).exists():
            raise LaissezPasserInvalide() from error
        raise
    return fichier


def recevoir_version(piece: Piece, sinistre: Sinistre, fichier: Fichier) -> None:
    """A file comes for this pièce (both rows locked): the outside reads « reçue ». On a refused pièce it opens a new version.

    Raises Erreur when the pièce awaits nothing.
    """
    _awaits(piece)
    if piece.etat == EtatPiece.REFUSEE:
        piece.version += 1
        Fichier.objects.filter(piece=piece, remplace_le__isnull=True).update(remplace_le=timezone.now())
    fichier.version = piece.version
    first = piece.etat in (EtatPiece.DEMANDEE, EtatPiece.REFUSEE)
    piece.etat, piece.recue_le, piece.motif_refus, piece.message_refus = EtatPiece.RECUE, timezone.now(), "", ""
    piece.save(update_fields=["etat", "recue_le", "motif_refus", "message_refus", "version"])
    if first:
        follow(sinistre)
        consigner(
            acteur=fichier.depose_par,
            action="piece.recue",
            objet_type="piece",
            objet_id=piece.pk,
            sinistre_id=sinistre.pk,
            donnees={"code": piece.code, "libelle": piece.libelle},
        )
        annoncer(type="piece.recue", objet_type="piece", objet_id=piece.pk, sinistre_id=sinistre.pk, donnees={"code": piece.code})


def enregistrer(fichier: Fichier, ouverte: Ouverte, *, acteur: User | None, par: str = "", action: str = "fichier_medical.recu") -> None:
    """Write the row of an encrypted file with its key and its journal entry, to be checked next. Inside the caller's transaction."""
    ouverte.cle.save(force_insert=True)
    fichier.cle = ouverte.cle
    fichier.etat, fichier.prochain_essai = EtatFichier.CONTROLE, timezone.now()
    fichier.save(force_insert=True)
    consigner(
        acteur=acteur,
        action=action,
        objet_type="fichier_medical",
        objet_id=fichier.pk,
        sinistre_id=fichier.sinistre_id,
        motif=par,
        donnees={
            "genre": fichier.genre,
            "piece": fichier.piece.code if fichier.piece is not None else "",
            "taille": fichier.taille,
            "laissez_passer": fichier.laissez_passer_id,
        },
    )
    transaction.on_commit(lambda: wake(fichier.pk), robust=True)


def wake(fichier_id: int) -> None:
    """Tell the bulle's worker at once. The broker down is no loss: the sweeper finds the row within a minute."""
    try:
        current_app.send_task("medical.controler_fichier", args=[fichier_id], queue="bulle", retry=False)
    except KombuOperationalError:
        logger.warning("fichier_medical.courtier_absent", extra={"fichier": fichier_id})


def _awaits(piece: Piece) -> None:
    """Raise Erreur unless a file may come for this medical pièce."""
    if not piece.est_medicale:
        raise Erreur("Cette pièce n’est pas médicale : elle se dépose au dossier, pas ici.")
    if piece.etat == EtatPiece.CONFORME:
        raise Erreur("Cette pièce est déjà conforme.")
    if piece.etat == EtatPiece.SANS_OBJET:
        raise Erreur("Cette pièce n’est plus demandée.")


# -- Laissez-passer ------------------------------------------------------------------------------------------------------------


def _claim(secret: str) -> tuple[LaissezPasser, dt.datetime]:
    """Take the laissez-passer of this secret: one winner. Returns it with the instant of the claim, which is its owner's mark."""
    empreinte, now = empreinte_de(secret), timezone.now()
    valable = LaissezPasser.objects.filter(empreinte=empreinte, utilise_le__isnull=True, revoque_le__isnull=True, expire_le__gt=now)
    if not secret or not valable.update(utilise_le=now):
        raise LaissezPasserInvalide()
    return LaissezPasser.objects.select_related("cree_par").get(empreinte=empreinte), now


def rendre_laissez_passer_perdus() -> int:
    """Give back those claimed by a process that died. Returns how many."""
    perdus = LaissezPasser.objects.filter(_unused(), utilise_le__lt=timezone.now() - CLAIM_LASTS, expire_le__gt=timezone.now())
    return perdus.update(utilise_le=None)


def rendre_lien(fichier: Fichier) -> None:
    """The file of an agent's link was set aside at the check: the link is good again until its day. The row is locked.

    The agent has gone; nobody would draw another link for him, and the journal keeps which one brought the file.
    """
    passe = fichier.laissez_passer
    if passe is not None and passe.genre == GenreLaissezPasser.AGENT:
        Fichier.objects.filter(pk=fichier.pk).update(laissez_passer=None)
        LaissezPasser.objects.filter(pk=passe.pk).update(utilise_le=None)


def _unused() -> Q:
    return Q(~Exists(Fichier.objects.filter(laissez_passer=OuterRef("pk"))))
