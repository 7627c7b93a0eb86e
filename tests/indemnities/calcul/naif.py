"""The same indemnity, reckoned day after day by code that shares nothing with the product's: a second opinion, slow on purpose."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from indemnities.calcul.modele import ArretDroit, Demande


def days(arret: ArretDroit) -> Iterator[tuple[dt.date, Fraction, str]]:
    for segment in arret.segments:
        le = segment.debut
        while le <= segment.fin:
            yield le, Fraction(segment.fraction), segment.motif.code
            le += dt.timedelta(days=1)


def in_franchise(demande: Demande) -> set[dt.date]:
    """Counts days one by one, restarting at each arrêt that does not go on the one before."""
    f = demande.termes.franchise
    found: set[dt.date] = set()
    counted = 0
    last: dt.date | None = None
    by_year: dict[int, int] = defaultdict(int)
    current: list[dt.date] = []
    lengths: list[list[dt.date]] = []
    for arret in sorted(demande.arrets, key=lambda a: a.debut):
        if arret.nature in ("DC", "FM") or (f.genre != "PAR_ARRET_TOUTES_IJ" and arret.nature != "CMO"):
            continue
        if last is None or not (arret.rechute or (arret.debut - last).days - 1 <= f.ecart):
            counted = 0
            current = []
            lengths.append(current)
        for le, _fraction, motif in days(arret):
            last = le
            current.append(le)
            if motif == "CARENCE" and not f.carence_comprise:
                continue
            counted += 1
            by_year[le.year] += 1
            if (f.genre.startswith("PAR_ARRET") and counted <= f.jours) or (f.genre == "CUMULEE" and by_year[le.year] <= f.jours):
                found.add(le)
    if f.genre == "RELATIVE":
        for suite in lengths:
            if len(suite) <= f.jours:
                found |= set(suite)
    return found


def exact_by_day(demande: Demande) -> dict[dt.date, Fraction]:
    """Exact euros of each day, before any rounding."""
    termes = demande.termes
    franchise = in_franchise(demande) if termes.franchise.genre != "AUCUNE" else set()
    paid: dict[dt.date, Fraction] = {}
    for arret in demande.arrets:
        for le, fraction, motif in days(arret):
            covered = termes.fin_de_couverture is None or le <= termes.fin_de_couverture
            if not covered or motif == "CARENCE" or fraction == 0 or le in franchise:
                paid[le] = Fraction(0)
                continue
            on = le if termes.suit_les_hausses else demande.survenance
            pay = next(r for r in demande.remunerations if r.debut <= on and (r.fin is None or on <= r.fin))
            insured = {str(c) for c in demande.assiette.composantes}
            year = {"360": 360, "365": 365, "MOIS": 12 * monthrange(le.year, le.month)[1]}[termes.diviseur]
            treatment = sum(Fraction(a) for n, a in (("TIB", pay.tib), ("NBI", pay.nbi)) if n in insured) * fraction
            whole = sum(Fraction(a) for n, a in (("SFT", pay.sft), ("IR", pay.ir)) if n in insured)
            bonus = Fraction(pay.primes) * fraction if "PRIMES" in insured else Fraction(0)
            gross = (treatment + whole + bonus) * arret.absence / year
            charges = treatment * arret.absence / year * Fraction(demande.assiette.charges) / 100
            kept = [Fraction(m.montant) / ((m.fin - m.debut).days + 1) for m in demande.maintenu if m.debut <= le <= m.fin]
            share = min(Fraction(1), sum(kept) / gross) if kept and gross else Fraction(1)
            level = Fraction(1) if demande.regime == "IRCANTEC" or arret.nature in ("DC", "FM") else Fraction(termes.niveau)
            daily = (gross + charges) * share * level
            daily -= sum(Fraction(m.montant) / ((m.fin - m.debut).days + 1) for m in demande.ijss if m.debut <= le <= m.fin)
            daily = max(daily, Fraction(0))
            if termes.plafond_jour is not None:
                daily = min(daily, Fraction(termes.plafond_jour))
            paid[le] = daily
    return paid
