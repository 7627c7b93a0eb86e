"""Structured logs: who, which route, how long. Never a body, a query string or a medical value."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_QUERY = re.compile(r"\?\S*")
_ROW = re.compile(r"(DETAIL|LINE \d+):.*?(?=\n\nThe above exception|\n\nDuring handling|\nCONTEXT:|\Z)", re.DOTALL)
"""What PostgreSQL adds to an error, that quotes the row or the statement: whose soutien it is, in which programme, would be read there."""
_ALLOWED_BREVITY = 2000


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Addresses lose their query string, errors of the database the row that they quote; a long value is cut."""
    for key, value in event.items():
        if isinstance(value, str):
            value = _ROW.sub(r"\1: …", value)
            if key in {"request", "event", "path", "url"}:
                value = _QUERY.sub("?…", value)
            event[key] = value if key == "exception" else value[:_ALLOWED_BREVITY]
    return event


def logging_settings(*, json: bool) -> dict[str, Any]:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_personal_data,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.processors.LogfmtRenderer(key_order=["level", "event"], drop_missing=True)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            # SQL with its parameters would print personal data, whatever the level asked elsewhere.
            "django.db.backends": {"level": "INFO"},
            "django_structlog": {"level": "INFO"},
            # One line for each wake-up of a sweeper would bury the rest; failures are logged above this level.
            "django_structlog.celery": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            **{
                room: {"level": "INFO"}
                for room in (
                    *("journal", "accounts", "contracts", "cases", "documents", "indemnities", "medical", "workflows"),
                    *("notifications", "reporting", "portal", "api", "project"),
                )
            },
        },
    }
