"""Celery entry points of notifications."""

from __future__ import annotations

from celery import shared_task

from notifications.composition import composer
from notifications.derivation import deriver
from notifications.relances import relancer as balayer_relances
from notifications.relay import relayer


@shared_task(name="notifications.relever")
def relever() -> int:
    """Derive the news of new events, put it in e-mails, send what is due. Safe to run twice and at once."""
    deriver()
    composer()
    return relayer().envoyes


@shared_task(name="notifications.relancer")
def relancer() -> int:
    """Ask again for the pièces whose time has come. Safe to run twice and at once."""
    return balayer_relances()
