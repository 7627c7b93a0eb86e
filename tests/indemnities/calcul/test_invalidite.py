"""The allocation d'invalidité temporaire: traitement and primes, half of the plafond, 40 % more for a third person."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from indemnities.calcul.lignes import calculer
from indemnities.calcul.modele import ArretDroit, Assiette, Composante, Demande, Ligne, Remuneration, Termes
from indemnities.calcul.pourquoi import pourquoi
from indemnities.droits import moteur
from indemnities.droits.modele import Arret, Nature

DEBUT, FIN = dt.date(2026, 3, 1), dt.date(2026, 3, 30)


def thirty_days(groupe: int, tib: str) -> Ligne:
    """One line of thirty days over 360, everything insured: 24 000 € is 2 000 €."""
    arret = Arret(DEBUT, FIN, nature=Nature.AIT, groupe=groupe)
    (droit,) = moteur.droits([arret], nature=Nature.AIT).droits
    (ligne,) = calculer(
        Demande(
            regime="CNRACL",
            survenance=DEBUT,
            arrets=[ArretDroit("AIT", droit.segments)],
            remunerations=[Remuneration(dt.date(2020, 1, 1), None, Decimal(tib), sft=Decimal(1200), ir=Decimal(600), primes=Decimal(3600))],
            assiette=Assiette(frozenset(Composante) - {Composante.CHARGES}, Decimal(40)),
            termes=Termes(),
        )
    )
    return ligne


@pytest.mark.parametrize(("groupe", "du"), [(1, "690.00"), (2, "1150.00"), (3, "1610.00")])
def test_traitement_and_primes_alone(groupe: int, du: str) -> None:
    """(24 000 + 3 600) / 12 = 2 300 €: 30 %, 50 %, and 50 % with 40 % more of it."""
    ligne = thirty_days(groupe, "24000")
    assert ligne.montant == Decimal(du) and {p.composante for p in ligne.parts} == {Composante.TIB, Composante.PRIMES}
    assert ("tierce personne" in " ".join(pourquoi(ligne))) == (groupe == 3)


@pytest.mark.parametrize(("groupe", "du"), [(2, "2002.50"), (3, "2803.50")])
def test_half_of_the_plafond_before_the_third_person(groupe: int, du: str) -> None:
    """48 060 € in 2026: 2 002,50 € a month."""
    ligne = thirty_days(groupe, "96000")
    assert ligne.montant == Decimal(du) and ligne.plafond == "AIT"
    assert "plafond de la Sécurité sociale" in " ".join(pourquoi(ligne))
