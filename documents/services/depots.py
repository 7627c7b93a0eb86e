"""Files on their way: announced, sent straight to quarantine, confirmed, checked by a worker, published with a sanitised copy.

The network (store, antivirus) is never spoken to inside a lock. A dependency that is down makes the file wait, and `balayer` resumes.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict, dataclass

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as KombuOperationalError

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from documents import examen, storage
from documents.annonces import Annonce, legible
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, Piece, preview_name, published_name
from documents.services import versions
from journal.services import consigner

logger = logging.getLogger(__name__)

UNCONFIRMED_AFTER = dt.timedelta(seconds=storage.PUT_SECONDS) + dt.timedelta(minutes=5)
"""After it an address to send to is closed: a file that lies there was sent, and only its confirmation was lost."""
UNSENT_AFTER = dt.timedelta(days=1)


def annoncer_depot(
    *,
    acteur: User,
    piece: Piece,
    nom: str,
    type: str,
    taille: int,
    sha256: str = "",
    alternative: str = "",
    remplacer: bool = False,
    version_vue: int | None = None,
) -> Depot:
    """Announce a file for a pièce. Raises DonneeInvalide on the field that is wrong, Refus without the right.

    `taille` in bytes, `sha256` 64 hexadecimal digits or empty, `alternative` the code of one of the papers of which one suffices.
    `remplacer`: in place of what awaits its check; `version_vue`, the version the sender then saw (see versions.meant_for).
    A medical pièce never enters here: it goes to the bulle.
    """
    exiger(acteur, "piece_deposer", piece.sinistre)
    if piece.est_medicale:
        raise DonneeInvalide.sur("code", "Cette pièce est médicale : elle ne se dépose pas ici. Adressez-la au médecin conseil.")
    annonce = Annonce(legible(nom), type, taille, sha256.lower())
    annonce.verifier()
    versions.check_alternative(piece, alternative)
    with transaction.atomic():
        # The pièce alone: what others do to it under the sinistre's lock is done or not yet, and `versions` follows either.
        fresh = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
        if fresh.etat == EtatPiece.CONFORME:
            raise DonneeInvalide.sur("code", "Cette pièce est déjà conforme.")
        if fresh.etat == EtatPiece.SANS_OBJET:
            raise DonneeInvalide.sur("code", "Cette pièce n’est plus demandée.")
        depot = Depot.objects.create(
            piece=fresh,
            **asdict(annonce),
            alternative=alternative,
            version=versions.meant_for(fresh, remplacer=remplacer, version_vue=version_vue),
            depose_par=acteur,
            prochain_essai=timezone.now() + UNCONFIRMED_AFTER,
        )
        _consigner(acteur, "depot.annonce", depot)
    return depot


def annoncer_courrier(*, acteur: User, nom: str, type: str, taille: int) -> Depot:
    """Announce the scan of a late paper that has no dossier yet."""
    exiger(acteur, "corbeille_traiter")
    annonce = Annonce(legible(nom), type, taille)
    annonce.verifier()
    with transaction.atomic():
        depot = Depot.objects.create(piece=None, **asdict(annonce), depose_par=acteur, prochain_essai=timezone.now() + UNCONFIRMED_AFTER)
        _consigner(acteur, "depot.annonce", depot)
    return depot


def confirmer(*, acteur: User, depot: Depot) -> Depot:
    """The sender says the file has been sent: a worker will check it. Confirming twice changes nothing."""
    if depot.piece is not None:
        exiger(acteur, "piece_deposer", depot.piece.sinistre)
    else:
        exiger(acteur, "corbeille_traiter")
    _confirm(depot.pk, acteur)
    return Depot.objects.get(pk=depot.pk)


def _confirm(depot_id: int, acteur: User | None) -> bool:
    with transaction.atomic():
        _lock_sinistre_of(depot_id)
        now = timezone.now()
        done = Depot.objects.filter(pk=depot_id, etat=EtatDepot.ATTENDU).update(
            etat=EtatDepot.CONTROLE, confirme_le=now, prochain_essai=now
        )
        if done:
            depot = Depot.objects.select_related("piece").get(pk=depot_id)
            if depot.piece is not None:
                versions.on_its_way(depot.piece.pk)
            _consigner(acteur, "depot.confirme", depot)
            transaction.on_commit(lambda: _wake(depot_id), robust=True)
    return bool(done)


@dataclass(frozen=True)
class Issue:
    """What the check of one file gave: a reason to set it aside, or where its bytes and their sanitised copy are published."""

    motif: str = ""
    sans_antivirus: bool = False
    sha256: str = ""
    cle: str = ""
    apercu_cle: str = ""
    apercu_type: str = ""
    apercu_pages: int = 0


def controler(depot_id: int) -> str:
    """Check one file and publish it, or say why not. Returns the state reached. Safe to run twice, and by two workers at once."""
    now = timezone.now()
    claimed = Depot.objects.filter(pk=depot_id, etat=EtatDepot.CONTROLE, prochain_essai__lte=now).update(prochain_essai=now + examen.LEASE)
    if not claimed:
        return "ailleurs"
    depot = Depot.objects.get(pk=depot_id)
    try:
        issue = _examine(depot, storage.read_quarantine(depot))
    except storage.FichierAbsent:
        issue = Issue(motif="Le fichier annoncé n’est jamais arrivé : renvoyez-le.")
    except Exception as error:  # whatever happens to this file, it waits and says so: nothing is lost, nobody waits behind it
        if not examen.is_the_cause(depot, error):
            return _wait(depot, error)
        issue = Issue(motif=examen.INAFFICHABLE)
    reached = _conclude(depot_id, issue)
    vider_quarantaine(depot_id)
    return reached


def _examine(depot: Depot, contenu: bytes) -> Issue:
    """Check the bytes, then publish them and their sanitised copy. Raises what makes the file wait."""
    vu = examen.examiner(contenu, type=depot.type, taille=depot.taille, sha256=depot.sha256)
    if vu.apercu is None:
        return Issue(motif=vu.motif)
    cle = storage.publish(contenu)
    try:
        apercu_cle = storage.publish_preview(vu.apercu.contenu)
    except storage.StockageIndisponible:
        storage.remove(published_name(cle))
        raise
    return Issue(
        sans_antivirus=vu.sans_antivirus,
        sha256=vu.sha256,
        cle=cle,
        apercu_cle=apercu_cle,
        apercu_type=vu.apercu.type,
        apercu_pages=vu.apercu.pages,
    )


def _wait(depot: Depot, error: Exception) -> str:
    """Leave the file in quarantine and come back later."""
    motif = examen.STOCKAGE if isinstance(error, storage.StockageIndisponible) else examen.cause_of(error)
    logger.warning(
        "depot.attend",
        extra={"depot": depot.pk, "cause": type(error).__name__},
        exc_info=error if motif == examen.INCONNUE else None,
    )
    Depot.objects.filter(pk=depot.pk, etat=EtatDepot.CONTROLE).update(**examen.later(depot, motif))
    return EtatDepot.CONTROLE


def _conclude(depot_id: int, issue: Issue) -> str:
    """Write the outcome, in the house's lock order: sinistre first."""
    while True:
        with transaction.atomic():
            sinistre = _lock_sinistre_of(depot_id)
            Depot.objects.select_for_update(of=("self",)).values_list("pk").get(pk=depot_id)
            depot = Depot.objects.select_related("piece", "depose_par").get(pk=depot_id)
            if depot.piece is not None and sinistre is None:
                continue  # late paper was filed to a dossier between the two locks: take them again, in order
            written = depot.etat == EtatDepot.CONTROLE
            if written:
                _write_outcome(depot, sinistre, issue)
        if not written and issue.cle:  # another worker concluded first: what we published belongs to nobody
            storage.remove(published_name(issue.cle), preview_name(issue.apercu_cle))
        return depot.etat


