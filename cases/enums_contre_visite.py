"""Vocabulary of the contre-visite (domain: §5.1)."""

from __future__ import annotations

from django.db import models


class MotifContreVisite(models.TextChoices):
    """Why it is asked for. Never what the agent suffers from."""

    REPETITION = "REPETITION", "Arrêts répétés"
    DUREE = "DUREE", "Durée de l’arrêt"
    PROLONGATION = "PROLONGATION", "Prolongation à vérifier"
    DOUTE = "DOUTE", "Doute sur la justification de l’arrêt"
    CONTROLE_6_MOIS = "CONTROLE_6_MOIS", "Contrôle obligatoire après six mois"


class LieuContreVisite(models.TextChoices):
    CABINET = "CABINET", "Au cabinet du médecin"
    DOMICILE = "DOMICILE", "Au domicile de l’agent"


class ResultatContreVisite(models.TextChoices):
    """The ten outcomes: administrative, and true on the day of the control only."""

    JUSTIFIE = "JUSTIFIE", "Arrêt justifié"
    JUSTIFIE_JUSQU_AU = "JUSTIFIE_JUSQU_AU", "Arrêt justifié jusqu’à une date"
    NON_JUSTIFIE_REPRISE = "NON_JUSTIFIE_REPRISE", "Arrêt non justifié : reprise possible"
    REPRISE_AMENAGEE = "REPRISE_AMENAGEE", "Reprise possible avec aménagement"
    ABSENT_DOMICILE = "ABSENT_DOMICILE", "Agent absent de son domicile"
    NON_PRESENTE = "NON_PRESENTE", "Agent non présenté à la convocation"
    REFUS = "REFUS", "Contrôle refusé par l’agent"
    REPORT_AGENT = "REPORT_AGENT", "Report demandé par l’agent"
    ADRESSE_INCONNUE = "ADRESSE_INCONNUE", "Agent introuvable à l’adresse donnée"
    SANS_OBJET_REPRIS = "SANS_OBJET_REPRIS", "Sans objet : l’agent a repris"


EXAMINES = frozenset(
    {
        ResultatContreVisite.JUSTIFIE,
        ResultatContreVisite.JUSTIFIE_JUSQU_AU,
        ResultatContreVisite.NON_JUSTIFIE_REPRISE,
        ResultatContreVisite.REPRISE_AMENAGEE,
    }
)
"""Outcomes of an examination that took place: written conclusions follow."""

MANQUES = frozenset(
    {
        ResultatContreVisite.ABSENT_DOMICILE,
        ResultatContreVisite.NON_PRESENTE,
        ResultatContreVisite.REFUS,
        ResultatContreVisite.ADRESSE_INCONNUE,
    }
)
"""Controls that could not take place: nothing is known of the leave, the employer decides what follows."""

DATES_REQUISES = frozenset({ResultatContreVisite.JUSTIFIE_JUSQU_AU, ResultatContreVisite.NON_JUSTIFIE_REPRISE})
DATES_POSSIBLES = DATES_REQUISES | {ResultatContreVisite.REPRISE_AMENAGEE, ResultatContreVisite.SANS_OBJET_REPRIS}
"""Outcomes that name a day: the last justified one, or that of the return."""


class SuiteContreVisite(models.TextChoices):
    """What the employer decides. The médecin agréé decides nothing, this software even less."""

    MAINTIEN = "MAINTIEN", "L’arrêt et le versement continuent"
    REPRISE = "REPRISE", "L’agent est invité à reprendre"
    MISE_EN_DEMEURE = "MISE_EN_DEMEURE", "Mise en demeure de se soumettre au contrôle ou de reprendre"
    INTERRUPTION_VERSEMENT = "INTERRUPTION_VERSEMENT", "Interruption du versement"
    SANS_SUITE = "SANS_SUITE", "Sans suite"


SUITES_DATEES = frozenset({SuiteContreVisite.REPRISE, SuiteContreVisite.INTERRUPTION_VERSEMENT})
"""Decisions that take effect on a day they name."""


class AuteurContestation(models.TextChoices):
    AGENT = "AGENT", "L’agent"
    COLLECTIVITE = "COLLECTIVITE", "La collectivité"
