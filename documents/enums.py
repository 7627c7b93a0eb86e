"""Vocabulary of pièces."""

from __future__ import annotations

from django.db import models


class Stade(models.TextChoices):
    """When a pièce is needed."""

    DECLARATION = "DECLARATION", "Déclaration"
    PROLONGATION = "PROLONGATION", "Prolongation"
    VALIDATION = "VALIDATION", "Validation"
    REMBOURSEMENT = "REMBOURSEMENT", "Remboursement"
    RECHUTE = "RECHUTE", "Rechute"
    CLOTURE = "CLOTURE", "Clôture"


class Visibilite(models.TextChoices):
    """A administrative, AS administrative but sensitive, M medical: the last never enters outside the bulle."""

    A = "A", "Administrative"
    AS = "AS", "Administrative sensible"
    M = "M", "Médicale"


class EtatPiece(models.TextChoices):
    DEMANDEE = "DEMANDEE", "Demandée"
    A_CONTROLER = "A_CONTROLER", "À contrôler"
    CONFORME = "CONFORME", "Conforme"
    REFUSEE = "REFUSEE", "Refusée"


class MotifRefusPiece(models.TextChoices):
    ILLISIBLE = "ILLISIBLE", "Document illisible"
    INCOMPLETE = "INCOMPLETE", "Document incomplet"
    AUTRE_AGENT = "AUTRE_AGENT", "Document d’un autre agent"
    AUTRE_PERIODE = "AUTRE_PERIODE", "Document d’une autre période"
    MAUVAISE_PIECE = "MAUVAISE_PIECE", "Ce n’est pas le document demandé"
    NON_SIGNEE = "NON_SIGNEE", "Document non signé"
    VOLET_1 = "VOLET_1", "Volet médical : il ne doit pas nous être adressé"


class EtatDepot(models.TextChoices):
    """Where a file is on its way from the sender to the dossier."""

    ATTENDU = "ATTENDU", "Envoi attendu"
    CONTROLE = "CONTROLE", "En cours de contrôle"
    DISPONIBLE = "DISPONIBLE", "Disponible"
    ECARTE = "ECARTE", "Écarté"


class Canal(models.TextChoices):
    """How late paper arrived."""

    POSTE = "POSTE", "Courrier postal"
    COURRIEL = "COURRIEL", "Courriel"
    FAX = "FAX", "Télécopie"
    GUICHET = "GUICHET", "Remis en main propre"
