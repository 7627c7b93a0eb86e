"""Calls that are over are kept for a time, to be read and replayed, then deleted; the last of each thread stays, since ranks follow it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from notifications.enums import EtatLivraison
from notifications.models import Livraison
from notifications.webhooks.catalogue import ESSAI

LOT = 1000
"""Rows of one transaction: a purge never holds a program's calls for long."""


def gardees_depuis() -> dt.datetime:
    """The instant before which calls that are over may be gone."""
    return timezone.now() - dt.timedelta(days=settings.WEBHOOKS_CONSERVATION)


def purger(*, limite: int = 100_000) -> int:
    """Delete the calls that ended too long ago, `limite` at most. How many. Safe to run twice and at once, beside replays and deliveries.

    A call given up ends when somebody has seen it: until then, and as long again as one delivered, it can be replayed. Trials are all
    deleted: no rank follows theirs. Each lot goes on from the one before, so that calls that stay are read once.
    """
    total = dernier = 0
    while total < limite:
        taille = min(LOT, limite - total)
        with transaction.atomic():
            perimees = _over().filter(pk__gt=dernier).select_for_update(of=("self",), skip_locked=True).order_by("pk")
            ids = list(perimees.values_list("pk", flat=True)[:taille])
            total += Livraison.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < taille:
            break
        dernier = ids[-1]
    return total


def _over() -> QuerySet[Livraison]:
    limite = gardees_depuis()
    suite = Livraison.objects.filter(abonnement=OuterRef("abonnement"), fil=OuterRef("fil"), rang__gt=OuterRef("rang"))
    finies = Q(etat=EtatLivraison.LIVREE, livree_le__lt=limite) | Q(etat=EtatLivraison.ABANDONNEE, vu_le__lt=limite)
    return Livraison.objects.filter(finies, Q(type=ESSAI) | Exists(suite))
