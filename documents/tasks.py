"""Celery entry points of pièces: ids only, state re-read, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from documents.services import balayage, depots, ribs
from documents.storage import StockageIndisponible


@shared_task(name="documents.controler_depot")
def controler_depot(depot_id: int) -> str:
    """Check one deposited file."""
    return depots.controler(depot_id)


@shared_task(name="documents.balayer")
def balayer() -> int:
    """Resume the checks that wait."""
    return depots.balayer()


@shared_task(name="documents.verifier_stockage", time_limit=3000, soft_time_limit=2900)
def verifier_stockage() -> str:
    """Rows without object, objects without row."""
    try:
        return str(balayage.verifier_stockage())
    except StockageIndisponible:
        return "le stockage ne répond pas"


@shared_task(name="documents.rattraper_ribs")
def rattraper_ribs() -> int:
    """Dossiers that wait for a RIB that is known meanwhile."""
    return ribs.rattraper()


@shared_task(name="documents.relire")
def relire() -> int:
    """Read a sample again, and make the previews that are wanting."""
    return balayage.relire() + balayage.refaire_apercus(limite=20)
