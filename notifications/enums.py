"""What an e-mail tells, to whom, how soon, and where it is on its way."""

from __future__ import annotations

from django.db import models


class EtatCourriel(models.TextChoices):
    A_ENVOYER = "A_ENVOYER", "À envoyer"
    EN_COURS = "EN_COURS", "En cours d’envoi"
    ENVOYE = "ENVOYE", "Envoyé"
    INCERTAIN = "INCERTAIN", "Envoi incertain"
    ABANDONNE = "ABANDONNE", "Abandonné"
    REJETE = "REJETE", "Rejeté par le destinataire"
    SANS_OBJET = "SANS_OBJET", "Sans objet"


OUVERTS = (EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS)
EN_DEFAUT = (EtatCourriel.INCERTAIN, EtatCourriel.ABANDONNE, EtatCourriel.REJETE)
"""Those that a person must look at: nobody knows, or knows for sure that it did not arrive."""


class GenreCourriel(models.TextChoices):
    """What is told. RECAPITULATIF gathers several; COMPTE is what sign-in sends (a new password): it holds a secret link."""

    ACCUSE_DECLARATION = "ACCUSE_DECLARATION", "Accusé de déclaration"
    PIECES_DEMANDEES = "PIECES_DEMANDEES", "Demande de pièces"
    PIECES_RELANCE = "PIECES_RELANCE", "Relance de pièces"
    PIECE_REFUSEE = "PIECE_REFUSEE", "Pièce refusée"
    REPRISE_DEMANDEE = "REPRISE_DEMANDEE", "Date de reprise demandée"
    VALIDATION = "VALIDATION", "Dossier validé"
    PAIEMENT = "PAIEMENT", "Paiement et bordereau"
    SAISINE_A_PREPARER = "SAISINE_A_PREPARER", "Conseil médical à saisir"
    CONTROLE_A_ORGANISER = "CONTROLE_A_ORGANISER", "Contrôle à organiser"
    AVIS_CONTRE_VISITE = "AVIS_CONTRE_VISITE", "Conclusions d’un contrôle disponibles"
    DECISION_ATTENDUE = "DECISION_ATTENDUE", "Décision attendue de l’employeur"
    RECHUTE_OUVERTE = "RECHUTE_OUVERTE", "Dossier rouvert"
    DROITS_EN_FIN = "DROITS_EN_FIN", "Droits bientôt épuisés"
    ECHEANCE_CONTRAT = "ECHEANCE_CONTRAT", "Échéance du contrat"
    MESSAGE = "MESSAGE", "Message sur un dossier"
    MISSION = "MISSION", "Mission ou tâche confiée"
    RECAPITULATIF = "RECAPITULATIF", "Récapitulatif du jour"
    COMPTE = "COMPTE", "Compte"


class Cadence(models.TextChoices):
    """How soon a person wants to be told."""

    AUSSITOT = "AUSSITOT", "Un courriel aussitôt"
    RECAPITULATIF = "RECAPITULATIF", "Dans le récapitulatif du jour"
    JAMAIS = "JAMAIS", "Pas de courriel"


class EtatAnnonce(models.TextChoices):
    """Where one thing to tell one person stands. What became of the e-mail that carries it is the e-mail's own state."""

    EN_ATTENTE = "EN_ATTENTE", "À dire"
    CONFIEE = "CONFIEE", "Dans un courriel"
    SANS_OBJET = "SANS_OBJET", "Sans objet"
    NON_VOULUE = "NON_VOULUE", "Pas de courriel, à sa demande"


class GenreDefaut(models.TextChoices):
    """Why an address is not written to any more."""

    REBOND = "REBOND", "Refusée par le serveur du destinataire"
    PLAINTE = "PLAINTE", "Signalée comme indésirable par le destinataire"


class EtatLivraison(models.TextChoices):
    """Where one call of a webhook stands."""

    A_LIVRER = "A_LIVRER", "À livrer"
    EN_COURS = "EN_COURS", "En cours"
    LIVREE = "LIVREE", "Livrée"
    ABANDONNEE = "ABANDONNEE", "Abandonnée"


LIVRAISONS_OUVERTES = (EtatLivraison.A_LIVRER, EtatLivraison.EN_COURS)


class MotifPause(models.TextChoices):
    """Why a program is not called for now."""

    DEMANDE = "DEMANDE", "Suspendu par une personne"
    DISPARU = "DISPARU", "Le programme a répondu qu’il n’existe plus (410)"
    SECRET = "SECRET", "Le secret ne se lit plus : renouvelez-le"
