"""Vocabulary of a médiation: who is heard, what each may answer, how it ends."""

from __future__ import annotations

from django.db import models


class PartieMediation(models.TextChoices):
    """The three that are heard before any refusal."""

    ASSUREUR = "ASSUREUR", "Assureur"
    CDG = "CDG", "Centre de gestion"
    COLLECTIVITE = "COLLECTIVITE", "Employeur"


class SensPosition(models.TextChoices):
    FAVORABLE_AU_REFUS = "FAVORABLE_AU_REFUS", "Favorable au refus"
    OPPOSEE = "OPPOSEE", "Opposée au refus"
    PROPOSITION = "PROPOSITION", "Autre solution proposée"
    SANS_REPONSE = "SANS_REPONSE", "Sans réponse dans le délai"


POSITIONS = [choix for choix in SensPosition.choices if choix[0] != SensPosition.SANS_REPONSE]
"""What somebody may answer; silence is recorded by the clock."""

EXPLIQUEES = frozenset({SensPosition.OPPOSEE, SensPosition.PROPOSITION})
"""Positions that say why, or what else."""


class IssueMediation(models.TextChoices):
    """The transition of the dossier that ended it."""

    LEVE = "LEVE", "Refus levé"
    REFUS = "REFUS", "Refus prononcé"
    REFUS_PARTIEL = "REFUS_PARTIEL", "Refus d’une partie"
