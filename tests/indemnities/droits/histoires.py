"""Random histories of leave, and shorthand for those written by hand."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from indemnities.droits.modele import Agent, Arret, Decompte, Nature, Regime, Resultat, Statut
from indemnities.droits.moteur import droits

JOUR = dt.timedelta(days=1)
COURTES = (1, 3, 7, 14, 22, 30, 41)
LONGUES = (1, 2, 8, 15, 30, 31, 45, 89, 90, 91, 120, 270, 364, 366, 500)
CONTRACTUEL = (Regime.IRCANTEC, Statut.CONTRACTUEL)


def d(iso: str) -> dt.date:
    return dt.date.fromisoformat(iso)


def arret(debut: str, fin: str, certificat: str | None = None, **champs: Any) -> Arret:
    return Arret(d(debut), d(fin), d(certificat) if certificat else None, **champs)


def histoire(*periodes: Sequence[str]) -> list[Arret]:
    return [arret(*periode) for periode in periodes]


def lus(resultat: Resultat) -> list[list[tuple[str, str, int, str]]]:
    """Each arrêt's segments as (first day, last day, days, fraction)."""
    return [[(str(s.debut), str(s.fin), s.jours, str(s.fraction)) for s in droit.segments] for droit in resultat.droits]


def cles(resultat: Resultat) -> dict[str, int]:
    return {str(fraction): jours for fraction, jours in resultat.totaux.items()}


def calcule(arrets: Sequence[Arret], nature: Nature = Nature.CMO, *, agent: Agent | None = None, decompte: str = "calendaire") -> Resultat:
    return droits(arrets, nature=nature, agent=agent, decompte=Decompte(decompte))


def au_hasard(alea: random.Random) -> list[Arret]:
    """A history of maladie ordinaire: short and long leaves, prolongations, ends of month, leap years, both sides of each dated rule."""
    annee = alea.choice((1999, 2003, 2007, 2011, 2012, 2013, 2015, 2017, 2019, 2019, 2022, 2023, 2023, 2024, 2024, 2027))
    jour = dt.date(annee, alea.randint(1, 12), alea.randint(1, 28))
    if alea.random() < 0.2:
        jour = dt.date(2025, 2, alea.randint(1, 28))  # certificates on both sides of the 90 %
    serree = alea.random() < 0.5
    histoires: list[Arret] = []
    for _ in range(alea.randint(1, 12)):
        jour += alea.choice((0, 0, 1, 2, 5, 20, 60) if serree else (0, 3, 30, 90, 200, 330, 364, 365, 366)) * JOUR
        while alea.random() < 0.2 and jour.day not in (1, 28, 31):  # now and then, towards the days that months count differently
            jour += JOUR
        longueur = alea.choice(LONGUES if alea.random() < 0.3 else COURTES)
        fin = jour + (longueur - 1) * JOUR
        certificat = alea.choice((None, jour, jour - JOUR, jour + 2 * JOUR, histoires[-1].certificat if histoires else None))
        histoires.append(Arret(jour, fin, certificat))
        jour = fin + JOUR
    return histoires


def un_agent(alea: random.Random, premier: dt.date) -> Agent:
    if alea.random() < 0.7:
        return Agent()
    return Agent(*CONTRACTUEL, entree=premier - alea.choice((0, 100, 200, 500, 725, 1000, 1100, 3000)) * JOUR)
