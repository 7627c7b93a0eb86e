"""How much one account may ask in a minute."""

from __future__ import annotations

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts import cadence


class PerAccountThrottle(BaseThrottle):
    """A fixed window of one minute. The store down lets requests pass."""

    def __init__(self) -> None:
        self.left = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.user is None or request.user.pk is None:
            return True
        compte = cadence.compter("api", str(request.user.pk))
        if compte is None:
            return True
        self.left = compte.reste
        return compte.fois <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return self.left
