"""Celery entry points of the bulle's worker: ids only, state re-read, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from medical.services import balayage, controles_fichiers, reclassement


@shared_task(name="medical.controler_fichier")
def controler_fichier(fichier_id: int) -> str:
    """Check one file."""
    return controles_fichiers.controler(fichier_id)


@shared_task(name="medical.reclasser")
def reclasser() -> int:
    """Bring in the documents that were sent outside by error."""
    return reclassement.reprendre()


@shared_task(name="medical.balayer")
def balayer() -> int:
    """Resume what waits."""
    return balayage.balayer()


@shared_task(name="medical.inventorier")
def inventorier() -> dict[str, int]:
    """Hold the bucket and the rows against each other."""
    return balayage.inventorier()


@shared_task(name="medical.relire")
def relire() -> int:
    """Open again a sample of the contents."""
    return balayage.relire()
