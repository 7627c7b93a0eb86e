"""Allocation d'invalidité temporaire: its monthly amount and its periods (décret 60-58, art. 6; domain: §1.2, [F31234])."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from cases.errors import DonneeInvalide
from indemnities.droits.calendrier import UN_JOUR, ajouter_mois
from indemnities.droits.regles import AIT

PLAFOND = Decimal("0.5")
TIERCE_PERSONNE = Decimal("0.4")
MOIS = 6


def allocation(groupe: int, remuneration: Decimal, plafond_mensuel: Decimal) -> Decimal:
    """Euros a month: the group's share of traitement and primes, at most half of the monthly plafond of Sécurité sociale.

    Group 3, who needs somebody at his side, has 40 % of it more. Raises DonneeInvalide for an unknown group or a negative amount.
    """
    if groupe not in AIT:
        raise DonneeInvalide.sur("groupe", "Le groupe d’invalidité va de 1 à 3.")
    if remuneration < 0 or plafond_mensuel <= 0:
        raise DonneeInvalide.sur("remuneration", "La rémunération et le plafond de la Sécurité sociale sont des montants positifs.")
    taux, _ = AIT[groupe]
    montant = min(remuneration * taux, plafond_mensuel * PLAFOND)
    if groupe == 3:
        montant *= 1 + TIERCE_PERSONNE
    return montant.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def periodes(debut: dt.date, fin: dt.date) -> list[tuple[dt.date, dt.date]]:
    """The decisions that cover a span: it is granted for six months at a time."""
    decisions = []
    rang = 0
    while (commence := ajouter_mois(debut, MOIS * rang)) <= fin:
        rang += 1
        decisions.append((commence, min(fin, ajouter_mois(debut, MOIS * rang) - UN_JOUR)))
    return decisions
