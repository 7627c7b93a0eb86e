"""Celery entry points of the procedures: ids only, state re-read, safe to run twice."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from workflows import automates
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
