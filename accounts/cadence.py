"""How often somebody may ask, in fixed windows of a minute, counted in the broker's store so that every process counts together."""

from __future__ import annotations

import functools
import logging
import time
from dataclasses import dataclass

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

WINDOW = 60
"""Seconds."""


@dataclass(frozen=True)
class Compte:
    """How many times in this window, the present one included, and the seconds that are left of it."""

    fois: int
    reste: float


def compter(porte: str, qui: str) -> Compte | None:
    """Count one request of `qui` (a key of a row or a digest, nothing personal) at that door.

    None when the store is down: let the request pass, since a limit protects from clumsiness and grants nothing.
    """
    now = time.time()
    window = int(now // WINDOW)
    key = f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}{porte}:{qui}:{window}"
    try:
        pipe = _store().pipeline(transaction=False)
        pipe.incr(key)
        pipe.expire(key, 2 * WINDOW)
        fois = int(pipe.execute()[0])
    except redis.RedisError as error:
        logger.warning("cadence.compteur_absent", extra={"porte": porte, "cause": type(error).__name__})
        return None
    return Compte(fois, (window + 1) * WINDOW - now)


@functools.cache
def _store() -> redis.Redis:
    return redis.Redis.from_url(settings.BROKER_URL, socket_connect_timeout=0.3, socket_timeout=0.3)
