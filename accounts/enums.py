"""Roles and kinds of organisations."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """Who a person is for the software (trust.md, « Who may see what »)."""

    GESTIONNAIRE = "GESTIONNAIRE", "Gestionnaire"
    RESPONSABLE = "RESPONSABLE", "Responsable"
    PAYEUR = "PAYEUR", "Payeur"
    GESTIONNAIRE_BULLE = "GESTIONNAIRE_BULLE", "Gestionnaire de bulle"
    MEDECIN_CONSEIL = "MEDECIN_CONSEIL", "Médecin conseil"
    EXPERT = "EXPERT", "Médecin agréé ou expert"
    PSYCHOLOGUE = "PSYCHOLOGUE", "Psychologue"
    COLLECTIVITE = "COLLECTIVITE", "Collectivité"
    ASSUREUR = "ASSUREUR", "Gestionnaire de l’assureur ou du courtier"
    ADMINISTRATEUR = "ADMINISTRATEUR", "Administrateur technique"


CDG_ROLES = frozenset({Role.GESTIONNAIRE, Role.RESPONSABLE, Role.PAYEUR, Role.ADMINISTRATEUR})
MEDICAL_ROLES = frozenset({Role.GESTIONNAIRE_BULLE, Role.MEDECIN_CONSEIL, Role.EXPERT, Role.PSYCHOLOGUE})
ROLES_WITH_SECOND_FACTOR = CDG_ROLES | MEDICAL_ROLES


class GenreOrganisme(models.TextChoices):
    CDG = "CDG", "Centre de gestion"
    ASSUREUR = "ASSUREUR", "Assureur"
    COURTIER = "COURTIER", "Courtier"


class Relation(models.TextChoices):
    """How a person stands to a case: the middle column of the rights table."""

    PORTEFEUILLE = "portefeuille", "tous les dossiers du CDG"
    SA_COLLECTIVITE = "sa_collectivite", "les dossiers de sa collectivité"
    TRANSMIS = "transmis", "les dossiers de ses contrats"
    REFERE = "refere", "les dossiers qui lui sont confiés"
    AUCUNE = "aucune", "sans lien avec un dossier"
