"""Vocabulary of messages."""

from __future__ import annotations

from django.db import models


class SensMessage(models.TextChoices):
    """Who writes to whom."""

    VERS_COLLECTIVITE = "VERS_COLLECTIVITE", "Du centre de gestion à la collectivité"
    VERS_CDG = "VERS_CDG", "De la collectivité au centre de gestion"


class RaisonMots(models.TextChoices):
    """Why a message leaves with words that look medical. A list: a free sentence could repeat them in the journal."""

    USAGE = "USAGE", "Ces mots n’ont ici qu’un sens administratif"
    NOM = "NOM", "Ils sont le nom d’un document, d’un service ou d’un établissement"
    DEJA_CONNU = "DEJA_CONNU", "Le destinataire les a déjà écrits lui-même"
