"""Vocabulary of cases: states, épisodes, arrêts, motives, queues."""

from __future__ import annotations

from django.db import models


class Etat(models.TextChoices):
    """What is awaited next."""

    DECLARE = "DECLARE", "Déclaré"
    PIECES_EN_ATTENTE = "PIECES_EN_ATTENTE", "Pièces en attente"
    VALIDE = "VALIDE", "Validé"
    REMBOURSE = "REMBOURSE", "Remboursé"
    CLOS = "CLOS", "Clos"
    ROUVERT = "ROUVERT", "Rouvert"
    EN_MEDIATION = "EN_MEDIATION", "En médiation"
    REFUSE = "REFUSE", "Refusé"
    ANNULE = "ANNULE", "Annulé"


OUVERTS = (Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE, Etat.ROUVERT, Etat.EN_MEDIATION)
A_RELANCER = tuple(etat for etat in OUVERTS if etat != Etat.EN_MEDIATION)
"""States in which pièces are asked for: nothing is during a mediation, nor after the end."""


class GenreEpisode(models.TextChoices):
    INITIAL = "INITIAL", "Initial"
    RECHUTE = "RECHUTE", "Rechute"
    REQUALIFICATION = "REQUALIFICATION", "Requalification"


class GenreArret(models.TextChoices):
    INITIAL = "INITIAL", "Arrêt initial"
    PROLONGATION = "PROLONGATION", "Prolongation"
    RECHUTE = "RECHUTE", "Rechute"
    TPT = "TPT", "Temps partiel thérapeutique"


class MotifCloture(models.TextChoices):
    """Never the end of a certificate: only what really happened (domain: §0.7)."""

    REPRISE = "REPRISE", "Reprise effective"
    RETRAITE = "RETRAITE", "Radiation : retraite"
    MUTATION = "MUTATION", "Radiation : mutation"
    FIN_CONTRAT = "FIN_CONTRAT", "Radiation : fin de contrat"
    DECES = "DECES", "Décès"
    FIN_DROITS = "FIN_DROITS", "Fin de droits"
    TERME = "TERME", "Terme du congé"
    SANS_SUITE = "SANS_SUITE", "Sans suite"


class MotifAnnulation(models.TextChoices):
    DOUBLE = "DOUBLE", "Déclaration en double"
    ERREUR = "ERREUR", "Déclaration par erreur"


class MotifRefus(models.TextChoices):
    NON_COUVERT = "NON_COUVERT", "Risque non couvert"
    DECHEANCE = "DECHEANCE", "Déclaration tardive avec préjudice prouvé"
    NON_IMPUTABLE = "NON_IMPUTABLE", "Imputabilité non retenue"
    NON_JUSTIFIE = "NON_JUSTIFIE", "Arrêt non justifié"
    PIECES_MANQUANTES = "PIECES_MANQUANTES", "Pièces jamais produites"


class PorteeRefus(models.TextChoices):
    SINISTRE = "SINISTRE", "Le sinistre"
    EPISODE = "EPISODE", "Un épisode"
    PERIODE = "PERIODE", "Une période"
    FACTURE = "FACTURE", "Une facture"


class FileTravail(models.TextChoices):
    """The queue a work item waits in."""

    A_INSTRUIRE = "a-instruire", "À instruire"
    PIECES_A_CONTROLER = "pieces-a-controler", "Pièces à contrôler"
    RELANCES_ECHUES = "relances-echues", "Relances échues"
    RETOUR_MEDECIN = "retour-medecin", "Retour du médecin"
    A_PAYER = "a-payer", "À payer"
    A_SIGNER = "a-signer", "À signer"
    REJETS = "rejets", "Rejets"
    CONTROLES_6_MOIS = "controles-6-mois", "Contrôles à 6 mois"
    SAISINES = "saisines", "Saisines à anticiper"
    CORBEILLE = "corbeille", "Corbeille d’arrivée"
    MEDECIN = "medecin", "Avis du médecin conseil"
    BULLE = "bulle", "Pièces médicales"
    MISSIONS = "missions", "Missions d’expertise"
    CONTRE_VISITES = "contre-visites", "Contre-visites"
    EXPERTISES = "expertises", "Expertises"
    RECOURS = "recours", "Recours contre tiers"
    MEDIATIONS = "mediations", "Médiations"
    ACCOMPAGNEMENTS = "accompagnements", "Accompagnements"
    EMPLOYEUR = "employeur", "Attendu de l’employeur"
    SOUTIENS = "soutiens", "Soutien psychologique"
    ESCALADES = "escalades", "Retards à arbitrer"
    INCIDENTS = "incidents", "Incidents"
    MESSAGES = "messages", "Messages"


