"""In a test of the bulle, what people do at the web's address: there their roles are not those that the bulle admits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.test import override_settings


@contextlib.contextmanager
def dehors() -> Iterator[None]:
    """Inside, the gate answers as in the web's process; database, keys and bucket stay the bulle's."""
    with override_settings(PROCESS="web"):
        yield
