"""Telling that the time of a task is over from everything else that may go wrong in it."""

from __future__ import annotations

from celery.exceptions import SoftTimeLimitExceeded

from journal import liaison


def is_overtime(error: BaseException | None) -> bool:
    """Whether the time of the task is over: it tells nothing of what the task had in hand, nor of a server it speaks to.

    The worker's signal may come anywhere, in a query or a commit too: what that leaves undone then raises an error of its own above it.
    """
    while error is not None and not isinstance(error, SoftTimeLimitExceeded):
        error = error.__cause__ or error.__context__
    return error is not None


def is_task_over(error: BaseException) -> bool:
    """Whether the task can't go on, whatever it has in hand: its time is over, or its connection to the database is lost."""
    return is_overtime(error) or liaison.is_lost()
