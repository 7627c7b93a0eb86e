"""Vocabulary of messages."""

from __future__ import annotations

from django.db import models


class SensMessage(models.TextChoices):
    """Who writes to whom."""

    VERS_COLLECTIVITE = "VERS_COLLECTIVITE", "Du centre de gestion à la collectivité"
    VERS_CDG = "VERS_CDG", "De la collectivité au centre de gestion"
