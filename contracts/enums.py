"""Vocabulary of contracts and staff."""

from __future__ import annotations

from django.db import models


class Regime(models.TextChoices):
    """Social-security regime of an agent (domain: §1.1)."""

    CNRACL = "CNRACL", "CNRACL"
    IRCANTEC = "IRCANTEC", "IRCANTEC"


class Statut(models.TextChoices):
    TITULAIRE = "TITULAIRE", "Titulaire"
    STAGIAIRE = "STAGIAIRE", "Stagiaire"
    CONTRACTUEL = "CONTRACTUEL", "Contractuel de droit public"


class Nature(models.TextChoices):
    """Nature of a sinistre: the trade's own codes."""

    CMO = "CMO", "Maladie ordinaire"
    CLM = "CLM", "Longue maladie"
    CLD = "CLD", "Longue durée"
    CGM = "CGM", "Grave maladie"
    AS = "AS", "Accident de service"
    TRJ = "TRJ", "Accident de trajet"
    MP = "MP", "Maladie professionnelle"
    ATC = "ATC", "Accident du travail, contractuel"
    ATI = "ATI", "Accident du travail, fonctionnaire IRCANTEC"
    MAT = "MAT", "Maternité"
    PAT = "PAT", "Paternité"
    ADO = "ADO", "Adoption"
    PATHO = "PATHO", "Congé pathologique"
    NAI = "NAI", "Congé supplémentaire de naissance"
    TPT = "TPT", "Temps partiel thérapeutique"
    DORS = "DORS", "Disponibilité d’office pour raison de santé"
    MDT = "MDT", "Maintien du demi-traitement"
    AIT = "AIT", "Allocation d’invalidité temporaire"
    PPR = "PPR", "Période de préparation au reclassement"
    DC = "DC", "Décès"
    FM = "FM", "Frais médicaux"
    IG = "IG", "Infirmité de guerre"


IMPUTABLES = frozenset({Nature.AS, Nature.TRJ, Nature.MP, Nature.ATC, Nature.ATI})
"""Accidents and illnesses due to service: the natures that can be reopened as a rechute."""

RECOURS_QUESTION = frozenset({Nature.CMO, Nature.CLM, Nature.AS, Nature.TRJ, Nature.DC})
"""Natures whose declaration must ask whether a third party is liable (CGFP L825-1)."""

NATURES_BY_REGIME: dict[str, frozenset[str]] = {
    Regime.CNRACL: frozenset(
        {
            Nature.CMO,
            Nature.CLM,
            Nature.CLD,
            Nature.AS,
            Nature.TRJ,
            Nature.MP,
            Nature.MAT,
            Nature.PAT,
            Nature.ADO,
            Nature.PATHO,
            Nature.NAI,
            Nature.TPT,
            Nature.DORS,
            Nature.MDT,
            Nature.AIT,
            Nature.PPR,
            Nature.DC,
            Nature.FM,
            Nature.IG,
        }
    ),
    Regime.IRCANTEC: frozenset(
        {
            Nature.CMO,
            Nature.CGM,
            Nature.ATC,
            Nature.ATI,
            Nature.MAT,
            Nature.PAT,
            Nature.ADO,
            Nature.PATHO,
            Nature.NAI,
            Nature.TPT,
            Nature.DORS,
        }
    ),
}
"""Which natures exist in each regime (domain: §1.2). What a contract covers among them is the formule's business."""


class RegimeGestion(models.TextChoices):
    CAPITALISATION = "CAPITALISATION", "Capitalisation"
    REPARTITION = "REPARTITION", "Répartition"


class Diviseur(models.TextChoices):
    """What an annual amount is divided by to give a day (contract term; S002 shows 360)."""

    J360 = "360", "360 jours"
    J365 = "365", "365 jours"
    MOIS = "MOIS", "Jours du mois"


class DecompteDroits(models.TextChoices):
    """How the days of a right are counted: sources differ, so the contract says (domain: §1.3). Values are those of the rights engine."""

    CALENDAIRE = "calendaire", "Jours réels"
    TRENTIEME = "trentieme", "Mois de trente jours"


class GenreFranchise(models.TextChoices):
    AUCUNE = "AUCUNE", "Aucune"
    PAR_ARRET_MO = "PAR_ARRET_MO", "Par arrêt, maladie ordinaire seule"
    PAR_ARRET_TOUTES_IJ = "PAR_ARRET_TOUTES_IJ", "Par arrêt, toutes indemnités journalières"
    CUMULEE = "CUMULEE", "Jours cumulés"
    RELATIVE = "RELATIVE", "Relative"


class ModeReglement(models.TextChoices):
    ASSUREUR = "ASSUREUR", "L’assureur règle"
    CDG = "CDG", "Le CDG règle"


class DepartContreVisite(models.TextChoices):
    """From when the 48 hours of the oral opinion run: the source does not say (domain: §3, S000)."""

    DEMANDE = "DEMANDE", "La demande"
    EXAMEN = "EXAMEN", "L’examen"


class RepartitionRecours(models.TextChoices):
    """Who is served first when a recours recovers only a part (domain: §5.4: no source gives priority)."""

    PRORATA = "PRORATA", "Au prorata"
    ASSUREUR = "ASSUREUR", "L’assureur d’abord"
    COLLECTIVITE = "COLLECTIVITE", "La collectivité d’abord"
