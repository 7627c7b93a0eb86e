"""Field history of configuration tables, by database triggers: who changed which contract, right or list, and what it said before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def historise() -> Callable[[M], M]:
    """Class decorator: each insert, update and delete leaves a copy of the row, which nobody may change or remove afterwards."""
    decorator: Callable[[M], M] = pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True
    )
    return decorator
