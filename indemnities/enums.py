"""Vocabulary of money."""

from __future__ import annotations

from django.db import models

from contracts.enums import Nature
from indemnities.droits.modele import Dispense


class EtatDecompte(models.TextChoices):
    CALCULE = "CALCULE", "Calculé"
    APPROUVE = "APPROUVE", "Approuvé"
    TRANSMIS = "TRANSMIS", "Transmis"
    REGLE = "REGLE", "Réglé"
    REJETE = "REJETE", "Rejeté"


class GenreDecompte(models.TextChoices):
    """What a décompte pays. Only indemnités journalières take days: two lines of frais may well share some."""

    IJ = "IJ", "Indemnités journalières"
    FRAIS = "FRAIS", "Frais médicaux"
    CAPITAL = "CAPITAL", "Capital décès"


class OrigineDecompte(models.TextChoices):
    CALCULE = "CALCULE", "Calculé"
    SAISI = "SAISI", "Saisi à la main"


class EtatBordereau(models.TextChoices):
    TRANSMIS = "TRANSMIS", "Transmis"
    REGLE = "REGLE", "Réglé"
    REJETE = "REJETE", "Rejeté"


class GenreFichier(models.TextChoices):
    """What a bordereau is given as: to read and keep, or to feed a finance software."""

    PDF = "PDF", "PDF"
    CSV = "CSV", "CSV"


class ChargeHonoraires(models.TextChoices):
    """Who pays the médecin agréé: the employer for a control that the law imposes, the insurer for the others (domain: §5.1, S002)."""

    COLLECTIVITE = "COLLECTIVITE", "La collectivité"
    ASSUREUR = "ASSUREUR", "L’assureur"


class QualiteTiers(models.TextChoices):
    """What the liable third party is: a public person is freed after four years (loi 68-1250, art. 1)."""

    PARTICULIER = "PARTICULIER", "Un particulier"
    ENTREPRISE = "ENTREPRISE", "Une entreprise, une association"
    PERSONNE_PUBLIQUE = "PERSONNE_PUBLIQUE", "Une personne publique"
    FGTI = "FGTI", "Fonds de garantie (FGTI, FGAO)"
    INCONNU = "INCONNU", "Pas encore identifié"


class VoieRecours(models.TextChoices):
    AMIABLE = "AMIABLE", "Amiable"
    JUDICIAIRE = "JUDICIAIRE", "Judiciaire"


class MandatRecours(models.TextChoices):
    """For whom the claim is made: mandate or convention with the insurer, or the collectivité alone."""

    COMMUN = "COMMUN", "Pour l’assureur et la collectivité"
    COLLECTIVITE = "COLLECTIVITE", "Pour la collectivité seule (l’assureur agit de son côté)"


class PosteRecours(models.TextChoices):
    """Heads of claim: a recours is exercised poste par poste (loi 85-677, art. 31)."""

    TRAITEMENTS = "TRAITEMENTS", "Traitements et primes maintenus"
    CHARGES_PATRONALES = "CHARGES_PATRONALES", "Charges patronales"
    FRANCHISE = "FRANCHISE", "Franchise"
    FRAIS_MEDICAUX = "FRAIS_MEDICAUX", "Frais médicaux"
    CAPITAL_DECES = "CAPITAL_DECES", "Capital décès"
    FRAIS_FUNERAIRES = "FRAIS_FUNERAIRES", "Frais funéraires"


class BeneficiaireRecours(models.TextChoices):
    ASSUREUR = "ASSUREUR", "L’assureur"
    COLLECTIVITE = "COLLECTIVITE", "La collectivité"


class SorteMontant(models.TextChoices):
    """What an amount of a recours says. The last one written of a sorte, for a poste and a beneficiary, is the one that holds."""

    DEPENSE = "DEPENSE", "Dépense déclarée par l’employeur"
    PROPOSE = "PROPOSE", "Proposé par le chiffrage"
    RECLAME = "RECLAME", "Réclamé"
    OFFERT = "OFFERT", "Offert"
    ACCORDE = "ACCORDE", "Accordé ou jugé"


