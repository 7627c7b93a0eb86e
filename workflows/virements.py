"""Transfers of the CDG from end to end: composed, signed, their file kept and given, what became of them read (workflows/retours.py).

The store is never spoken to inside a transaction. The file of a remise is the same bytes each time it is made, its digest is frozen by
the signature and its name is fixed: whoever is killed between the store and the database leaves one file, and the next one writes it again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.errors import Erreur
from documents import storage
from indemnities.enums import EtatRemise
from indemnities.models import Bordereau, Remise
from indemnities.selectors import bordereaux_visibles
from indemnities.selectors_virements import remises_visibles
from indemnities.sepa.pain001 import FichierIncoherent
from indemnities.services import remises

logger = logging.getLogger(__name__)
LOT = 50
SANS_FICHIER = (EtatRemise.BROUILLON, EtatRemise.ABANDONNEE)
ALTERE = "Le fichier de la remise {} n’est plus celui qui a été signé : ne l’envoyez pas, prévenez l’administrateur technique."


def composer(*, acteur: User, bordereau_ids: Sequence[int], execution: dt.date, alertes_assumees: str = "") -> Remise:
    """One transfer for each of these bordereaux. Raises as `remises.composer`, Refus for one that is not visible."""
    wanted = set(bordereau_ids)
    visible = set(bordereaux_visibles(acteur).filter(pk__in=wanted).order_by().values_list("pk", flat=True))
    if visible != wanted:
        raise Refus("Un des bordereaux choisis n’existe pas.", action="remise_composer", visible=False)
    with transaction.atomic():
        locked = _lock_bordereaux(visible)
        return remises.composer(acteur=acteur, bordereaux=locked, execution=execution, alertes_assumees=alertes_assumees)


def signer(*, acteur: User, numero: str) -> Remise:
    """Sign a visible remise; a worker then writes its file. Raises Remise.DoesNotExist, and as `remises.signer`."""
    with transaction.atomic():
        remise = _lock(acteur, numero)
        remises.signer(acteur=acteur, remise=remise)
        transaction.on_commit(lambda: wake("workflows.ecrire_remise", remise.pk), robust=True)
    return remise


def abandonner(*, acteur: User, numero: str, motif: str) -> Remise:
    """Give up a visible remise before its file is taken. Raises Remise.DoesNotExist, and as `remises.abandonner`."""
    with transaction.atomic():
        return remises.abandonner(acteur=acteur, remise=_lock(acteur, numero), motif=motif)


def prendre_fichier(*, acteur: User, numero: str) -> tuple[Remise, bytes]:
    """The bytes to give to the bank, exactly those that were signed; who takes them is journaled before the first byte leaves.

    Raises Remise.DoesNotExist, Refus, TransitionImpossible, StockageIndisponible, Erreur when the store gives other bytes.
    """
    exiger(acteur, "remise_emettre")
    remise = remises_visibles(acteur).get(numero=numero)
    contenu = b"" if remise.etat in SANS_FICHIER else _signed_bytes(remise)
    with transaction.atomic():
        remise = _lock(acteur, numero)
        remises.emettre(acteur=acteur, remise=remise)
    return remise, contenu


# -- The file ----------------------------------------------------------------------------------------------------------------


def _signed_bytes(remise: Remise) -> bytes:
    """The file of a signed remise, or nothing when it was given up while we asked: its taking then says so, under its lock.

    Raises StockageIndisponible, Erreur when the store gives other bytes than were signed.
    """
    cause = None
    try:
        ecrire_fichier(remise.pk)
        contenu = storage.read_kept(remise.nom_fichier)
        if hashlib.sha256(contenu).hexdigest() == remise.sha256:
            return contenu
    except (Erreur, storage.FichierAbsent) as error:
        cause = error
    if Remise.objects.filter(pk=remise.pk, etat=EtatRemise.ABANDONNEE).exists():
        return b""
    raise Erreur(ALTERE.format(remise.numero)) from cause


def ecrire_fichier(remise_id: int) -> bool:
    """Keep the file of a signed remise, if it is not kept yet. Safe to run twice, and by two at once.

    Raises StockageIndisponible; Erreur when the file made now is not the one that was signed (another version of a library, an altered
    row): nothing is written then.
    """
    remise = Remise.objects.select_related("compte").get(pk=remise_id)
    if remise.ecrit_le is not None or remise.etat != EtatRemise.SIGNEE:
        return False
    try:
        contenu = remises.fichier_de(remise, remises.virements_de(remise)).contenu
    except FichierIncoherent as error:
        raise Erreur(ALTERE.format(remise.numero)) from error
    if hashlib.sha256(contenu).hexdigest() != remise.sha256:
        raise Erreur(ALTERE.format(remise.numero))
    storage.keep(remise.nom_fichier, contenu)
    remises.noter_fichier(remise.pk)
    return True


def balayer(*, limite: int = LOT) -> int:
    """Write the files that a lost wake-up or a store that was down left wanting. Returns how many."""
    wanting = Remise.objects.filter(etat=EtatRemise.SIGNEE, ecrit_le__isnull=True).order_by("pk")
    done = 0
    for pk in wanting.values_list("pk", flat=True)[:limite]:
        try:
            done += ecrire_fichier(pk)
        except storage.StockageIndisponible:
            logger.warning("remise.stockage_absent", extra={"remise": pk})
            break
        except Erreur:
            logger.exception("remise.fichier_impossible", extra={"remise": pk})
    return done


# -- Locks -------------------------------------------------------------------------------------------------------------------


def _lock(acteur: User, numero: str) -> Remise:
    """A visible remise, locked after its bordereaux. Its author is read with it."""
    visible = remises_visibles(acteur).get(numero=numero)
    _lock_bordereaux(set(visible.virements.order_by().values_list("bordereau_id", flat=True)))
    return lock_remise(visible.pk)


def lock_remise(remise_id: int) -> Remise:
    """Locked after the bordereaux it concerns, before its transfers."""
    return Remise.objects.select_for_update(of=("self",)).select_related("compte").get(pk=remise_id)


def _lock_bordereaux(ids: set[int]) -> list[Bordereau]:
    rows = Bordereau.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    return list(rows.select_related("contrat", "collectivite").order_by("pk"))


def wake(tache: str, pk: int) -> None:
    """Tell a worker. The broker down is no loss: the sweeper finds the row."""
    try:
        current_app.send_task(tache, args=[pk], retry=False)
    except OperationalError:
        logger.warning("virements.courtier_absent", extra={"tache": tache, "objet": pk})
