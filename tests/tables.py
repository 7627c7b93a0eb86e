"""For the tables route × role: one scene, many requests, none of which sees what another did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.db import transaction
from django.test import Client


def settled(client: Client, home: str) -> Client:
    """Somebody who has come before: what his session writes on the first page would be written, and undone, at each request."""
    client.get(home)
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is rolled back, and no rate remembers it."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        cache.clear()
