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


class QuestionExpertise(models.TextChoices):
    """What an expert may be asked (domain: §5.2). The questions put to him are encrypted with the mission: they tell of the case."""

    IMPUTABILITE = "IMPUTABILITE", "Les lésions constatées sont-elles strictement imputables à l’événement déclaré ?"
    ETAT_ANTERIEUR = "ETAT_ANTERIEUR", "Existe-t-il un état antérieur, et quelle est sa part ?"
    LIEN_PROLONGATION = "LIEN_PROLONGATION", "La prolongation est-elle liée à l’événement initial ?"
    LIEN_RECHUTE = "LIEN_RECHUTE", "La rechute est-elle liée à l’événement initial ?"
    SOINS = "SOINS", "Quels soins sont justifiés, et pour combien de temps ?"
    CONSOLIDATION = "CONSOLIDATION", "À quelle date fixer la guérison ou la consolidation ?"
    IPP = "IPP", "Quel est le taux d’incapacité permanente partielle ?"
    APTITUDE = "APTITUDE", "L’agent est-il apte à ses fonctions ?"
    AMENAGEMENT = "AMENAGEMENT", "Quel aménagement du poste permettrait la reprise ?"
    TPT = "TPT", "Un temps partiel thérapeutique est-il indiqué, à quelle quotité et pour combien de temps ?"


class RaisonConclusion(models.TextChoices):
    """Why a conclusion leaves the bulle with words that look medical. A list: a free sentence could repeat them in the journal."""

    USAGE = "USAGE", "Ces mots n’ont ici qu’un sens administratif"
    DEJA_CONNU = "DEJA_CONNU", "L’employeur les a déjà écrits dans sa déclaration"
    NECESSAIRE = "NECESSAIRE", "Ils sont nécessaires à l’aménagement du poste, avec l’accord de l’agent"
