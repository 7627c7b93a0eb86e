"""How much one account may ask in a minute, counted in the broker's store so that every process counts together."""

from __future__ import annotations

import functools
import logging
import time

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW = 60


@functools.cache
def _store() -> redis.Redis:
    return redis.Redis.from_url(settings.BROKER_URL, socket_connect_timeout=0.3, socket_timeout=0.3)


class PerAccountThrottle(BaseThrottle):
    """A fixed window of one minute. The store down lets requests pass: the limit protects from clumsiness, it grants nothing."""

    def __init__(self) -> None:
        self.left = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.user is None or request.user.pk is None:
            return True
        now = time.time()
        window = int(now // WINDOW)
        prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
        key = f"{prefix}api:{request.user.pk}:{window}"
        try:
            pipe = _store().pipeline(transaction=False)
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW)
            count = int(pipe.execute()[0])
        except redis.RedisError as error:
            logger.warning("api.compteur_absent", extra={"cause": type(error).__name__})
            return True
        self.left = (window + 1) * WINDOW - now
        return count <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return self.left
