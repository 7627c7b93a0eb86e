"""Files on their way: announced, sent straight to quarantine, confirmed, checked by a worker, published.

The network (store, antivirus) is never spoken to inside a lock. A dependency that is down makes the file wait, and `balayer` resumes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError as KombuOperationalError

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from documents import scan, storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import MAX_BYTES, Depot, Piece
from documents.services.checklist import follow
from journal.services import annoncer, consigner

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
MAX_WAIT = dt.timedelta(minutes=30)
UNSENT_AFTER = dt.timedelta(days=1)


def annoncer_depot(*, acteur: User, piece: Piece, nom: str, type: str, taille: int, sha256: str = "") -> Depot:
    """Announce a file for a pièce. Raises DonneeInvalide on the field that is wrong, Refus without the right.

    `taille` in bytes, `sha256` 64 hexadecimal digits or empty. A medical pièce never enters here: it goes to the bulle.
    """
    exiger(acteur, "piece_deposer", piece.sinistre)
    if piece.est_medicale:
        raise DonneeInvalide.sur("code", "Cette pièce est médicale : elle ne se dépose pas ici. Adressez-la au médecin conseil.")
    if piece.etat == EtatPiece.CONFORME:
        raise DonneeInvalide.sur("code", "Cette pièce est déjà conforme.")
    _check_announcement(nom, type, taille, sha256)
    with transaction.atomic():
        depot = Depot.objects.create(piece=piece, nom=nom[:255], type=type, taille=taille, sha256=sha256.lower(), depose_par=acteur)
        _consigner(acteur, "depot.annonce", depot)
    return depot


def annoncer_courrier(*, acteur: User, nom: str, type: str, taille: int) -> Depot:
    """Announce the scan of a late paper that has no dossier yet."""
    exiger(acteur, "corbeille_traiter")
    _check_announcement(nom, type, taille, "")
    with transaction.atomic():
        depot = Depot.objects.create(piece=None, nom=nom[:255], type=type, taille=taille, depose_par=acteur)
        _consigner(acteur, "depot.annonce", depot)
    return depot


def _check_announcement(nom: str, type: str, taille: int, sha256: str) -> None:
    erreurs: dict[str, list[str]] = {}
    if not nom.strip():
        erreurs["nom"] = ["Donnez le nom du fichier."]
    if type not in scan.ACCEPTED:
        erreurs["type"] = ["Envoyez un PDF ou une image (JPEG, PNG, TIFF, HEIC)."]
    if taille <= 0:
        erreurs["taille"] = ["Le fichier est vide."]
    elif taille > MAX_BYTES:
        erreurs["taille"] = [f"Le fichier dépasse {MAX_BYTES // 1024 // 1024} Mo."]
    if sha256 and (len(sha256) != 64 or not all(c in "0123456789abcdefABCDEF" for c in sha256)):
        erreurs["sha256"] = ["L’empreinte SHA-256 s’écrit en 64 chiffres hexadécimaux."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def confirmer(*, acteur: User, depot: Depot) -> Depot:
    """The sender says the file has been sent: a worker will check it. Confirming twice changes nothing."""
    if depot.piece is not None:
        exiger(acteur, "piece_deposer", depot.piece.sinistre)
    else:
        exiger(acteur, "corbeille_traiter")
    now = timezone.now()
    with transaction.atomic():
        done = Depot.objects.filter(pk=depot.pk, etat=EtatDepot.ATTENDU).update(
            etat=EtatDepot.CONTROLE, confirme_le=now, prochain_essai=now
        )
        if done:
            _consigner(acteur, "depot.confirme", depot)
            transaction.on_commit(lambda: _wake(depot.pk), robust=True)
    return Depot.objects.get(pk=depot.pk)


def controler(depot_id: int) -> str:
    """Check one file and publish it, or say why not. Returns the state reached. Safe to run twice, and by two workers at once."""
    now = timezone.now()
    claimed = Depot.objects.filter(pk=depot_id, etat=EtatDepot.CONTROLE, prochain_essai__lte=now).update(prochain_essai=now + LEASE)
    if not claimed:
        return "ailleurs"
    depot = Depot.objects.get(pk=depot_id)
    try:
        contenu = storage.read_quarantine(depot)
        motif, sans_antivirus = _examine(depot, contenu)
        cle = "" if motif else storage.publish(contenu)
    except storage.FichierAbsent:
        motif, sans_antivirus, cle, contenu = "Le fichier annoncé n’est jamais arrivé : renvoyez-le.", False, "", b""
    except Exception as error:  # whatever happens to this file, it waits and says so: nothing is lost, nobody waits behind it
        return _wait(depot, error)
    return _conclude(depot_id, contenu, motif, sans_antivirus, cle)


def _examine(depot: Depot, contenu: bytes) -> tuple[str, bool]:
    motif = scan.check_content(contenu, type_annonce=depot.type, taille_annoncee=depot.taille)
    if not motif and depot.sha256 and hashlib.sha256(contenu).hexdigest() != depot.sha256:
        motif = "Le fichier reçu n’a pas l’empreinte annoncée : renvoyez-le."
    if motif:
        return motif, False
    verdict = scan.check_virus(contenu)
    return verdict.motif, verdict.sans_antivirus


def _wait(depot: Depot, error: Exception) -> str:
    """Leave the file in quarantine and come back later: 1, 2, 4… minutes, half an hour at most."""
    known = isinstance(error, storage.StockageIndisponible | scan.AntivirusIndisponible)
    logger.warning("depot.attend", extra={"depot": depot.pk, "cause": type(error).__name__}, exc_info=None if known else error)
    attente = min(dt.timedelta(minutes=2 ** min(depot.tentatives, 10)), MAX_WAIT)
    motif = "En attente : le contrôle n’aboutit pas."
    if known:
        cause = "l’antivirus" if isinstance(error, scan.AntivirusIndisponible) else "le stockage"
        motif = f"En attente : {cause} ne répond pas."
    Depot.objects.filter(pk=depot.pk, etat=EtatDepot.CONTROLE).update(
        tentatives=depot.tentatives + 1,
        prochain_essai=timezone.now() + attente,
        motif=motif,
    )
    return EtatDepot.CONTROLE


def _conclude(depot_id: int, contenu: bytes, motif: str, sans_antivirus: bool, cle: str) -> str:
    """Write the outcome, in the house's lock order: sinistre first."""
    while True:
        with transaction.atomic():
            sinistre = _lock_sinistre_of(depot_id)
            Depot.objects.select_for_update(of=("self",)).values_list("pk").get(pk=depot_id)
            depot = Depot.objects.select_related("piece", "depose_par").get(pk=depot_id)
            if depot.piece is not None and sinistre is None:
                continue  # late paper was filed to a dossier between the two locks: take them again, in order
            if depot.etat == EtatDepot.CONTROLE:
                _write_outcome(depot, sinistre, contenu, motif, sans_antivirus, cle)
            return depot.etat