class EtatRecours(models.TextChoices):
    """How far a recours has come (domain: §5.4)."""

    DETECTE = "DETECTE", "Détecté"
    SANS_TIERS = "SANS_TIERS", "Sans tiers responsable"
    QUALIFIE = "QUALIFIE", "Tiers responsable"
    IDENTIFIE = "IDENTIFIE", "Tiers identifié"
    CHIFFRE = "CHIFFRE", "Chiffré"
    RECLAME = "RECLAME", "Réclamé"
    OFFERT = "OFFERT", "Offre reçue"
    OFFRE_REFUSEE = "OFFRE_REFUSEE", "Offre refusée"
    ACCORD = "ACCORD", "Accord amiable"
    ASSIGNE = "ASSIGNE", "Assigné en justice"
    JUGE = "JUGE", "Jugé"
    DEBOUTE = "DEBOUTE", "Débouté"
    PARTIEL = "PARTIEL", "Encaissé en partie"
    ENCAISSE = "ENCAISSE", "Encaissé et réparti"
    ABANDONNE = "ABANDONNE", "Abandonné"
    PRESCRIT = "PRESCRIT", "Prescrit"


class AbandonRecours(models.TextChoices):
    INSOLVABLE = "INSOLVABLE", "Tiers insolvable ou non assuré"
    INTROUVABLE = "INTROUVABLE", "Tiers introuvable"
    NON_ETABLI = "NON_ETABLI", "Responsabilité non établie"
    MONTANT = "MONTANT", "Montant trop faible pour agir"
    PRESCRIT = "PRESCRIT", "Prescription acquise"
    ERREUR = "ERREUR", "Recours ouvert par erreur"


class OrigineConstat(models.TextChoices):
    SAISI = "SAISI", "Saisi"
    IMPORTE = "IMPORTE", "Importé"


class GenreMontant(models.TextChoices):
    """What an amount found on a paper is: it is deducted (CPAM), or it caps what is owed (PAIE)."""

    CPAM = "CPAM", "Décompte de la CPAM"
    PAIE = "PAIE", "Paie maintenue"


class DispenseConnue(models.TextChoices):
    """Why a known maladie ordinaire had no jour de carence. Pregnancy, long illness or mourning are no business of the insurer: the
    employer keeps the motive, only its effect is entered."""

    MEME_CAUSE = "MEME_CAUSE", "Même cause, reprise de 48 heures au plus"
    LEGALE = "LEGALE", "Dispense prévue par la loi (l’employeur en garde le motif)"

    @property
    def en_droit(self) -> Dispense:
        """For the engine: of the dispenses that no date bounds, all have one effect, so the one that says nothing of health."""
        return Dispense.MEME_CAUSE if self == DispenseConnue.MEME_CAUSE else Dispense.DEVOUEMENT


NATURES_CONNUES = frozenset(Nature) - {Nature.DC, Nature.FM, Nature.AIT}
"""Natures that are days of absence: what can be known of an agent without a dossier."""


class EtatCompte(models.TextChoices):
    SAISI = "SAISI", "À confirmer"
    EN_VIGUEUR = "EN_VIGUEUR", "En vigueur"
    REMPLACE = "REMPLACE", "Remplacé"
    ECARTE = "ECARTE", "Écarté"


class EtatRemise(models.TextChoices):
    BROUILLON = "BROUILLON", "À signer"
    SIGNEE = "SIGNEE", "Signée"
    EMISE = "EMISE", "Émise"
    REGLEE = "REGLEE", "Réglée"
    PARTIELLE = "PARTIELLE", "Revenue en partie"
    REJETEE = "REJETEE", "Rejetée"
    ABANDONNEE = "ABANDONNEE", "Abandonnée"


class EtatVirement(models.TextChoices):
    PREVU = "PREVU", "Prévu"
    EMIS = "EMIS", "Émis"
    EXECUTE = "EXECUTE", "Exécuté"
    REJETE = "REJETE", "Rejeté"
    ABANDONNE = "ABANDONNE", "Abandonné"


class GenreRetour(models.TextChoices):
    """What a message about payments is, and who sends it."""

    PAIN002 = "PAIN002", "Compte rendu de la banque (pain.002)"
    CAMT053 = "CAMT053", "Relevé de compte (camt.053)"
    AVIS = "AVIS", "Avis de règlement de l’assureur (CSV)"


class IssueRetour(models.TextChoices):
    """What was done for one line of a message."""

    REGLE = "REGLE", "Réglé"
    REJETE = "REJETE", "Rejeté"
    NOTE = "NOTE", "Pris en note"
    DEJA = "DEJA", "Déjà fait"
    INCONNU = "INCONNU", "Référence inconnue"
    ECART = "ECART", "Montant différent"
    ILLISIBLE = "ILLISIBLE", "Illisible"
    SANS_OBJET = "SANS_OBJET", "Sans objet"
    REFUSE = "REFUSE", "Rien n’a été fait"
