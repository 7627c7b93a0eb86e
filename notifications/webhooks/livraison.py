"""The delivery: makes the calls that are due, those of one thread one after the other.

Each call is claimed in a transaction of its own (`SKIP LOCKED`, a lease), made with no lock held, and settled in another. A call is
claimable only when nothing of its thread with a lower rank is still open: the calls of one dossier arrive in order, dossiers side by side.
A worker that dies leaves its lease: once over, the call is made again. At least once, then; the Webhook-Id tells the receiver.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from journal.services import consigner
from notifications.enums import LIVRAISONS_OUVERTES, EtatLivraison, MotifPause
from notifications.models import Abonnement, Livraison
from notifications.webhooks import coffre
from notifications.webhooks.coffre import SecretIllisible
from notifications.webhooks.signature import signer
from notifications.webhooks.transport import Reponse, poster

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
"""Much longer than a call may last (transport.TIMEOUT and the resolver's own): a lease that is over belongs to a dead worker."""

ATTEMPTS = 18
FIRST_DELAY = dt.timedelta(seconds=30)
LONGEST_DELAY = dt.timedelta(hours=6)
"""Thirty seconds, then twice as long each time, six hours at most: two days in all."""

ROUND = 20.0
"""Seconds that one task goes on for, less than the beat's period: calls never hold more than one process of the worker for long."""

GONE = 410


@dataclass
class Bilan:
    livrees: int = 0
    repoussees: int = 0
    abandonnees: int = 0


def delay(tentatives: int) -> dt.timedelta:
    """How long to wait after so many attempts."""
    return min(FIRST_DELAY * 2 ** (tentatives - 1), LONGEST_DELAY)


def livrer() -> Bilan:
    """Make the calls that are due. A program that does not answer at all is left for this round, so that it holds up no other."""
    bilan, fin = Bilan(), time.monotonic() + ROUND
    _take_back()
    _give_up_closed()
    due = list(_due().order_by().values_list("abonnement_id", flat=True).distinct())
    random.shuffle(due)  # none is always the last, behind those that do not answer
    for pk in due:
        while time.monotonic() < fin:
            livraison = _claim(pk)
            if livraison is None:
                break
            reponse = _call(livraison)
            if reponse is None:
                break
            _settle(livraison, reponse, bilan)
            if reponse.injoignable:
                break
    return bilan


def _due() -> QuerySet[Livraison]:
    return Livraison.objects.filter(
        etat=EtatLivraison.A_LIVRER, prochaine_le__lte=timezone.now(), abonnement__actif=True, abonnement__ferme_le=None
    )


def _claim(abonnement_id: int) -> Livraison | None:
    avant = Livraison.objects.filter(abonnement=OuterRef("abonnement"), fil=OuterRef("fil"), etat__in=LIVRAISONS_OUVERTES)
    avant = avant.filter(Q(rang__lt=OuterRef("rang")) | Q(etat=EtatLivraison.EN_COURS))
    with transaction.atomic():
        livraison = (
            _due()
            .filter(~Exists(avant), abonnement=abonnement_id)
            .select_related("abonnement")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("prochaine_le", "pk")
            .first()
        )
        if livraison is not None:
            livraison.etat = EtatLivraison.EN_COURS
            livraison.tentatives += 1
            livraison.bail, livraison.bail_jusqu_a = uuid.uuid4(), timezone.now() + LEASE
            livraison.save(update_fields=["etat", "tentatives", "bail", "bail_jusqu_a"])
        return livraison


def _take_back() -> int:
    """Calls whose worker died: nobody knows whether they were made, so they are made again."""
    return Livraison.objects.filter(etat=EtatLivraison.EN_COURS, bail_jusqu_a__lt=timezone.now()).update(
        etat=EtatLivraison.A_LIVRER, bail=None, bail_jusqu_a=None, erreur="interrompue pendant l’appel"
    )


def _give_up_closed() -> None:
    """Calls that were being made when their subscription was closed, and failed: nobody waits for them any more."""
    Livraison.objects.filter(etat=EtatLivraison.A_LIVRER, abonnement__ferme_le__isnull=False).update(
        etat=EtatLivraison.ABANDONNEE, erreur="abonnement fermé", vu_le=timezone.now()
    )


def _call(livraison: Livraison) -> Reponse | None:
    """Sign and make the call. None when the secret can't be read: the subscription waits for a new one, and this was no attempt."""
    abonnement, maintenant = livraison.abonnement, timezone.now()
    try:
        secrets = [coffre.ouvrir(abonnement.secret, abonnement.uid)]
        if abonnement.ancien_secret is not None and abonnement.ancien_secret_jusqu_a > maintenant:  # type: ignore[operator]
            secrets.append(coffre.ouvrir(abonnement.ancien_secret, abonnement.uid))
    except SecretIllisible:
        _held(livraison).update(etat=EtatLivraison.A_LIVRER, bail=None, bail_jusqu_a=None, tentatives=livraison.tentatives - 1)
        _pause(abonnement, MotifPause.SECRET)
        return None
    corps, identifiant, horodatage = livraison.corps.encode(), str(livraison.uid), int(maintenant.timestamp())
    entetes = {
        "Content-Type": "application/json",
        "User-Agent": "Vigie",
        "Webhook-Id": identifiant,
        "Webhook-Timestamp": str(horodatage),
        "Webhook-Signature": signer(secrets, identifiant, horodatage, corps),
    }
    return poster(abonnement.url, corps, entetes)


def _held(livraison: Livraison) -> QuerySet[Livraison]:
    """The row, if our lease still holds: whoever lost it changes nothing any more."""
    return Livraison.objects.filter(pk=livraison.pk, etat=EtatLivraison.EN_COURS, bail=livraison.bail)


def _settle(livraison: Livraison, reponse: Reponse, bilan: Bilan) -> None:
    maintenant = timezone.now()
    changes: dict[str, object] = {"bail": None, "bail_jusqu_a": None, "statut_http": reponse.statut, "erreur": reponse.erreur}
    if reponse.acceptee:
        changes |= {"etat": EtatLivraison.LIVREE, "livree_le": maintenant}
        bilan.livrees += 1
    elif livraison.tentatives < ATTEMPTS or reponse.statut == GONE:
        changes |= {"etat": EtatLivraison.A_LIVRER, "prochaine_le": maintenant + delay(livraison.tentatives)}
        bilan.repoussees += 1
    else:
        changes["etat"] = EtatLivraison.ABANDONNEE
        bilan.abandonnees += 1
    _held(livraison).update(**changes)
    if reponse.statut == GONE:
        _pause(livraison.abonnement, MotifPause.DISPARU)
    if not reponse.acceptee:
        logger.warning("webhook non livré", extra={"livraison": livraison.pk, "erreur": reponse.erreur})


def _pause(abonnement: Abonnement, motif: MotifPause) -> None:
    """The system pauses a subscription that can't be served; a responsable resumes it."""
    with transaction.atomic():
        fresh = Abonnement.objects.select_for_update(of=("self",), no_key=True).get(pk=abonnement.pk)
        if not fresh.actif:
            return
        fresh.actif, fresh.pause_le, fresh.pause_motif = False, timezone.now(), motif
        fresh.save(update_fields=["actif", "pause_le", "pause_motif"])
        consigner(acteur=None, action="abonnement.suspendu", objet_type="abonnement", objet_id=fresh.pk, donnees={"motif": motif.value})
