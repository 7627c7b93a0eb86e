"""Settings, addresses, celery, health and embedded parts. Knows every room, decides nothing."""

from project.celery import app as celery_app

__all__ = ["celery_app"]