class GenreTache(models.TextChoices):
    """What is to be done. Open items are unique per (genre, object)."""

    INSTRUIRE = "INSTRUIRE", "Instruire la déclaration"
    CONTROLER_PIECES = "CONTROLER_PIECES", "Contrôler les pièces reçues"
    VALIDER = "VALIDER", "Pièces complètes : valider"
    SAISIR_DECOMPTE = "SAISIR_DECOMPTE", "Calculer les décomptes"
    APPROUVER_DECOMPTE = "APPROUVER_DECOMPTE", "Approuver le décompte"
    PAYER_DECOMPTE = "PAYER_DECOMPTE", "Mettre en paiement"
    TRAITER_REJET = "TRAITER_REJET", "Traiter le rejet"
    REMBOURSEMENT = "REMBOURSEMENT", "Remboursement hors délai : voir ce qui l’arrête"
    FRAIS_A_PAYER = "FRAIS_A_PAYER", "Frais médicaux : mettre une facture en paiement"
    FRAIS_INDUS = "FRAIS_INDUS", "Frais médicaux : faire reverser ce qui a été payé à titre provisoire"
    RELANCER = "RELANCER", "Relances sans effet : appeler la collectivité"
    DEMANDER_REPRISE = "DEMANDER_REPRISE", "Demander la date de reprise"
    CLORE = "CLORE", "Reprise déclarée : clore le dossier"
    CONTROLE_6_MOIS = "CONTROLE_6_MOIS", "Organiser le contrôle à 6 mois"
    SAISINE = "SAISINE", "Anticiper la saisine du conseil médical"
    MENER_MEDIATION = "MENER_MEDIATION", "Mener la médiation"
    TRAITER_COURRIER = "TRAITER_COURRIER", "Classer un courrier"
    RECEVOIR_PIECE_MEDICALE = "RECEVOIR_PIECE_MEDICALE", "Recevoir une pièce médicale"
    CONTROLER_PIECE_MEDICALE = "CONTROLER_PIECE_MEDICALE", "Contrôler une pièce médicale"
    RECLASSER_VOLET = "RECLASSER_VOLET", "Reclasser un document reçu par erreur"
    TRAITER_INCIDENT = "TRAITER_INCIDENT", "Traiter un incident de stockage"
    AVIS_MEDECIN = "AVIS_MEDECIN", "Rendre un avis"
    LIRE_AVIS = "LIRE_AVIS", "Prendre connaissance de l’avis"
    CV_DESIGNER = "CV_DESIGNER", "Contre-visite : désigner un médecin agréé"
    CV_CONVOQUER = "CV_CONVOQUER", "Contre-visite : fixer le rendez-vous"
    CV_AVIS = "CV_AVIS", "Contre-visite : recueillir l’avis oral"
    CV_CONCLUSIONS = "CV_CONCLUSIONS", "Contre-visite : recevoir les conclusions écrites"
    CV_DECISION = "CV_DECISION", "Contre-visite : décision de l’employeur"
    CV_HONORAIRES = "CV_HONORAIRES", "Contre-visite : saisir les honoraires"
    EX_MISSION = "EX_MISSION", "Expertise : rédiger et approuver la mission"
    EX_DESIGNER = "EX_DESIGNER", "Expertise : désigner un médecin agréé"
    EX_CONVOQUER = "EX_CONVOQUER", "Expertise : convoquer l’agent"
    EX_RAPPORT = "EX_RAPPORT", "Expertise : rendre le rapport"
    EX_CONCLUSIONS = "EX_CONCLUSIONS", "Expertise : lire le rapport, conclure"
    EX_NUMERISER = "EX_NUMERISER", "Expertise : numériser le rapport reçu par courrier"
    EX_HONORAIRES = "EX_HONORAIRES", "Expertise : saisir les honoraires"
    EX_DECISION = "EX_DECISION", "Expertise : décision de l’employeur"
    EX_SUITES = "EX_SUITES", "Expertise défavorable : proposer un refus, ou dire pourquoi non"
    SP_CONSENTEMENT = "SP_CONSENTEMENT", "Accord de l’agent à recueillir"
    SP_AFFECTER = "SP_AFFECTER", "Demande à confier à un psychologue"
    SP_CONTACT = "SP_CONTACT", "Premier contact à prendre"
    SP_SEANCES = "SP_SEANCES", "Séances à tenir"
    SP_SOCIAL = "SP_SOCIAL", "Accompagnement social à mener"
    RC_QUALIFIER = "RC_QUALIFIER", "Recours : dire si un tiers est responsable"
    RC_TIERS = "RC_TIERS", "Recours : identifier le tiers et son assureur"
    RC_RECLAMER = "RC_RECLAMER", "Recours : adresser la réclamation"
    RC_OFFRE = "RC_OFFRE", "Recours : suivre l’offre amiable"
    RC_JUGEMENT = "RC_JUGEMENT", "Recours : suivre l’instance"
    RC_ENCAISSER = "RC_ENCAISSER", "Recours : constater les encaissements"
    RC_PRESCRIPTION = "RC_PRESCRIPTION", "Recours : la prescription approche"
    MD_ASSUREUR = "MD_ASSUREUR", "Médiation : position de l’assureur"
    MD_CDG = "MD_CDG", "Médiation : position du centre de gestion"
    MD_COLLECTIVITE = "MD_COLLECTIVITE", "Médiation : position de l’employeur"
    AC_ACCORD = "AC_ACCORD", "Accompagnement : recueillir l’accord de l’agent"
    AC_DESIGNER = "AC_DESIGNER", "Accompagnement : désigner les intervenants"
    AC_PSYCHOLOGUE = "AC_PSYCHOLOGUE", "Accompagnement : mener le programme individuel"
    AC_REFERENT = "AC_REFERENT", "Accompagnement : agir pour le maintien dans l’emploi"
    AC_PSY_TRAVAIL = "AC_PSY_TRAVAIL", "Accompagnement : intervention du psychologue du travail"
    AC_BILAN = "AC_BILAN", "Accompagnement : faire le bilan"
    SC_DOSSIER = "SC_DOSSIER", "Conseil médical : constituer le dossier"
    SC_TRANSMETTRE = "SC_TRANSMETTRE", "Conseil médical : transmettre la saisine"
    SC_AVIS = "SC_AVIS", "Conseil médical : enregistrer l’avis"
    SC_DECISION = "SC_DECISION", "Conseil médical : décision de l’employeur"
    SC_SUITES = "SC_SUITES", "Conseil médical : mettre le dossier en accord avec la décision"
    CITIS_INSTRUCTION = "CITIS_INSTRUCTION", "CITIS : le délai d’instruction est échu"
    CITIS_SUITES = "CITIS_SUITES", "CITIS refusé : requalifier, faire reverser le provisoire"
    ESCALADE = "ESCALADE", "Arbitrer un retard"
    REPRENDRE_ETAPE = "REPRENDRE_ETAPE", "Reprendre une étape automatique en échec"
    REPONDRE_MESSAGE = "REPONDRE_MESSAGE", "Répondre à un message de la collectivité"
    CORRIGER_ADRESSE = "CORRIGER_ADRESSE", "Adresse de courriel refusée : la faire corriger"
    TRAITER_COURRIEL = "TRAITER_COURRIEL", "Courriel au sort inconnu ou non parti : décider"


