"""The days that a contract leaves to the employer, as intervals. Work grows with the number of segments, never of days (domain: §4.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from contracts.enums import GenreFranchise, Nature
from indemnities.calcul.modele import ArretDroit, Franchise
from indemnities.droits.regles import JOUR_CARENCE

Intervalle = tuple[dt.date, dt.date]
JOUR = dt.timedelta(days=1)

SANS_IJ = frozenset({Nature.DC, Nature.FM})
"""Not paid by the day: no franchise ever."""


def en_franchise(franchise: Franchise, arrets: Sequence[ArretDroit]) -> list[Intervalle]:
    """The franchise days of these arrêts, in order. `arrets` are in date order and do not overlap."""
    if franchise.genre == GenreFranchise.AUCUNE or franchise.jours <= 0:
        return []
    concernes = [a for a in arrets if _concerns(franchise.genre, a.nature)]
    if franchise.genre == GenreFranchise.CUMULEE:
        return joined(_cumulated(franchise, concernes))
    trouves: list[Intervalle] = []
    for suite in suites(concernes, franchise.ecart):
        if franchise.genre == GenreFranchise.RELATIVE:
            if sum((a.fin - a.debut).days + 1 for a in suite) <= franchise.jours:
                trouves += [(a.debut, a.fin) for a in suite]
        else:
            trouves += _first_days(franchise.jours, _counted(suite, franchise.carence_comprise))
    return joined(trouves)


def joined(intervalles: Iterable[Intervalle]) -> list[Intervalle]:
    """Intervals that touch made one: certificates leave no seam."""
    reunis: list[Intervalle] = []
    for debut, fin in intervalles:
        if reunis and debut <= reunis[-1][1] + JOUR:
            reunis[-1] = (reunis[-1][0], fin)
        else:
            reunis.append((debut, fin))
    return reunis


def suites(arrets: Sequence[ArretDroit], ecart: int) -> list[list[ArretDroit]]:
    """Arrêts that go on one another: a prolongation, a gap the contract forgives, or a rechute, which goes on with its first event."""
    reunis: list[list[ArretDroit]] = []
    for arret in arrets:
        if reunis and (arret.rechute or (arret.debut - reunis[-1][-1].fin).days - 1 <= ecart):
            reunis[-1].append(arret)
        else:
            reunis.append([arret])
    return reunis


def _concerns(genre: str, nature: str) -> bool:
    if genre == GenreFranchise.PAR_ARRET_TOUTES_IJ:
        return nature not in SANS_IJ
    return nature == Nature.CMO


def last_of_february(jour: dt.date) -> bool:
    """The one day that rights in thirtieths may cut in two: it then ends a segment and begins the next (ADR 21)."""
    return jour.month == 2 and (jour + JOUR).month == 3


def _counted(suite: Sequence[ArretDroit], carence_comprise: bool) -> Iterator[tuple[dt.date, dt.date, dt.date]]:
    """Runs of days that use a franchise up: first day, first that counts, last. A day cut in two counts once, with its first part."""
    dernier: dt.date | None = None
    for arret in suite:
        for s in arret.segments:
            coupe = s.debut == dernier and last_of_february(s.debut)
            dernier = s.fin
            if carence_comprise or s.motif != JOUR_CARENCE:
                yield s.debut, s.debut + JOUR if coupe else s.debut, s.fin


def _first_days(jours: int, comptes: Iterable[tuple[dt.date, dt.date, dt.date]]) -> Iterator[Intervalle]:
    reste = jours
    for debut, premier, fin in comptes:
        if reste <= 0:
            return
        dernier = min(fin, premier + (reste - 1) * JOUR)
        yield debut, dernier
        reste -= (dernier - premier).days + 1


def _cumulated(franchise: Franchise, arrets: Sequence[ArretDroit]) -> Iterator[Intervalle]:
    """The first days of each calendar year, whatever the number of arrêts (Merris)."""
    restes: dict[int, int] = {}
    for premier, compte, dernier in _counted(arrets, franchise.carence_comprise):
        for debut, fin in by_year(premier, dernier):
            reste = restes.get(debut.year, franchise.jours)
            for une in _first_days(reste, [(debut, max(debut, compte), fin)]):
                yield une
                restes[debut.year] = reste - (une[1] - max(debut, compte)).days - 1


def by_year(debut: dt.date, fin: dt.date) -> Iterator[Intervalle]:
    """[debut, fin] cut at each 31 December."""
    while debut <= fin:
        dernier = min(fin, dt.date(debut.year, 12, 31))
        yield debut, dernier
        debut = dernier + JOUR
