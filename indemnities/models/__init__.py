"""Models of money, by subject."""

from indemnities.models.honoraires import Honoraire
from indemnities.models.paiements import DECOMPTE_PAIRS, PASSAGES_DECOMPTE, Bordereau, Decompte

__all__ = ["DECOMPTE_PAIRS", "PASSAGES_DECOMPTE", "Bordereau", "Decompte", "Honoraire"]