class GenreEcheance(models.TextChoices):
    PIECES_ATTENDUES = "PIECES_ATTENDUES", "Pièces attendues"
    REPRISE_ATTENDUE = "REPRISE_ATTENDUE", "Date de reprise attendue"
    CONTROLE_6_MOIS = "CONTROLE_6_MOIS", "Contrôle après 6 mois de maladie ordinaire"
    SAISINE = "SAISINE", "Saisine du conseil médical à anticiper"
    CITIS_INSTRUCTION = "CITIS_INSTRUCTION", "Fin du délai d’instruction CITIS"
    DECOMPTE = "DECOMPTE", "Jours échus à décompter"
    REMBOURSEMENT = "REMBOURSEMENT", "Fin du délai de remboursement promis"
    CV_AVIS = "CV_AVIS", "Avis oral de la contre-visite"
    EX_RAPPORT = "EX_RAPPORT", "Rapport de l’expert attendu"
    SP_CONTACT = "SP_CONTACT", "Premier contact attendu"
    SP_SOCIAL = "SP_SOCIAL", "Fin de l’accompagnement social"
    RC_PRESCRIPTION = "RC_PRESCRIPTION", "Prescription du recours"
    MD_POSITIONS = "MD_POSITIONS", "Positions de médiation attendues"
    AC_BILAN = "AC_BILAN", "Bilan de l’accompagnement"
    SC_AVIS = "SC_AVIS", "Avis du conseil médical attendu"


