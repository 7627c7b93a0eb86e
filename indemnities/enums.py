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


class ChargeHonoraires(models.TextChoices):
    """Who pays the médecin agréé: the employer for a control that the law imposes, the insurer for the others (domain: §5.1, S002)."""

    COLLECTIVITE = "COLLECTIVITE", "La collectivité"
    ASSUREUR = "ASSUREUR", "L’assureur"
