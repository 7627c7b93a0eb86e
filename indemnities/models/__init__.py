"""Models of money, by subject."""

from indemnities.models.constats import ArretConnu, MontantConstate
from indemnities.models.honoraires import Honoraire
from indemnities.models.lignes import LigneDecompte
from indemnities.models.paiements import DECOMPTE_PAIRS, PASSAGES_DECOMPTE, Bordereau, Decompte
from indemnities.models.recours import EncaissementRecours, MontantRecours, PartRecours, RecoursTiers

__all__ = [
    "DECOMPTE_PAIRS",
    "PASSAGES_DECOMPTE",
    "ArretConnu",
    "Bordereau",
    "Decompte",
    "EncaissementRecours",
    "Honoraire",
    "LigneDecompte",
    "MontantConstate",
    "MontantRecours",
    "PartRecours",
    "RecoursTiers",
]
