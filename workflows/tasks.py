"""Celery entry points of the procedures: ids only, state re-read, safe to run twice."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from documents.storage import FichierAbsent, StockageIndisponible
from workflows import automates, bordereaux_fichiers, retours, virements
from workflows.branches.soutien import creneaux


@shared_task(name="workflows.executer")
def executer(execution_id: int) -> bool:
    """Carry out one automatic step."""
    return automates.executer(execution_id)


@shared_task(name="workflows.balayer")
def balayer() -> int:
    """Automatic steps and timers whose time has come; in the bulle, the soutiens whose slot has come."""
    suivis = creneaux.suivre() if settings.PROCESS == "bulle" else 0
    return suivis + automates.balayer()


@shared_task(name="workflows.editer_bordereau")
def editer_bordereau(bordereau_id: int) -> int:
    """Make the files of one bordereau."""
    try:
        return bordereaux_fichiers.fabriquer(bordereau_id)
    except StockageIndisponible:
        return 0  # the sweeper comes back to it


@shared_task(name="workflows.balayer_bordereaux")
def balayer_bordereaux() -> int:
    """Make the files that bordereaux have not yet."""
    return bordereaux_fichiers.balayer()


@shared_task(name="workflows.relire_bordereaux", time_limit=3000, soft_time_limit=2900)
def relire_bordereaux() -> int:
    """Read a day's share of the files of bordereaux again."""
    try:
        return bordereaux_fichiers.relire() + bordereaux_fichiers.ecarter_orphelins()
    except StockageIndisponible:
        return 0  # the morrow's run reads another share; this one's turn comes back in a month


@shared_task(name="workflows.ecrire_remise")
def ecrire_remise(remise_id: int) -> bool:
    """Keep the file of a remise that has just been signed."""
    try:
        return virements.ecrire_fichier(remise_id)
    except StockageIndisponible:
        return False  # the sweeper comes back to it


@shared_task(name="workflows.traiter_retour", time_limit=1800, soft_time_limit=1750)
def traiter_retour(retour_id: int) -> bool:
    """Act on a long message of the bank or of an insurer."""
    try:
        return retours.traiter(retour_id)
    except (StockageIndisponible, FichierAbsent):
        return False  # the sweeper comes back to it


@shared_task(name="workflows.balayer_virements", time_limit=1800, soft_time_limit=1750)
def balayer_virements() -> int:
    """Files of remises that are wanting, messages that a crash left unread."""
    return virements.balayer() + retours.balayer()
