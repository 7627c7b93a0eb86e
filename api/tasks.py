"""Celery entry points of the API."""

from __future__ import annotations

from celery import shared_task

from api import idempotency


@shared_task(name="api.purger_cles")
def purger_cles() -> int:
    """Erase the answers kept under old idempotency keys."""
    return idempotency.purge()