MINUTERIES = frozenset(
    {
        GenreEcheance.CV_AVIS, GenreEcheance.EX_RAPPORT, GenreEcheance.SP_CONTACT, GenreEcheance.SP_SOCIAL, GenreEcheance.RC_PRESCRIPTION,
        GenreEcheance.MD_POSITIONS, GenreEcheance.AC_BILAN, GenreEcheance.SC_AVIS,
    }
)  # fmt: skip
"""The timers of steps: when they run out, a path of their procedure starts. The others open a work item."""

QUEUE_OF: dict[str, str] = {
    GenreTache.INSTRUIRE: FileTravail.A_INSTRUIRE,
    GenreTache.CONTROLER_PIECES: FileTravail.PIECES_A_CONTROLER,
    GenreTache.VALIDER: FileTravail.A_INSTRUIRE,
    GenreTache.SAISIR_DECOMPTE: FileTravail.A_PAYER,
    GenreTache.APPROUVER_DECOMPTE: FileTravail.A_SIGNER,
    GenreTache.PAYER_DECOMPTE: FileTravail.A_PAYER,
    GenreTache.TRAITER_REJET: FileTravail.REJETS,
    GenreTache.REMBOURSEMENT: FileTravail.ESCALADES,
    GenreTache.FRAIS_A_PAYER: FileTravail.A_PAYER,
    GenreTache.FRAIS_INDUS: FileTravail.A_PAYER,
    GenreTache.RELANCER: FileTravail.RELANCES_ECHUES,
    GenreTache.DEMANDER_REPRISE: FileTravail.RELANCES_ECHUES,
    GenreTache.CLORE: FileTravail.A_INSTRUIRE,
    GenreTache.CONTROLE_6_MOIS: FileTravail.CONTROLES_6_MOIS,
    GenreTache.SAISINE: FileTravail.SAISINES,
    GenreTache.MENER_MEDIATION: FileTravail.A_INSTRUIRE,
    GenreTache.TRAITER_COURRIER: FileTravail.CORBEILLE,
    GenreTache.RECEVOIR_PIECE_MEDICALE: FileTravail.BULLE,
    GenreTache.CONTROLER_PIECE_MEDICALE: FileTravail.BULLE,
    GenreTache.RECLASSER_VOLET: FileTravail.BULLE,
    GenreTache.TRAITER_INCIDENT: FileTravail.INCIDENTS,
    GenreTache.AVIS_MEDECIN: FileTravail.MEDECIN,
    GenreTache.LIRE_AVIS: FileTravail.RETOUR_MEDECIN,
    GenreTache.CV_DESIGNER: FileTravail.CONTRE_VISITES,
    GenreTache.CV_CONVOQUER: FileTravail.CONTRE_VISITES,
    GenreTache.CV_AVIS: FileTravail.CONTRE_VISITES,
    GenreTache.CV_CONCLUSIONS: FileTravail.CONTRE_VISITES,
    GenreTache.CV_DECISION: FileTravail.EMPLOYEUR,
    GenreTache.CV_HONORAIRES: FileTravail.CONTRE_VISITES,
    GenreTache.EX_MISSION: FileTravail.MEDECIN,
    GenreTache.EX_DESIGNER: FileTravail.EXPERTISES,
    GenreTache.EX_CONVOQUER: FileTravail.EXPERTISES,
    GenreTache.EX_RAPPORT: FileTravail.MISSIONS,
    GenreTache.EX_NUMERISER: FileTravail.BULLE,
    GenreTache.EX_CONCLUSIONS: FileTravail.MEDECIN,
    GenreTache.EX_HONORAIRES: FileTravail.EXPERTISES,
    GenreTache.EX_DECISION: FileTravail.EMPLOYEUR,
    GenreTache.EX_SUITES: FileTravail.EXPERTISES,
    GenreTache.SP_CONSENTEMENT: FileTravail.BULLE,
    GenreTache.SP_AFFECTER: FileTravail.BULLE,
    GenreTache.SP_CONTACT: FileTravail.SOUTIENS,
    GenreTache.SP_SEANCES: FileTravail.SOUTIENS,
    GenreTache.SP_SOCIAL: FileTravail.SOUTIENS,
    GenreTache.RC_QUALIFIER: FileTravail.RECOURS,
    GenreTache.RC_TIERS: FileTravail.RECOURS,
    GenreTache.RC_RECLAMER: FileTravail.RECOURS,
    GenreTache.RC_OFFRE: FileTravail.RECOURS,
    GenreTache.RC_JUGEMENT: FileTravail.RECOURS,
    GenreTache.RC_ENCAISSER: FileTravail.RECOURS,
    GenreTache.RC_PRESCRIPTION: FileTravail.RECOURS,
    GenreTache.MD_ASSUREUR: FileTravail.MEDIATIONS,
    GenreTache.MD_CDG: FileTravail.MEDIATIONS,
    GenreTache.MD_COLLECTIVITE: FileTravail.EMPLOYEUR,
    GenreTache.AC_ACCORD: FileTravail.ACCOMPAGNEMENTS,
    GenreTache.AC_DESIGNER: FileTravail.ACCOMPAGNEMENTS,
    GenreTache.AC_PSYCHOLOGUE: FileTravail.SOUTIENS,
    GenreTache.AC_REFERENT: FileTravail.ACCOMPAGNEMENTS,
    GenreTache.AC_PSY_TRAVAIL: FileTravail.ACCOMPAGNEMENTS,
    GenreTache.AC_BILAN: FileTravail.ACCOMPAGNEMENTS,
    GenreTache.SC_DOSSIER: FileTravail.SAISINES,
    GenreTache.SC_TRANSMETTRE: FileTravail.SAISINES,
    GenreTache.SC_AVIS: FileTravail.SAISINES,
    GenreTache.SC_DECISION: FileTravail.EMPLOYEUR,
    GenreTache.SC_SUITES: FileTravail.SAISINES,
    GenreTache.CITIS_INSTRUCTION: FileTravail.SAISINES,
    GenreTache.CITIS_SUITES: FileTravail.SAISINES,
    GenreTache.ESCALADE: FileTravail.ESCALADES,
    GenreTache.REPRENDRE_ETAPE: FileTravail.INCIDENTS,
    GenreTache.REPONDRE_MESSAGE: FileTravail.MESSAGES,
    GenreTache.CORRIGER_ADRESSE: FileTravail.MESSAGES,
    GenreTache.TRAITER_COURRIEL: FileTravail.MESSAGES,
}

