"""Vocabulary of the saisine du conseil médical and of the instruction of a CITIS (domain: §1.4, §3). Administrative words only."""

from __future__ import annotations

from django.db import models


class ObjetSaisine(models.TextChoices):
    """What the conseil médical is asked about."""

    CLM = "CLM", "Congé de longue maladie"
    CLD = "CLD", "Congé de longue durée"
    CGM = "CGM", "Congé de grave maladie"
    CITIS = "CITIS", "Imputabilité au service (CITIS)"
    TPT = "TPT", "Temps partiel thérapeutique"
    DORS = "DORS", "Disponibilité d’office pour raison de santé"
    REINTEGRATION = "REINTEGRATION", "Réintégration après un congé"
    CONTESTATION_CONTRE_VISITE = "CONTESTATION_CONTRE_VISITE", "Contestation d’une contre-visite"
    AUTRE = "AUTRE", "Autre question"


class FormationConseil(models.TextChoices):
    RESTREINTE = "RESTREINTE", "Formation restreinte"
    PLENIERE = "PLENIERE", "Formation plénière"


class InstanceConseil(models.TextChoices):
    DEPARTEMENTAL = "DEPARTEMENTAL", "Conseil médical"
    SUPERIEUR = "SUPERIEUR", "Conseil médical supérieur"


class PieceSaisine(models.TextChoices):
    """What is gathered. A medical paper goes under confidential cover straight to the conseil médical: only that it left is known here."""

    DEMANDE = "DEMANDE", "Demande de l’agent, ou courrier de l’employeur"
    FORMULAIRE = "FORMULAIRE", "Formulaire de saisine et questions posées"
    CERTIFICAT = "CERTIFICAT", "Certificat médical, sous pli confidentiel"
    AVIS_PREVENTION = "AVIS_PREVENTION", "Avis du service de médecine de prévention"
    ARRETES = "ARRETES", "Arrêtés des congés déjà accordés"
    FICHE_POSTE = "FICHE_POSTE", "Fiche de poste"
    DECLARATION = "DECLARATION", "Déclaration d’accident ou de maladie"
    ENQUETE = "ENQUETE", "Enquête administrative"
    CONCLUSIONS = "CONCLUSIONS", "Conclusions administratives du contrôle contesté"
    AVIS_CONTESTE = "AVIS_CONTESTE", "Avis contesté"


class SensConseil(models.TextChoices):
    FAVORABLE = "FAVORABLE", "Favorable"
    DEFAVORABLE = "DEFAVORABLE", "Défavorable"
    PARTIEL = "PARTIEL", "Partiellement favorable"
    AJOURNE = "AJOURNE", "Ajourné"


class DecisionEmployeur(models.TextChoices):
    ACCORDE = "ACCORDE", "Accordé"
    REFUSE = "REFUSE", "Refusé"


class Contestataire(models.TextChoices):
    AGENT = "AGENT", "L’agent"
    EMPLOYEUR = "EMPLOYEUR", "L’employeur"


class MotifProlongation(models.TextChoices):
    """Why an instruction takes three months more (décret 87-602, art. 37-5)."""

    ENQUETE = "ENQUETE", "Enquête administrative"
    EXPERTISE = "EXPERTISE", "Examen par un médecin agréé"
    CONSEIL_MEDICAL = "CONSEIL_MEDICAL", "Saisine du conseil médical"


class DecisionImputabilite(models.TextChoices):
    IMPUTABLE = "IMPUTABLE", "Imputable au service"
    NON_IMPUTABLE = "NON_IMPUTABLE", "Non imputable au service"


COMMUNES = (PieceSaisine.DEMANDE, PieceSaisine.FORMULAIRE, PieceSaisine.CERTIFICAT)
CONGE = (*COMMUNES, PieceSaisine.AVIS_PREVENTION, PieceSaisine.ARRETES)

PIECES_DE: dict[str, tuple[str, ...]] = {
    ObjetSaisine.CLM: CONGE,
    ObjetSaisine.CLD: CONGE,
    ObjetSaisine.CGM: CONGE,
    ObjetSaisine.DORS: (*CONGE, PieceSaisine.FICHE_POSTE),
    ObjetSaisine.TPT: (*COMMUNES, PieceSaisine.FICHE_POSTE),
    ObjetSaisine.REINTEGRATION: (*CONGE, PieceSaisine.FICHE_POSTE),
    ObjetSaisine.CITIS: (*COMMUNES, PieceSaisine.AVIS_PREVENTION, PieceSaisine.DECLARATION, PieceSaisine.ENQUETE, PieceSaisine.FICHE_POSTE),
    ObjetSaisine.CONTESTATION_CONTRE_VISITE: (*COMMUNES, PieceSaisine.CONCLUSIONS),
    ObjetSaisine.AUTRE: COMMUNES,
}
"""What a complete dossier holds, by objet. A list of ours, from the papers that CDG ask for: each conseil médical has its own form."""

PIECES_RECOURS = (PieceSaisine.DEMANDE, PieceSaisine.AVIS_CONTESTE, PieceSaisine.CERTIFICAT)
"""What goes to the conseil médical supérieur."""

FORMATION_DE: dict[str, str] = {
    objet: FormationConseil.PLENIERE if objet == ObjetSaisine.CITIS else FormationConseil.RESTREINTE for objet in ObjetSaisine.values
}
"""The formation that usually sits: the plénière for imputabilité, the restreinte for leaves (décret 87-602, art. 5 and 5-1)."""

ACCORDE_UNE_PERIODE = frozenset({ObjetSaisine.CLM, ObjetSaisine.CLD, ObjetSaisine.CGM, ObjetSaisine.TPT, ObjetSaisine.DORS})
"""Objets whose favourable opinion grants a period."""
