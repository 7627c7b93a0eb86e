from __future__ import annotations

from typing import Any

from celery import shared_task

from project.health import beat


@shared_task(name="project.battement", bind=True)
def battement(self: Any) -> None:
    """Beat, broker and worker of a queue are alive when this runs."""
    beat(self.request.delivery_info.get("routing_key") or "default")