DELAY_OF: dict[str, int] = {
    GenreTache.INSTRUIRE: 3,
    GenreTache.CONTROLER_PIECES: 3,
    GenreTache.VALIDER: 3,
    GenreTache.SAISIR_DECOMPTE: 5,
    GenreTache.APPROUVER_DECOMPTE: 3,
    GenreTache.PAYER_DECOMPTE: 5,
    GenreTache.TRAITER_REJET: 2,
    GenreTache.REMBOURSEMENT: 1,
    GenreTache.FRAIS_A_PAYER: 5,
    GenreTache.FRAIS_INDUS: 5,
    GenreTache.RELANCER: 2,
    GenreTache.DEMANDER_REPRISE: 5,
    GenreTache.CLORE: 5,
    GenreTache.CONTROLE_6_MOIS: 15,
    GenreTache.SAISINE: 15,
    GenreTache.MENER_MEDIATION: 10,
    GenreTache.TRAITER_COURRIER: 1,
    GenreTache.RECEVOIR_PIECE_MEDICALE: 10,
    GenreTache.CONTROLER_PIECE_MEDICALE: 3,
    GenreTache.RECLASSER_VOLET: 1,
    GenreTache.TRAITER_INCIDENT: 1,
    GenreTache.AVIS_MEDECIN: 10,
    GenreTache.LIRE_AVIS: 2,
    GenreTache.CV_DESIGNER: 1,
    GenreTache.CV_CONVOQUER: 1,
    GenreTache.CV_AVIS: 2,
    GenreTache.CV_CONCLUSIONS: 10,
    GenreTache.CV_DECISION: 10,
    GenreTache.CV_HONORAIRES: 30,
    GenreTache.EX_MISSION: 5,
    GenreTache.EX_DESIGNER: 5,
    GenreTache.EX_CONVOQUER: 5,
    GenreTache.EX_RAPPORT: 30,
    GenreTache.EX_NUMERISER: 30,
    GenreTache.EX_CONCLUSIONS: 5,
    GenreTache.EX_HONORAIRES: 30,
    GenreTache.EX_DECISION: 15,
    GenreTache.EX_SUITES: 5,
    GenreTache.SP_CONSENTEMENT: 5,
    GenreTache.SP_AFFECTER: 2,
    GenreTache.SP_CONTACT: 2,
    GenreTache.SP_SEANCES: 90,
    GenreTache.SP_SOCIAL: 120,
    GenreTache.RC_QUALIFIER: 10,
    GenreTache.RC_TIERS: 15,
    GenreTache.RC_RECLAMER: 15,
    GenreTache.RC_OFFRE: 60,
    GenreTache.RC_JUGEMENT: 120,
    GenreTache.RC_ENCAISSER: 30,
    GenreTache.RC_PRESCRIPTION: 5,
    GenreTache.MD_ASSUREUR: 5,
    GenreTache.MD_CDG: 5,
    GenreTache.MD_COLLECTIVITE: 5,
    GenreTache.AC_ACCORD: 10,
    GenreTache.AC_DESIGNER: 5,
    GenreTache.AC_PSYCHOLOGUE: 60,
    GenreTache.AC_REFERENT: 60,
    GenreTache.AC_PSY_TRAVAIL: 60,
    GenreTache.AC_BILAN: 10,
    GenreTache.SC_DOSSIER: 10,
    GenreTache.SC_TRANSMETTRE: 5,
    GenreTache.SC_AVIS: 60,
    GenreTache.SC_DECISION: 15,
    GenreTache.SC_SUITES: 5,
    GenreTache.CITIS_INSTRUCTION: 2,
    GenreTache.CITIS_SUITES: 5,
    GenreTache.ESCALADE: 1,
    GenreTache.REPRENDRE_ETAPE: 1,
    GenreTache.REPONDRE_MESSAGE: 2,
    GenreTache.CORRIGER_ADRESSE: 3,
    GenreTache.TRAITER_COURRIEL: 1,
}
"""Working days given to each kind of work item, in the collectivité's département. The CDG's own service levels, not law."""


