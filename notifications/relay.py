"""The relay: sends what is due, once.

Each e-mail is claimed in a transaction of its own (`SKIP LOCKED`, a lease), handed over with no lock held, and settled in another. Two
relays never claim the same row. When a relay dies between claim and settlement, nobody can tell whether the server took the e-mail: once
its lease is over it is marked « incertain » and shown, never sent again by itself. One e-mail is claimed at a time, so one is in doubt.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from notifications.enums import EtatCourriel
from notifications.models import Courriel
from notifications.transport import Injoignable, Issue, Reponse, Transport

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)
"""Longer than a task may live (settings.CELERY_TASK_TIME_LIMIT): a lease that is over belongs to a dead relay."""

ATTEMPTS = 20
FIRST_DELAY = dt.timedelta(minutes=1)
LONGEST_DELAY = dt.timedelta(hours=4)
"""A minute, then twice as long each time, four hours at most: an address is tried for two days."""


@dataclass
class Bilan:
    envoyes: int = 0
    repousses: int = 0
    incertains: int = 0
    abandonnes: int = 0


def relayer(*, limite: int = 200) -> Bilan:
    """Send what is due, `limite` e-mails at most. A server that can't be reached leaves every e-mail where it is."""
    bilan = Bilan(incertains=_doubt_abandoned_leases())
    if settings.EMAIL_OUTBOX_ONLY:
        bilan.envoyes = _keep(limite)
        return bilan
    if not _due().exists():
        return bilan
    try:
        with Transport() as transport:
            for _ in range(limite):
                courriel = _claim()
                if courriel is None:
                    break
                try:
                    reponse = transport.send(courriel)
                except Injoignable:
                    _give_back(courriel)
                    raise
                _settle(courriel, reponse, bilan)
    except Injoignable as error:
        logger.warning("messagerie injoignable", extra={"erreur": str(error)})
    return bilan


def _due() -> models.QuerySet[Courriel]:
    return Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER, prochaine_le__lte=timezone.now()).order_by("prochaine_le", "pk")


def _keep(limite: int) -> int:
    """The embedded default: the e-mail is kept, and shown in « Boîte d’envoi »."""
    with transaction.atomic():
        due = list(_due().select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:limite])
        return Courriel.objects.filter(pk__in=due).update(etat=EtatCourriel.ENVOYE, envoye_le=timezone.now(), conserve=True)


def _claim() -> Courriel | None:
    with transaction.atomic():
        courriel = _due().select_for_update(of=("self",), skip_locked=True).first()
        if courriel is not None:
            courriel.etat = EtatCourriel.EN_COURS
            courriel.tentatives += 1
            courriel.bail, courriel.bail_jusqu_a = uuid.uuid4(), timezone.now() + LEASE
            courriel.save(update_fields=["etat", "tentatives", "bail", "bail_jusqu_a"])
        return courriel


def _held(courriel: Courriel) -> models.QuerySet[Courriel]:
    """The row, if our lease still holds: whoever lost it changes nothing any more."""
    return Courriel.objects.filter(pk=courriel.pk, etat=EtatCourriel.EN_COURS, bail=courriel.bail)


def _give_back(courriel: Courriel) -> None:
    """Claimed, but the connection could not be had: this was no attempt."""
    _held(courriel).update(etat=EtatCourriel.A_ENVOYER, bail=None, bail_jusqu_a=None, tentatives=courriel.tentatives - 1)


def _settle(courriel: Courriel, reponse: Reponse, bilan: Bilan) -> None:
    changes: dict[str, object] = {"bail": None, "bail_jusqu_a": None, "erreur": reponse.erreur}
    match reponse.issue:
        case Issue.ACCEPTE:
            changes |= {"etat": EtatCourriel.ENVOYE, "envoye_le": timezone.now()}
            bilan.envoyes += 1
        case Issue.INCERTAIN:
            changes["etat"] = EtatCourriel.INCERTAIN
            bilan.incertains += 1
        case Issue.REPOUSSE if courriel.tentatives < ATTEMPTS:
            delai = min(FIRST_DELAY * 2 ** (courriel.tentatives - 1), LONGEST_DELAY)
            changes |= {"etat": EtatCourriel.A_ENVOYER, "prochaine_le": timezone.now() + delai}
            bilan.repousses += 1
        case _:
            changes["etat"] = EtatCourriel.ABANDONNE
            bilan.abandonnes += 1
    _held(courriel).update(**changes)
    if reponse.issue is not Issue.ACCEPTE:
        logger.warning("courriel non parti", extra={"courriel": courriel.pk, "issue": reponse.issue.name, "erreur": reponse.erreur})


def _doubt_abandoned_leases() -> int:
    return Courriel.objects.filter(etat=EtatCourriel.EN_COURS, bail_jusqu_a__lt=timezone.now()).update(
        etat=EtatCourriel.INCERTAIN, bail=None, bail_jusqu_a=None, erreur="relais interrompu pendant l’envoi"
    )
