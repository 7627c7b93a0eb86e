"""Vocabulary of the expertise médicale, administrative side (domain: §5.2). The medical questions and answers stay in the bulle."""

from __future__ import annotations

from django.db import models


class ButExpertise(models.TextChoices):
    """What an expertise is asked for, in words that anybody on the dossier may read."""

    IMPUTABILITE = "IMPUTABILITE", "L’imputabilité au service"
    PROLONGATION = "PROLONGATION", "Le lien d’une prolongation avec l’événement"
    RECHUTE = "RECHUTE", "Le lien d’une rechute avec l’événement"
    REPRISE = "REPRISE", "La date et les conditions de la reprise"
    CONSOLIDATION = "CONSOLIDATION", "La date de guérison ou de consolidation"
    ARRETS_ET_SOINS = "ARRETS_ET_SOINS", "Les arrêts et les soins à prévoir"


VISENT_UNE_PERIODE = frozenset({ButExpertise.PROLONGATION, ButExpertise.RECHUTE})
"""Goals about one arrêt of the dossier."""


class CodeReponse(models.TextChoices):
    """What the administrative conclusions answer to a goal."""

    OUI = "OUI", "Oui"
    PARTIEL = "PARTIEL", "En partie"
    NON = "NON", "Non"
    REPRISE_POSSIBLE = "REPRISE_POSSIBLE", "Reprise possible"
    REPRISE_AMENAGEE = "REPRISE_AMENAGEE", "Reprise possible sur un poste aménagé"
    REPRISE_TPT = "REPRISE_TPT", "Reprise à temps partiel thérapeutique"
    REPRISE_IMPOSSIBLE = "REPRISE_IMPOSSIBLE", "Pas de reprise possible pour l’instant"
    GUERISON = "GUERISON", "Guérison"
    CONSOLIDATION = "CONSOLIDATION", "Consolidation"
    NON_CONSOLIDE = "NON_CONSOLIDE", "Ni guérison ni consolidation pour l’instant"
    JUSTIFIES = "JUSTIFIES", "Justifiés"
    JUSTIFIES_JUSQU_AU = "JUSTIFIES_JUSQU_AU", "Justifiés jusqu’à une date"
    NON_JUSTIFIES = "NON_JUSTIFIES", "Non justifiés"
    INDETERMINE = "INDETERMINE", "L’expert ne peut pas se prononcer"


_LIEN = (CodeReponse.OUI, CodeReponse.PARTIEL, CodeReponse.NON, CodeReponse.INDETERMINE)
REPONSES_DE: dict[str, tuple[CodeReponse, ...]] = {
    ButExpertise.IMPUTABILITE: _LIEN,
    ButExpertise.PROLONGATION: _LIEN,
    ButExpertise.RECHUTE: _LIEN,
    ButExpertise.REPRISE: (
        CodeReponse.REPRISE_POSSIBLE,
        CodeReponse.REPRISE_AMENAGEE,
        CodeReponse.REPRISE_TPT,
        CodeReponse.REPRISE_IMPOSSIBLE,
        CodeReponse.INDETERMINE,
    ),
    ButExpertise.CONSOLIDATION: (CodeReponse.GUERISON, CodeReponse.CONSOLIDATION, CodeReponse.NON_CONSOLIDE, CodeReponse.INDETERMINE),
    ButExpertise.ARRETS_ET_SOINS: (
        CodeReponse.JUSTIFIES,
        CodeReponse.JUSTIFIES_JUSQU_AU,
        CodeReponse.NON_JUSTIFIES,
        CodeReponse.INDETERMINE,
    ),
}
"""The answers that each goal admits. The rate of incapacity is none of them: it stays in the report (domain: §2, « date only = A »)."""

DATEES = frozenset(
    {
        CodeReponse.REPRISE_POSSIBLE,
        CodeReponse.REPRISE_AMENAGEE,
        CodeReponse.REPRISE_TPT,
        CodeReponse.GUERISON,
        CodeReponse.CONSOLIDATION,
        CodeReponse.JUSTIFIES_JUSQU_AU,
    }
)
"""Answers that mean nothing without their day."""

FIXENT_LA_CONSOLIDATION = frozenset({CodeReponse.GUERISON, CodeReponse.CONSOLIDATION})

QUOTITES = (50, 60, 70, 80, 90)
"""Shares of time of a temps partiel thérapeutique, in % (domain: §1.2)."""


class SuiteExamen(models.TextChoices):
    """How a mission ended: what the flow does next depends on it. Empty while it is awaited."""

    REALISE = "REALISE", "Rapport rendu"
    REPORT = "REPORT", "Examen à reporter"
    CARENCE = "CARENCE", "Agent absent, examen impossible"
    RECUSE = "RECUSE", "Médecin à remplacer"
    RAPPEL = "RAPPEL", "Mission rappelée"


class MotifAbsence(models.TextChoices):
    """Why there was no examination. A list: a sentence could say of what the agent suffers."""

    EXCUSE = "EXCUSE", "L’agent a prévenu et s’est excusé"
    NON_EXCUSE = "NON_EXCUSE", "L’agent ne s’est pas présenté"
    REFUS = "REFUS", "L’agent a refusé l’examen"
    EXPERT = "EXPERT", "Le médecin n’a pas pu le recevoir"


CARENCE_DE_L_AGENT = frozenset({MotifAbsence.NON_EXCUSE, MotifAbsence.REFUS})
"""Absences on which an expertise may end: the employer decides what they are worth."""


class MotifRecusation(models.TextChoices):
    """Why another médecin agréé is needed."""

    TRAITANT = "TRAITANT", "Il est, ou a été, le médecin traitant de l’agent"
    LIEN = "LIEN", "Il a un lien avec l’agent ou avec l’employeur"
    INDISPONIBLE = "INDISPONIBLE", "Il n’est pas disponible"
    DELAI = "DELAI", "Il n’a pas rendu son rapport à temps"
    DEMANDE_AGENT = "DEMANDE_AGENT", "L’agent le récuse pour un motif admis"


class DecisionExpertise(models.TextChoices):
    """What the employer does of the conclusions, or of their absence."""

    SUIVRE = "SUIVRE", "Suivre les conclusions"
    SUIVRE_EN_PARTIE = "SUIVRE_EN_PARTIE", "Les suivre en partie"
    ECARTER = "ECARTER", "Ne pas les suivre"
    PRENDRE_ACTE = "PRENDRE_ACTE", "Prendre acte qu’il n’y a pas eu d’examen"


SUIVIES = frozenset({DecisionExpertise.SUIVRE, DecisionExpertise.SUIVRE_EN_PARTIE})
