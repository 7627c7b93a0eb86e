"""Celery entry points of accounts: safe to run twice."""

from __future__ import annotations

from celery import shared_task

from accounts import admissions


@shared_task(name="accounts.tenir_admissions")
def tenir_admissions() -> int:
    """Withdraw from the bulle whoever lost his account or his habilitation. Runs in the bulle's worker, whose login alone can."""
    return admissions.tenir_admissions()
