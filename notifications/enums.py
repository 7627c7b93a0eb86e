"""What an e-mail is about, and where it is on its way."""

from __future__ import annotations

from django.db import models


class EtatCourriel(models.TextChoices):
    A_ENVOYER = "A_ENVOYER", "À envoyer"
    EN_COURS = "EN_COURS", "En cours d’envoi"
    ENVOYE = "ENVOYE", "Envoyé"
    INCERTAIN = "INCERTAIN", "Envoi incertain"
    ABANDONNE = "ABANDONNE", "Abandonné"


class GenreCourriel(models.TextChoices):
    """The intent. COMPTE is what sign-in sends (a new password, a new device): it holds a secret link."""

    ACCUSE_DECLARATION = "ACCUSE_DECLARATION", "Accusé de déclaration"
    PIECES_DEMANDEES = "PIECES_DEMANDEES", "Demande de pièces"
    PIECE_REFUSEE = "PIECE_REFUSEE", "Pièce refusée"
    REPRISE_DEMANDEE = "REPRISE_DEMANDEE", "Date de reprise demandée"
    COMPTE = "COMPTE", "Compte"
