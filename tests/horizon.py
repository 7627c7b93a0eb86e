"""Waiting for `pg_snapshot_xmin`, which counts the transactions of the whole server, those of other tests' databases too."""

from __future__ import annotations

import time

from django.db import connection


def wait_for_horizon(seconds: float = 60) -> None:
    """Return when everything this connection has committed is behind every transaction still running on the server.

    Sealing and consumers of events see nothing before that. Fails after `seconds`, rather than let a test pass or fail by chance.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        mine = cursor.fetchone()[0]
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] > mine:
                return
            time.sleep(0.02)
    raise TimeoutError("a transaction older than this test's is still running on the server")
