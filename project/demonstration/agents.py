"""The agents of the demonstration: who they are, their statut, their pay."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from accounts.models import Collectivite
from contracts.enums import Regime, Statut
from contracts.models import Agent
from contracts.services import FicheAgent, LigneRemuneration, LigneSituation, inscrire_agents
from project.demonstration.donnees import FEMMES, HOMMES, NOMS
from project.demonstration.socle import DEBUT, Socle
from project.demonstration.taille import SEED, Taille

REVALORISATION = dt.date(2024, 1, 1)
"""Five points of index for everybody on that day; about 1.2 % at these salaries."""

CATEGORIES = ((0.80, 19_000, 21_600), (0.14, 21_500, 25_000), (0.06, 26_000, 34_000))
"""Categories C, B and A: share of the staff, range of the annual TIB in euros. The mean is close to S002's 310 123 / 15."""


@dataclass(frozen=True)
class Personne:
    """An agent, with what the scenarios need and the model does not keep. `tib` is the annual one in force today."""

    agent: Agent
    collectivite: Collectivite
    regime: Regime
    statut: str
    femme: bool
    tib: Decimal


def enroll(socle: Socle, taille: Taille) -> list[Personne]:
    """Register every agent, collectivité by collectivité, in proportion to its weight."""
    rng = Random(f"{SEED}:agents")  # noqa: S311
    personnes: list[Personne] = []
    parts = [
        (Regime.CNRACL, _shares(socle, taille.agents_cnracl)),
        (Regime.IRCANTEC, _shares(socle, taille.agents_ircantec)),
    ]
    for collectivite in socle.collectivites:
        fiches: list[tuple[FicheAgent, Regime, bool]] = []
        for regime, part in parts:
            for _ in range(part[collectivite.pk]):
                fiches.append(_fiche(rng, len(fiches) + 1, regime))
        agents = inscrire_agents(acteur=socle.comptes["admin"], collectivite=collectivite, fiches=[fiche for fiche, _, _ in fiches])
        for agent, (fiche, regime, femme) in zip(agents, fiches, strict=True):
            agent.collectivite = collectivite
            personnes.append(Personne(agent, collectivite, regime, fiche.situations[-1].statut, femme, fiche.remunerations[-1].tib))
    return personnes


def _shares(socle: Socle, total: int) -> dict[int, int]:
    """`total` split by weight, at least one each, exact in sum (largest remainders)."""
    somme = sum(socle.poids.values())
    libres = total - len(socle.collectivites)
    exactes = {pk: libres * poids / somme for pk, poids in socle.poids.items()}
    parts = {pk: 1 + int(exacte) for pk, exacte in exactes.items()}
    reste = total - sum(parts.values())
    for pk in sorted(exactes, key=lambda pk: int(exactes[pk]) - exactes[pk])[:reste]:
        parts[pk] += 1
    return parts


def _fiche(rng: Random, rang: int, regime: Regime) -> tuple[FicheAgent, Regime, bool]:
    femme = rng.random() < 0.61
    naissance = dt.date(rng.randint(1961, 2000), rng.randint(1, 12), rng.randint(1, 28))
    entree = dt.date(rng.randint(naissance.year + 20, 2023), rng.randint(1, 12), 1)
    fiche = FicheAgent(
        matricule=f"{rang:05d}",
        nom=rng.choice(NOMS),
        prenom=rng.choice(FEMMES if femme else HOMMES),
        naissance=naissance,
        situations=_situations(rng, entree, regime),
        remunerations=_remunerations(rng, entree),
    )
    return fiche, regime, femme


def _situations(rng: Random, entree: dt.date, regime: Regime) -> tuple[LigneSituation, ...]:
    if regime == Regime.IRCANTEC:
        contractuel = rng.random() < 0.6
        heures = Decimal(35) if contractuel and rng.random() < 0.5 else Decimal(rng.choice((14, 17, 20, 24, 26)))
        statut = Statut.CONTRACTUEL if contractuel else Statut.TITULAIRE
        return (LigneSituation(debut=entree, statut=statut, regime=regime, heures_hebdomadaires=heures),)
    heures = Decimal(rng.choice((28, 30, 32))) if rng.random() < 0.08 else Decimal(35)
    titularisation = entree.replace(year=entree.year + 1)
    return (
        LigneSituation(
            debut=entree,
            fin=titularisation - dt.timedelta(days=1),
            statut=Statut.STAGIAIRE,
            regime=regime,
            heures_hebdomadaires=heures,
        ),
        LigneSituation(debut=titularisation, statut=Statut.TITULAIRE, regime=regime, heures_hebdomadaires=heures),
    )


def _remunerations(rng: Random, entree: dt.date) -> tuple[LigneRemuneration, ...]:
    _, bas, haut = rng.choices(CATEGORIES, [part for part, _, _ in CATEGORIES])[0]
    tib = Decimal(rng.randint(bas * 100, haut * 100)) / 100
    fixes: dict[str, Any] = {
        "nbi": Decimal(rng.choice((0, 0, 0, 590, 885))),
        "sft": Decimal(rng.choice((0, 0, 27, 888, 2_200))),
        "indemnite_residence": (tib * Decimal("0.01")).quantize(Decimal("0.01")) if rng.random() < 0.3 else Decimal(0),
        "primes": Decimal(rng.choice((0, 1_200, 1_800, 2_400, 4_200))),
    }
    debut = max(entree, DEBUT)
    if debut >= REVALORISATION:
        return (LigneRemuneration(debut=debut, tib=tib, **fixes),)
    ancien = (tib / Decimal("1.012")).quantize(Decimal("0.01"))
    return (
        LigneRemuneration(debut=debut, fin=REVALORISATION - dt.timedelta(days=1), tib=ancien, **fixes),
        LigneRemuneration(debut=REVALORISATION, tib=tib, **fixes),
    )
