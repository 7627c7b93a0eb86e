"""Vocabulary of an accompagnement: its forms, aims, how the agent agreed, what came of it."""

from __future__ import annotations

from django.db import models


class FormeAccompagnement(models.TextChoices):
    RETOUR_EMPLOI = "RETOUR_EMPLOI", "Programme individuel de retour à l’emploi"
    SITUATION_COMPLEXE = "SITUATION_COMPLEXE", "Situation complexe"


class ObjectifAccompagnement(models.TextChoices):
    REPRISE = "REPRISE", "Reprendre le même poste"
    AMENAGEMENT = "AMENAGEMENT", "Aménager le poste ou les horaires"
    RECLASSEMENT = "RECLASSEMENT", "Préparer un reclassement"
    MAINTIEN = "MAINTIEN", "Prévenir une nouvelle absence"
    RELATIONS = "RELATIONS", "Rétablir les relations de travail"


class RecueilAccord(models.TextChoices):
    """How the agent's answer was collected."""

    ENTRETIEN = "ENTRETIEN", "Entretien"
    TELEPHONE = "TELEPHONE", "Téléphone"
    COURRIER = "COURRIER", "Courrier"
    COURRIEL = "COURRIEL", "Courriel"


class IssueAccompagnement(models.TextChoices):
    """What the bilan concludes, or why there was none."""

    REPRISE = "REPRISE", "Reprise du poste"
    REPRISE_AMENAGEE = "REPRISE_AMENAGEE", "Reprise sur un poste aménagé"
    RECLASSEMENT = "RECLASSEMENT", "Reclassement"
    SANS_EFFET = "SANS_EFFET", "Sans effet"
    ARRET_AGENT = "ARRET_AGENT", "Arrêté par l’agent"
    ACCORD_REFUSE = "ACCORD_REFUSE", "Refusé par l’agent"


BILANS = [choix for choix in IssueAccompagnement.choices if choix[0] != IssueAccompagnement.ACCORD_REFUSE]
"""What a bilan may conclude."""
