"""Vocabulary of money."""

from __future__ import annotations

from django.db import models


class EtatDecompte(models.TextChoices):
    CALCULE = "CALCULE", "Calculé"
    APPROUVE = "APPROUVE", "Approuvé"
    TRANSMIS = "TRANSMIS", "Transmis"
    REGLE = "REGLE", "Réglé"
    REJETE = "REJETE", "Rejeté"


class EtatBordereau(models.TextChoices):
    TRANSMIS = "TRANSMIS", "Transmis"
    REGLE = "REGLE", "Réglé"
    REJETE = "REJETE", "Rejeté"
