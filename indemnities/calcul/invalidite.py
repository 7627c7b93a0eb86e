"""What is particular to the allocation d'invalidité temporaire: traitement and primes alone, cut at half of the plafond de la Sécurité
sociale, then 40 % more for whoever needs somebody at his side (décret 60-58, art. 6; domain: §1.2, [F31234])."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from contracts.enums import Nature
from indemnities.calcul.ijss import PASS_ANNUEL
from indemnities.calcul.modele import Assiette, Composante
from indemnities.droits.invalidite import PLAFOND, TIERCE_PERSONNE
from indemnities.droits.regles import AIT

COMPOSANTES = frozenset({Composante.TIB, Composante.NBI, Composante.PRIMES})
TIERCE = AIT[3][1].code
"""The rule of group 3."""


def assiette_de(nature: str, assiette: Assiette) -> Assiette:
    """The components that a nature is reckoned on: an allocation takes no supplement, and no charges are due on it."""
    return Assiette(assiette.composantes & COMPOSANTES) if nature == Nature.AIT else assiette


def plafonnee(du: Fraction, annees: Fraction, le: dt.date, regle: str) -> tuple[Fraction, str]:
    """Euros of an allocation for that part of a year, and which cap cut it. The last plafond published holds until the next is known."""
    annee = max((a for a in PASS_ANNUEL if a <= le.year), default=min(PASS_ANNUEL))
    plafond = Fraction(PASS_ANNUEL[annee]) * Fraction(PLAFOND) * annees
    coupe = "AIT" if du > plafond else ""
    return min(du, plafond) * (1 + Fraction(TIERCE_PERSONNE) if regle == TIERCE else 1), coupe
