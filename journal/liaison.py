"""The connection to the database, when something has failed on it."""

from __future__ import annotations

from django.db import connection


def is_lost() -> bool:
    """Whether it is gone: nothing more can be asked, recorded or undone on it, whatever failed."""
    return connection.connection is None or bool(connection.connection.closed)
