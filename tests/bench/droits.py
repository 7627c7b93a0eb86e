"""Rights and indemnities of 100,000 agents on one core, in memory, against a walk of the days in the same run.

The walk is `tests/…/naif.py`, the second implementation that the proofs compare with: each day in turn, looking at every day had in the
year behind it, and exact fractions for each day of pay. It takes one agent in fifty of each batch, and its time is multiplied by fifty.
« Quick » is the same walk with a binary search for the year behind it, which nobody would call plain.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from indemnities.calcul.lignes import calculer, to_cent
from indemnities.calcul.modele import ArretDroit, Assiette, Composante, Demande, Franchise, Ligne, Remuneration, Termes
from indemnities.droits.modele import Agent, Arret, Nature, Resultat
from indemnities.droits.moteur import droits
from tests.bench.measure import Result, compare
from tests.indemnities.calcul.naif import exact_by_day
from tests.indemnities.droits import naif

JOUR = dt.timedelta(days=1)
BATCH, SAMPLE = 500, 10
ASSIETTE = Assiette(frozenset({Composante.TIB, Composante.NBI, Composante.SFT, Composante.IR, Composante.PRIMES}), Decimal("42.00"))
TERMES = Termes(franchise=Franchise("PAR_ARRET_MO", 10), niveau=Decimal("0.90"))


@dataclass(frozen=True)
class Dossier:
    arrets: list[Arret]
    agent: Agent
    demande: Demande
    """Everything but the rights."""


def un_dossier(alea: random.Random) -> Dossier:
    """Three years or so of an agent: one leave to eight, mostly of some days, one in eight of some months; a pay rise on the way."""
    le = dt.date(2022, 1, 1) + alea.randrange(360) * JOUR
    premier, arrets = le, []
    for _ in range(alea.randint(1, 8)):
        duree = alea.choice((60, 90, 120, 180, 300)) if alea.random() < 0.125 else alea.choice((3, 3, 5, 7, 10, 14, 15, 21, 30))
        arrets.append(Arret(le, le + (duree - 1) * JOUR, le))
        le += (duree + alea.choice((0, 10, 30, 60, 120, 200))) * JOUR
    pay = [Decimal(alea.randrange(2_000_000, 4_500_000)) / 100, Decimal(0), Decimal("900.00"), Decimal("300.00"), Decimal("4200.00")]
    hausse = premier + 400 * JOUR
    remunerations = [Remuneration(dt.date(2015, 1, 1), hausse - JOUR, *pay), Remuneration(hausse, None, pay[0] + 500, *pay[1:])]
    return Dossier(arrets, Agent(), Demande("CNRACL", premier, [], remunerations, ASSIETTE, TERMES))


def rights(dossier: Dossier) -> Resultat:
    return droits(dossier.arrets, nature=Nature.CMO, agent=dossier.agent)


def with_rights(dossier: Dossier, resultat: Resultat) -> Demande:
    return replace(dossier.demande, arrets=[ArretDroit("CMO", droit.segments) for droit in resultat.droits])


def walked_lines(demande: Demande, lignes: Sequence[Ligne]) -> list[Decimal]:
    """The amounts of the same lines, from each of their days."""
    days = exact_by_day(demande)
    return [to_cent(sum((days[ligne.debut + n * JOUR] for n in range(ligne.jours)), Fraction(0))) for ligne in lignes]


def agents() -> int:
    return int(os.environ.get("BENCH_AGENTS", "100000"))


def bench_droits() -> list[Result]:
    """Each agent's rights, then the lines of his indemnity: seconds of this process alone, whatever else the machine does."""
    rounds = max(agents() // BATCH, 1)
    return [
        _rights("rights of 500 agents", rounds, naif.un_par_un, "plain walk; wanted <= 0.05"),
        _rights("rights of 500 agents, quick walk", max(rounds // 4, 1), naif.par_dichotomie, "for information"),
        _lines("indemnity lines of 500 agents", rounds, "wanted <= 0.05"),
    ]


def _rights(name: str, rounds: int, compter: Callable[..., int], bound: str) -> Result:
    batches, count = _batches(), Counter[str]()
    batch: list[Dossier] = []

    def ours() -> float:
        batch[:] = next(batches)
        start = time.process_time()
        found = [rights(dossier) for dossier in batch]
        spent = time.process_time() - start
        count.update(agents=BATCH, lines=sum(len(droit.segments) for one in found for droit in one.droits), ns=int(spent * 1e9))
        return spent

    def walk() -> float:
        start = time.process_time()
        for dossier in batch[:SAMPLE]:
            naif.cmo(dossier.arrets, dossier.agent, trentieme=False, compter=compter)
        return (time.process_time() - start) * BATCH / SAMPLE

    result = compare(name, ours, walk, rounds=rounds, queries=0, bound=bound)
    _say(name, result, count, "segments")
    return result


def _lines(name: str, rounds: int, bound: str) -> Result:
    batches, count = _batches(), Counter[str]()
    demandes: list[Demande] = []
    sample: list[list[Ligne]] = []

    def ours() -> float:
        demandes[:] = [with_rights(dossier, rights(dossier)) for dossier in next(batches)]
        start = time.process_time()
        found = [calculer(demande) for demande in demandes]
        spent = time.process_time() - start
        count.update(agents=BATCH, lines=sum(map(len, found)), ns=int(spent * 1e9))
        sample[:] = found[:SAMPLE]
        return spent

    def walk() -> float:
        start = time.process_time()
        found = [walked_lines(demande, lignes) for demande, lignes in zip(demandes, sample, strict=False)]
        spent = time.process_time() - start
        if found != [[ligne.montant for ligne in lignes] for lignes in sample]:
            raise RuntimeError("the walk and the engine disagree: neither figure means anything")
        return spent * BATCH / SAMPLE

    result = compare(name, ours, walk, rounds=rounds, queries=0, bound=bound)
    _say(name, result, count, "lines")
    return result


def _batches() -> Iterator[list[Dossier]]:
    alea = random.Random(5)
    while True:
        yield [un_dossier(alea) for _ in range(BATCH)]


def _say(name: str, result: Result, count: Counter[str], what: str) -> None:
    seconds = count["ns"] / 1e9
    print(
        f"{name}: {count['agents']} agents, {count['lines']} {what} in {seconds:.1f} s of one core:"
        f" {count['agents'] / seconds:.0f} agents and {count['lines'] / seconds:.0f} {what} a second, {1 / result.ratio:.0f} times the walk"
    )
