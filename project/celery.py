"""The celery application: ids only, JSON only, every task safe to run twice."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("vigie")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
@signals.beat_init.connect
def _refuse_a_powerful_login(**_: Any) -> None:
    from project.logins import check_now

    check_now()


@signals.worker_ready.connect
def _first_beat(sender: Any, **_: Any) -> None:
    from project.health import beat

    for queue in sender.app.amqp.queues.consume_from:
        beat(queue)


@signals.setup_logging.connect
def _our_logging(**_: Any) -> None:
    """Django's settings have configured the logs; celery leaves them as they are."""
