"""Celery entry points of cases: wake-ups only, each safe to run twice."""

from __future__ import annotations

from celery import shared_task

from cases.services import echeances, taches


@shared_task(name="cases.balayer_echeances")
def balayer_echeances() -> int:
    """Open the work items of the deadlines that have come, and bring back what was put aside until today."""
    return echeances.balayer() + taches.ressortir_du_jour()
