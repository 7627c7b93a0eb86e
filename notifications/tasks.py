"""Celery entry points of notifications."""

from __future__ import annotations

from celery import shared_task

from notifications.derivation import deriver
from notifications.relay import relayer


@shared_task(name="notifications.relever")
def relever() -> int:
    """Derive the e-mails of new events, then send what is due. Safe to run twice and at once."""
    deriver()
    return relayer().envoyes
