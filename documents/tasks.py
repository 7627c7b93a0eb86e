"""Celery entry points of pièces: ids only, state re-read, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from documents.services import depots


@shared_task(name="documents.controler_depot")
def controler_depot(depot_id: int) -> str:
    """Check one deposited file."""
    return depots.controler(depot_id)


@shared_task(name="documents.balayer")
def balayer() -> int:
    """Resume the checks that wait."""
    return depots.balayer()
