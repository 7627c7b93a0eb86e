"""The same indemnity, reckoned day after day by code that shares nothing with the product's: a second opinion, slow on purpose."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from indemnities.calcul.modele import ArretDroit, Demande, Franchise

JOUR = dt.timedelta(days=1)
exact = lru_cache(maxsize=4096)(Fraction)


@dataclass(frozen=True)
class Day:
    """A day of leave, or the part of it that has one right. `units`: what it is paid for; `real`: its share of a day of the calendar."""

    le: dt.date
    nature: str
    right: Fraction
    carence: bool
    absence: Fraction = Fraction(1)
    units: int = 1
    real: Fraction = Fraction(1)


@dataclass(frozen=True)
class Leave:
    """An arrêt as its days, in order."""

    nature: str
    days: Sequence[Day]
    rechute: bool = False


@dataclass
class Sums:
    """Exact euros of some days, before any rounding and any cap."""

    gross: Fraction = Fraction(0)
    charges: Fraction = Fraction(0)
    maintained: Fraction | None = None
    ijss: Fraction = Fraction(0)
    units: int = 0


def leaves_of(arrets: Iterable[ArretDroit]) -> list[Leave]:
    """Rights in real days, walked."""
    return [Leave(a.nature, list(_days(a)), a.rechute) for a in sorted(arrets, key=lambda a: a.debut)]


def _days(arret: ArretDroit) -> Iterator[Day]:
    for segment in arret.segments:
        le = segment.debut
        while le <= segment.fin:
            yield Day(le, arret.nature, Fraction(segment.fraction), segment.motif.code == "CARENCE", arret.absence)
            le += JOUR


def in_franchise(f: Franchise, leaves: Sequence[Leave]) -> set[dt.date]:
    """Counts days one by one, restarting at each arrêt that does not go on the one before. A day in two parts counts as its first."""
    found: set[dt.date] = set()
    counted, spared = 0, False
    last: dt.date | None = None
    by_year: dict[int, int] = defaultdict(int)
    current: list[dt.date] = []
    lengths: list[list[dt.date]] = []
    for leave in leaves:
        if leave.nature in ("DC", "FM") or (f.genre != "PAR_ARRET_TOUTES_IJ" and leave.nature != "CMO"):
            continue
        first = leave.days[0].le
        if last is None or not (leave.rechute or (first - last).days - 1 <= f.ecart):
            counted = 0
            current = []
            lengths.append(current)
        for day in leave.days:
            had = by_year[day.le.year] if f.genre == "CUMULEE" else counted
            within = had < f.jours and f.genre != "RELATIVE"
            if day.le == last:  # what is left of a carence goes with the franchise that begins the day after
                found |= {day.le} if spared and within else set()
                continue
            last = day.le
            current.append(day.le)
            spared = day.carence and not f.carence_comprise
            if spared:
                continue
            counted += 1
            by_year[day.le.year] += 1
            if within:
                found.add(day.le)
    if f.genre == "RELATIVE":
        for suite in lengths:
            if len(suite) <= f.jours:
                found |= set(suite)
    return found if f.genre != "AUCUNE" else set()


def fate(demande: Demande, day: Day, franchise: set[dt.date]) -> str:
    """What becomes of a day."""
    end = demande.termes.fin_de_couverture
    if end is not None and day.le > end:
        return "NON_COUVERT"
    if day.carence:
        return "CARENCE"
    if day.right == 0:
        return "SANS_DROIT"
    return "FRANCHISE" if day.le in franchise else "PAYE"


def add(sums: Sums, demande: Demande, day: Day) -> Sums:
    """`sums` with a paid day more."""
    termes, on = demande.termes, day.le if demande.termes.suit_les_hausses else demande.survenance
    pay = next(r for r in demande.remunerations if r.debut <= on and (r.fin is None or on <= r.fin))
    insured = {str(c) for c in demande.assiette.composantes}
    year = {"360": 360, "365": 365, "MOIS": 12 * monthrange(day.le.year, day.le.month)[1]}[termes.diviseur]
    treatment = sum(exact(a) for n, a in (("TIB", pay.tib), ("NBI", pay.nbi)) if n in insured) * day.right
    whole = sum(exact(a) for n, a in (("SFT", pay.sft), ("IR", pay.ir)) if n in insured)
    bonus = exact(pay.primes) * day.right if "PRIMES" in insured else Fraction(0)
    share = day.absence * day.units / year
    sums.gross += (treatment + whole + bonus) * share
    sums.charges += treatment * share * exact(demande.assiette.charges) / 100
    for m in demande.maintenu:
        if m.debut <= day.le <= m.fin:
            sums.maintained = (sums.maintained or Fraction(0)) + exact(m.montant) * day.real / ((m.fin - m.debut).days + 1)
    for m in demande.ijss:
        if m.debut <= day.le <= m.fin:
            sums.ijss += exact(m.montant) * day.real / ((m.fin - m.debut).days + 1)
    sums.units += day.units
    return sums


def owed(sums: Sums, demande: Demande, nature: str) -> Fraction:
    """Level, IJSS and caps, over days that are alike."""
    termes = demande.termes
    kept = min(Fraction(1), sums.maintained / sums.gross) if sums.maintained is not None and sums.gross else Fraction(1)
    whole = nature in ("DC", "FM") or (demande.regime == "IRCANTEC" and not termes.niveau_ircantec)
    level = Fraction(1) if whole else exact(termes.niveaux.get(nature, termes.niveau))
    left = max((sums.gross + sums.charges) * kept * level - sums.ijss, Fraction(0))
    return left if termes.plafond_jour is None else min(left, sums.units * exact(termes.plafond_jour))


def exact_by_day(demande: Demande) -> dict[dt.date, Fraction]:
    """Exact euros of each day, before any rounding, of rights in real days."""
    leaves = leaves_of(demande.arrets)
    franchise = in_franchise(demande.termes.franchise, leaves)
    return {
        day.le: owed(add(Sums(), demande, day), demande, day.nature) if fate(demande, day, franchise) == "PAYE" else Fraction(0)
        for leave in leaves
        for day in leave.days
    }