def _write_outcome(depot: Depot, sinistre: Sinistre | None, issue: Issue) -> None:
    depot.etat = EtatDepot.ECARTE if issue.motif else EtatDepot.DISPONIBLE
    depot.motif, depot.sans_antivirus, depot.sha256_verifie = issue.motif[:200], issue.sans_antivirus, issue.sha256
    depot.cle_publiee, depot.apercu_cle = issue.cle, issue.apercu_cle
    depot.apercu_type, depot.apercu_pages = issue.apercu_type, issue.apercu_pages
    depot.controle_le, depot.prochain_essai = timezone.now(), None
    depot.relu_le = None if issue.motif else depot.controle_le  # published, therefore read back
    depot.save(
        update_fields=[
            "etat", "motif", "sans_antivirus", "sha256_verifie", "cle_publiee", "apercu_cle", "apercu_type", "apercu_pages", "controle_le",
            "prochain_essai", "relu_le",
        ]
    )  # fmt: skip
    _consigner(None, "depot.ecarte" if issue.motif else "depot.disponible", depot, motif=issue.motif)
    if depot.piece is not None and sinistre is not None:
        if issue.motif:
            versions.set_aside(depot.piece, sinistre)
        else:
            versions.available(depot, sinistre)


def vider_quarantaine(depot_id: int) -> bool:
    """Delete what lies in quarantine of a file whose outcome is written. The store down is no loss: the sweeper comes back to it."""
    depot = Depot.objects.get(pk=depot_id)
    if depot.etat in (EtatDepot.ATTENDU, EtatDepot.CONTROLE) or not storage.remove(depot.quarantine_name):
        return False
    Depot.objects.filter(pk=depot_id).update(quarantaine_videe_le=timezone.now())
    return True


