"""Vocabulary of the soutien psychologique. The programmes stand in `cases`: their name may be seen outside, with consent."""

from __future__ import annotations

from django.db import models


class OrigineSoutien(models.TextChoices):
    AGENT = "AGENT", "Demandé par l’agent"
    PROPOSE = "PROPOSE", "Proposé à l’agent"


class Accord(models.TextChoices):
    """What the agent says of a soutien proposed to him. His own request is an agreement."""

    A_RECUEILLIR = "A_RECUEILLIR", "À recueillir"
    DONNE = "DONNE", "Donné"
    REFUSE = "REFUSE", "Refusé"


class Voie(models.TextChoices):
    """How the agent said it."""

    LIEN = "LIEN", "Par son lien"
    TELEPHONE = "TELEPHONE", "Par téléphone"
    COURRIER = "COURRIER", "Par écrit"


class FormeSeance(models.TextChoices):
    CABINET = "CABINET", "En cabinet"
    VISIO = "VISIO", "En visioconférence"
    TELEPHONE = "TELEPHONE", "Par téléphone"


class IssueSoutien(models.TextChoices):
    """How a soutien ended. Known inside only."""

    QUOTA = "QUOTA", "Toutes les séances ont été tenues"
    ATTEINT = "ATTEINT", "L’objectif est atteint"
    ORIENTATION = "ORIENTATION", "L’agent est orienté vers un autre professionnel"
    SANS_SUITE = "SANS_SUITE", "L’agent ne donne plus suite"
    AGENT = "AGENT", "L’agent y a mis fin"
    REFUS = "REFUS", "L’agent a refusé la proposition"


ISSUES_DU_PSYCHOLOGUE = (IssueSoutien.ATTEINT, IssueSoutien.ORIENTATION, IssueSoutien.SANS_SUITE)
"""Those that he chooses among; the others follow from what happened."""


class ActeSoutien(models.TextChoices):
    """What was done, in the trail that stays in the bulle."""

    DEMANDE = "DEMANDE", "Soutien demandé"
    PROPOSE = "PROPOSE", "Soutien proposé"
    ACCEPTE = "ACCEPTE", "Proposition acceptée"
    REFUSE = "REFUSE", "Proposition refusée"
    AFFECTE = "AFFECTE", "Confié à un psychologue"
    CONTACT = "CONTACT", "Premier contact pris"
    SEANCE = "SEANCE", "Séance tenue"
    ABSENCE = "ABSENCE", "Rendez-vous manqué"
    SEANCES_FINIES = "SEANCES_FINIES", "Séances terminées"
    SOCIAL_FINI = "SOCIAL_FINI", "Accompagnement social terminé"
    CLOS = "CLOS", "Soutien terminé"
    ARRET = "ARRET", "Arrêté par l’agent"
    MONTRE = "MONTRE", "L’agent accepte que son soutien se voie"
    CACHE = "CACHE", "L’agent ne veut plus que son soutien se voie"
    LU = "LU", "Page lue"
    NOTE_LUE = "NOTE_LUE", "Notes relues"
