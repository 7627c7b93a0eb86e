"""Waking a worker for an automatic step. The message may be lost: the sweeper finds the row."""

from __future__ import annotations

import logging

from celery import current_app
from kombu.exceptions import OperationalError

from workflows.models import Execution

logger = logging.getLogger(__name__)


def reveiller(execution: Execution) -> None:
    """Send its id to the queue of its worker."""
    try:
        current_app.send_task("workflows.executer", args=[execution.pk], retry=False, queue="bulle" if execution.dans_la_bulle else None)
    except OperationalError:
        logger.warning("branche.reveil_perdu", extra={"execution": execution.pk})