def _lock_sinistre_of(depot_id: int) -> Sinistre | None:
    return Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").filter(pieces__depots=depot_id).first()


def balayer(*, limite: int = 200) -> int:
    """Resume every check that is due; take up what was sent and never confirmed; set aside what was announced a day ago and never sent.

    Returns how many were handled.
    """
    now = timezone.now()
    due = list(
        Depot.objects.filter(etat=EtatDepot.CONTROLE, prochain_essai__lte=now)
        .order_by("prochain_essai", "pk")
        .values_list("pk", flat=True)[:limite]
    )
    for pk in due:
        controler(pk)
    return len(due) + _take_up_unconfirmed(limite)


def _take_up_unconfirmed(limite: int) -> int:
    """A page closed between the sending and the confirmation loses nothing: the file is there."""
    now = timezone.now()
    handled = 0
    waiting = Depot.objects.filter(etat=EtatDepot.ATTENDU, cree_le__lt=now - UNCONFIRMED_AFTER, prochain_essai__lte=now)
    for depot in waiting.order_by("cree_le", "pk")[:limite]:
        try:
            there = storage.exists(depot.quarantine_name)
        except storage.StockageIndisponible:
            return handled
        if there:
            handled += _confirm(depot.pk, None)
        elif depot.cree_le < now - UNSENT_AFTER:
            handled += Depot.objects.filter(pk=depot.pk, etat=EtatDepot.ATTENDU).update(
                etat=EtatDepot.ECARTE, motif="Le fichier annoncé n’a pas été envoyé.", prochain_essai=None
            )
        else:
            Depot.objects.filter(pk=depot.pk, etat=EtatDepot.ATTENDU).update(prochain_essai=depot.cree_le + UNSENT_AFTER)
    return handled


def _wake(depot_id: int) -> None:
    """Tell a worker at once. The broker down is no loss: the sweeper finds the row within a minute."""
    try:
        current_app.send_task("documents.controler_depot", args=[depot_id], retry=False)
    except KombuOperationalError:
        logger.warning("depot.courtier_absent", extra={"depot": depot_id})


def address(*, acteur: User, depot: Depot, inline: bool) -> str:
    """Where `acteur` may fetch an available file during the next 60 seconds; the reading is journaled first.

    `inline`: the sanitised copy, to be shown; else the original, to be saved. Raises Refus, or Erreur when the file is not available
    (still under check, set aside, sent into the bulle).
    """
    if depot.piece is not None:
        exiger(acteur, "piece_lire", depot.piece.sinistre)
    else:
        exiger(acteur, "corbeille_traiter")
    with transaction.atomic():
        # Locked for the instant of the answer: whoever sends it into the bulle comes before or after, never in between.
        fresh = Depot.objects.select_for_update(of=("self",)).get(pk=depot.pk)
        if fresh.etat == EtatDepot.RECLASSE:
            raise Erreur("Ce document relevait du secret médical : il a été envoyé dans la bulle et ne se lit plus ici.")
        if fresh.etat != EtatDepot.DISPONIBLE:
            raise Erreur("Ce fichier n’est pas disponible : son contrôle n’est pas terminé.")
        if inline and not fresh.apercu_cle:
            raise Erreur("L’aperçu de ce fichier est en préparation : téléchargez l’original, ou revenez dans quelques minutes.")
        _consigner(acteur, "depot.lu", depot)
        return storage.presign_get(fresh, inline=inline)


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
