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
    INCIDENTS = "incidents", "Incidents de stockage"


class GenreTache(models.TextChoices):
    """What is to be done. Open items are unique per (genre, object)."""

    INSTRUIRE = "INSTRUIRE", "Instruire la déclaration"
    CONTROLER_PIECES = "CONTROLER_PIECES", "Contrôler les pièces reçues"
    VALIDER = "VALIDER", "Pièces complètes : valider"
    SAISIR_DECOMPTE = "SAISIR_DECOMPTE", "Saisir le décompte"
    APPROUVER_DECOMPTE = "APPROUVER_DECOMPTE", "Approuver le décompte"
    PAYER_DECOMPTE = "PAYER_DECOMPTE", "Mettre en paiement"
    TRAITER_REJET = "TRAITER_REJET", "Traiter le rejet"
    RELANCER = "RELANCER", "Relancer la collectivité"
    DEMANDER_REPRISE = "DEMANDER_REPRISE", "Demander la date de reprise"
    CLORE = "CLORE", "Reprise déclarée : clore le dossier"
    CONTROLE_6_MOIS = "CONTROLE_6_MOIS", "Organiser le contrôle à 6 mois"
    SAISINE = "SAISINE", "Anticiper la saisine du conseil médical"
    MENER_MEDIATION = "MENER_MEDIATION", "Mener la médiation"
    TRAITER_COURRIER = "TRAITER_COURRIER", "Classer un courrier"
    RECEVOIR_PIECE_MEDICALE = "RECEVOIR_PIECE_MEDICALE", "Recevoir une pièce médicale"
    CONTROLER_PIECE_MEDICALE = "CONTROLER_PIECE_MEDICALE", "Contrôler une pièce médicale"
    RECLASSER_VOLET = "RECLASSER_VOLET", "Reclasser un document reçu par erreur"
    RENDRE_MISSION = "RENDRE_MISSION", "Rendre le rapport d’une mission"
    LIRE_RAPPORT = "LIRE_RAPPORT", "Lire le rapport de l’expert"
    TRAITER_INCIDENT = "TRAITER_INCIDENT", "Traiter un incident de stockage"
    AVIS_MEDECIN = "AVIS_MEDECIN", "Rendre un avis"
    LIRE_AVIS = "LIRE_AVIS", "Prendre connaissance de l’avis"


class GenreEcheance(models.TextChoices):
    PIECES_ATTENDUES = "PIECES_ATTENDUES", "Pièces attendues"
    REPRISE_ATTENDUE = "REPRISE_ATTENDUE", "Date de reprise attendue"
    CONTROLE_6_MOIS = "CONTROLE_6_MOIS", "Contrôle après 6 mois de maladie ordinaire"
    SAISINE = "SAISINE", "Saisine du conseil médical à anticiper"


QUEUE_OF: dict[str, str] = {
    GenreTache.INSTRUIRE: FileTravail.A_INSTRUIRE,
    GenreTache.CONTROLER_PIECES: FileTravail.PIECES_A_CONTROLER,
    GenreTache.VALIDER: FileTravail.A_INSTRUIRE,
    GenreTache.SAISIR_DECOMPTE: FileTravail.A_PAYER,
    GenreTache.APPROUVER_DECOMPTE: FileTravail.A_SIGNER,
    GenreTache.PAYER_DECOMPTE: FileTravail.A_PAYER,
    GenreTache.TRAITER_REJET: FileTravail.REJETS,
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
    GenreTache.RENDRE_MISSION: FileTravail.MISSIONS,
    GenreTache.LIRE_RAPPORT: FileTravail.MEDECIN,
    GenreTache.TRAITER_INCIDENT: FileTravail.INCIDENTS,
    GenreTache.AVIS_MEDECIN: FileTravail.MEDECIN,
    GenreTache.LIRE_AVIS: FileTravail.RETOUR_MEDECIN,
}

DELAY_OF: dict[str, int] = {
    GenreTache.INSTRUIRE: 3,
    GenreTache.CONTROLER_PIECES: 3,
    GenreTache.VALIDER: 3,
    GenreTache.SAISIR_DECOMPTE: 5,
    GenreTache.APPROUVER_DECOMPTE: 3,
    GenreTache.PAYER_DECOMPTE: 5,
    GenreTache.TRAITER_REJET: 2,
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
    GenreTache.RENDRE_MISSION: 20,
    GenreTache.LIRE_RAPPORT: 5,
    GenreTache.TRAITER_INCIDENT: 1,
    GenreTache.AVIS_MEDECIN: 10,
    GenreTache.LIRE_AVIS: 2,
}
"""Working days given to each kind of work item, in the collectivité's département. The CDG's own service levels, not law."""


class SensAvis(models.TextChoices):
    """The administrative conclusion of a médecin conseil: what leaves the bulle."""

    FAVORABLE = "FAVORABLE", "Favorable"
    DEFAVORABLE = "DEFAVORABLE", "Défavorable"
    COMPLEMENT = "COMPLEMENT", "Complément nécessaire"
