"""Models of money, by subject."""

from indemnities.models.constats import ArretConnu, MontantConstate
from indemnities.models.faits import FaitsDroits
from indemnities.models.fichiers import FichierBordereau
from indemnities.models.frais import Frais, PriseEnCharge
from indemnities.models.honoraires import Honoraire
from indemnities.models.lignes import LigneDecompte
from indemnities.models.paiements import DECOMPTE_PAIRS, PASSAGES_DECOMPTE, Bordereau, Decompte
from indemnities.models.recours import EncaissementRecours, MontantRecours, PartRecours, RecoursTiers
from indemnities.models.virements import CompteBancaire, Remise, RetourPaiement, Virement

__all__ = [
    "DECOMPTE_PAIRS",
    "PASSAGES_DECOMPTE",
    "ArretConnu",
    "Bordereau",
    "CompteBancaire",
    "Decompte",
    "EncaissementRecours",
    "FaitsDroits",
    "FichierBordereau",
    "Frais",
    "Honoraire",
    "LigneDecompte",
    "MontantConstate",
    "MontantRecours",
    "PartRecours",
    "PriseEnCharge",
    "RecoursTiers",
    "Remise",
    "RetourPaiement",
    "Virement",
]