def _write_outcome(depot: Depot, sinistre: Sinistre | None, contenu: bytes, motif: str, sans_antivirus: bool, cle: str) -> None:
    depot.etat = EtatDepot.ECARTE if motif else EtatDepot.DISPONIBLE
    depot.motif, depot.sans_antivirus, depot.cle_publiee = motif[:200], sans_antivirus, cle
    depot.sha256_verifie = "" if motif else hashlib.sha256(contenu).hexdigest()
    depot.controle_le, depot.prochain_essai = timezone.now(), None
    depot.save(update_fields=["etat", "motif", "sans_antivirus", "cle_publiee", "sha256_verifie", "controle_le", "prochain_essai"])
    _consigner(None, "depot.ecarte" if motif else "depot.disponible", depot, motif=motif)
    if not motif and depot.piece is not None and sinistre is not None:
        _receive(depot.piece, sinistre)


def _receive(piece: Piece, sinistre: Sinistre) -> None:
    """The pièce is there: somebody must look at it. One found conforme meanwhile stays so."""
    moved = (
        Piece.objects.filter(pk=piece.pk)
        .exclude(etat=EtatPiece.CONFORME)
        .update(etat=EtatPiece.A_CONTROLER, recue_le=timezone.now(), motif_refus="", message_refus="")
    )
    if moved:
        follow(sinistre)
        annoncer(type="piece.deposee", objet_type="piece", objet_id=piece.pk, sinistre_id=sinistre.pk, donnees={"code": piece.code})


def _lock_sinistre_of(depot_id: int) -> Sinistre | None:
    return Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").filter(pieces__depots=depot_id).first()


def balayer(*, limite: int = 200) -> int:
    """Resume every check that is due, and set aside what was announced a day ago and never sent. Returns how many were handled."""
    now = timezone.now()
    due = list(
        Depot.objects.filter(etat=EtatDepot.CONTROLE, prochain_essai__lte=now)
        .order_by("prochain_essai", "pk")
        .values_list("pk", flat=True)[:limite]
    )
    for pk in due:
        controler(pk)
    unsent = Depot.objects.filter(Q(etat=EtatDepot.ATTENDU), cree_le__lt=now - UNSENT_AFTER).update(
        etat=EtatDepot.ECARTE, motif="Le fichier annoncé n’a pas été envoyé."
    )
    return len(due) + unsent


def _wake(depot_id: int) -> None:
    """Tell a worker at once. The broker down is no loss: the sweeper finds the row within a minute."""
    try:
        current_app.send_task("documents.controler_depot", args=[depot_id], retry=False)
    except KombuOperationalError:
        logger.warning("depot.courtier_absent", extra={"depot": depot_id})


def address(*, acteur: User, depot: Depot, inline: bool) -> str:
    """Where `acteur` may fetch an available file during the next 60 seconds; the reading is journaled first.

    Raises Refus, or Erreur when the file is not available (still under check, refused).
    """
    if depot.piece is not None:
        exiger(acteur, "piece_lire", depot.piece.sinistre)
    else:
        exiger(acteur, "corbeille_traiter")
    if depot.etat != EtatDepot.DISPONIBLE:
        raise Erreur("Ce fichier n’est pas disponible : son contrôle n’est pas terminé.")
    with transaction.atomic():
        _consigner(acteur, "depot.lu", depot)
    return storage.presign_get(depot, inline=inline)


def _consigner(acteur: User | None, action: str, depot: Depot, *, motif: str = "") -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="depot",
        objet_id=depot.pk,
        sinistre_id=depot.piece.sinistre_id if depot.piece is not None else None,
        motif=motif,
        donnees={"piece": depot.piece.code if depot.piece is not None else "", "taille": depot.taille, "type": depot.type},
    )
