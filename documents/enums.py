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
    FRAIS = "FRAIS", "Frais médicaux"
    DECES = "DECES", "Décès"
    RECOURS = "RECOURS", "Recours contre tiers"


class Condition(models.TextChoices):
    """When a line of a list applies, beside nature, régime and stage. Each is one SQL predicate (documents/conditions.py)."""

    TOUJOURS = "TOUJOURS", "Toujours"
    CMO_6_MOIS = "CMO_6_MOIS", "Maladie ordinaire de plus de six mois consécutifs"
    CMO_12_MOIS = "CMO_12_MOIS", "Maladie ordinaire de douze mois"
    DEMI_TRAITEMENT = "DEMI_TRAITEMENT", "Congé passé à demi-traitement"
    TPT_3_MOIS = "TPT_3_MOIS", "Temps partiel thérapeutique de plus de trois mois"
    CONSEIL_MEDICAL = "CONSEIL_MEDICAL", "Avis du conseil médical obligatoire"
    ENQUETE = "ENQUETE", "Enquête administrative menée"
    TIERS = "TIERS", "Un tiers est peut-être responsable"
    AVANCE_DES_FRAIS = "AVANCE_DES_FRAIS", "Frais avancés (sans tiers payant)"
    SUBROGATION = "SUBROGATION", "Subrogation de l’employeur"
    CONJOINT = "CONJOINT", "Agent marié"
    PACS = "PACS", "Agent pacsé"
    DEVOUEMENT = "DEVOUEMENT", "Décès à la suite d’un acte de dévouement"
    RIB_INCONNU = "RIB_INCONNU", "La collectivité n’a pas encore de RIB conforme au CDG"
    SI_LE_CAS = "SI_LE_CAS", "Seulement si le dossier l’appelle (jamais requise d’office)"


class Fait(models.TextChoices):
    """What somebody says of a dossier and no other column tells: some conditions look here."""

    CONSEIL_MEDICAL = "CONSEIL_MEDICAL", "L’avis du conseil médical est obligatoire"
    ENQUETE = "ENQUETE", "Une enquête administrative a été menée"
    FRAIS_MEDICAUX = "FRAIS_MEDICAUX", "Des frais médicaux sont présentés"
    AVANCE_DES_FRAIS = "AVANCE_DES_FRAIS", "Les frais ont été avancés (pas de tiers payant)"
    SUBROGATION = "SUBROGATION", "L’employeur est subrogé pour les indemnités de la CPAM"
    CONJOINT = "CONJOINT", "L’agent était marié"
    PACS = "PACS", "L’agent était pacsé"
    DEVOUEMENT = "DEVOUEMENT", "Le décès suit un acte de dévouement"


class Visibilite(models.TextChoices):
    """A administrative, AS administrative but sensitive, M medical: the last never enters outside the bulle."""

    A = "A", "Administrative"
    AS = "AS", "Administrative sensible"
    M = "M", "Médicale"


class EtatPiece(models.TextChoices):
    """« Remplacée » is said of a version of its files (Depot.remplace_le); « sans objet » of a pièce that nobody asks any more."""

    DEMANDEE = "DEMANDEE", "Demandée"
    RECUE = "RECUE", "Reçue"
    A_CONTROLER = "A_CONTROLER", "À contrôler"
    CONFORME = "CONFORME", "Conforme"
    REFUSEE = "REFUSEE", "Refusée"
    SANS_OBJET = "SANS_OBJET", "Sans objet"


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
    RECLASSE = "RECLASSE", "Reclassé dans la bulle"


class GenreAnomalie(models.TextChoices):
    """What a sweeper of the store may find."""

    OBJET_ABSENT = "OBJET_ABSENT", "Le fichier n’est plus dans le stockage"
    OBJET_ORPHELIN = "OBJET_ORPHELIN", "Un objet du stockage n’appartient à aucun fichier"
    EMPREINTE = "EMPREINTE", "Le contenu n’est plus celui qui a été contrôlé"


class GenreLaissezPasser(models.TextChoices):
    """Who carries a medical pièce to the bulle."""

    ECRAN = "ECRAN", "La personne connectée, tout de suite"
    AGENT = "AGENT", "L’agent, par un lien"


class Canal(models.TextChoices):
    """How late paper arrived."""

    POSTE = "POSTE", "Courrier postal"
    COURRIEL = "COURRIEL", "Courriel"
    FAX = "FAX", "Télécopie"
    GUICHET = "GUICHET", "Remis en main propre"
