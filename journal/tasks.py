"""Celery entry points of the journal."""

from __future__ import annotations

from celery import shared_task

from journal.sealing import sceller


@shared_task(name="journal.sceller")
def sceller_journal() -> int:
    """Chain what can be and anchor the head. Safe to run twice and at once."""
    return sceller().scelles
