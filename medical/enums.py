"""Vocabulary of the bulle."""

from __future__ import annotations

from django.db import models


class Finalite(models.TextChoices):
    """Why a dossier is opened: told once per dossier and session, kept in the journal."""

    AVIS = "AVIS", "Rendre l’avis demandé"
    RELECTURE = "RELECTURE", "Relire un avis rendu"
    QUESTION = "QUESTION", "Répondre à une question du centre de gestion"
    CONTROLE = "CONTROLE", "Contrôler la forme et les dates d’une pièce"
    RECLASSEMENT = "RECLASSEMENT", "Reclasser un document reçu par erreur"
    EXPERTISE = "EXPERTISE", "Mener l’expertise confiée"
    DROIT_D_ACCES = "DROIT_D_ACCES", "Répondre à une demande d’accès de l’agent"


class GenreFichier(models.TextChoices):
    PIECE = "PIECE", "Pièce médicale demandée"
    VOLET = "VOLET", "Document reçu hors de la bulle par erreur"
    RAPPORT = "RAPPORT", "Rapport d’expertise"


class EtatFichier(models.TextChoices):
    """Where a file of the bulle stands. It is a ciphertext on the store from the first day."""

    CONTROLE = "CONTROLE", "En cours de contrôle"
    DISPONIBLE = "DISPONIBLE", "Disponible"
    ECARTE = "ECARTE", "Écarté"


class IssueVolet(models.TextChoices):
    """What became of a document received outside by error, when it serves no pièce. A list: a free sentence could say what it holds."""

    RENVOYE = "RENVOYE", "Renvoyé à son expéditeur, copie détruite"
    INUTILE = "INUTILE", "Détruit : sans utilité pour le dossier"
    AUTRE_PERSONNE = "AUTRE_PERSONNE", "Détruit : concerne une autre personne"
    DOUBLE = "DOUBLE", "Détruit : déjà reçu"