class SensAvis(models.TextChoices):
    """The administrative conclusion of a médecin conseil: what leaves the bulle."""

    FAVORABLE = "FAVORABLE", "Favorable"
    DEFAVORABLE = "DEFAVORABLE", "Défavorable"
    COMPLEMENT = "COMPLEMENT", "Complément nécessaire"


class GenreBranche(models.TextChoices):
    """A procedure that a sinistre can set off (domain: §5)."""

    CONTRE_VISITE = "CONTRE_VISITE", "Contre-visite"
    EXPERTISE = "EXPERTISE", "Expertise médicale"
    SOUTIEN = "SOUTIEN", "Soutien psychologique"
    RECOURS = "RECOURS", "Recours contre tiers"
    MEDIATION = "MEDIATION", "Médiation"
    ACCOMPAGNEMENT = "ACCOMPAGNEMENT", "Accompagnement"
    SAISINE = "SAISINE", "Saisine du conseil médical"


class EtatBranche(models.TextChoices):
    EN_COURS = "EN_COURS", "En cours"
    TERMINEE = "TERMINEE", "Terminée"
    ABANDONNEE = "ABANDONNEE", "Abandonnée"


class OrigineBranche(models.TextChoices):
    """Who asked for it."""

    COLLECTIVITE = "COLLECTIVITE", "La collectivité"
    CDG = "CDG", "Le centre de gestion"
    MEDECIN = "MEDECIN", "Le médecin conseil"
    AGENT = "AGENT", "L’agent"
    REGLE = "REGLE", "Une règle"


class Canal(models.TextChoices):
    """By which way a request came."""

    PORTAIL = "PORTAIL", "Portail"
    API = "API", "API"
    TELEPHONE = "TELEPHONE", "Téléphone"
    FAX = "FAX", "Télécopie"
    COURRIER = "COURRIER", "Courrier"


BRANCHES_BLOQUANTES = frozenset({GenreBranche.CONTRE_VISITE, GenreBranche.EXPERTISE, GenreBranche.MEDIATION})
"""Procedures whose answer a closing must await; the others may outlive it (domain: §5.4, §5.5)."""

BRANCHES_INTERDITES: dict[str, frozenset[str]] = {
    Etat.CLOS: BRANCHES_BLOQUANTES,
    Etat.REFUSE: BRANCHES_BLOQUANTES,
    Etat.ANNULE: frozenset(GenreBranche.values) - {GenreBranche.SOUTIEN},
}
"""Which procedures may not run on a dossier in that state. A soutien is nobody's business here."""
