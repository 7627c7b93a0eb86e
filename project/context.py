"""What every page may say of the installation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, Any]:
    return {
        "demonstration": settings.DEMO,
        "sans_antivirus": settings.ACCEPT_UNSCANNED,
        "processus": settings.PROCESS,
        "adresse_bulle": settings.BULLE_URL,
        "adresse_web": settings.PUBLIC_URL,
    }
