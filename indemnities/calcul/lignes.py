"""The lines of an indemnity: runs of days with one right, one pay, one reason; each rounded half-up to the cent, once."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from contracts.enums import Diviseur, Nature
from indemnities.calcul import invalidite
from indemnities.calcul.franchises import Intervalle, en_franchise, last_of_february
from indemnities.calcul.modele import (
    ENTIERES,
    ArretDroit,
    Assiette,
    Composante,
    Demande,
    Ligne,
    Montant,
    Part,
    Remuneration,
    Sort,
    Termes,
    niveau_applique,
)
from indemnities.calcul.montants import Montants
from indemnities.droits.modele import Decompte, Motif, Segment
from indemnities.droits.regles import JOUR_CARENCE

JOUR = dt.timedelta(days=1)
DUES_AU_TRAITEMENT = (Composante.TIB, Composante.NBI)


class RemunerationInconnue(ValueError):
    """A paid day has no known pay. `le` is the first such day."""

    def __init__(self, le: dt.date) -> None:
        super().__init__(f"Aucune rémunération connue au {le:%d/%m/%Y}.")
        self.le = le


@dataclass(frozen=True)
class _Run:
    """Days of one right, whatever the number of certificates that cover them. They count for the ranks [de, a[."""

    nature: str
    debut: dt.date
    fin: dt.date
    fraction: Fraction
    motif: Motif
    absence: Fraction
    de: int
    a: int

    @property
    def jours(self) -> int:
        """Days that are paid for: in months of thirty, not those of the dates."""
        return self.a - self.de

    def sur(self, debut: dt.date, fin: dt.date, de: int, a: int) -> _Run:
        """The same right on other days."""
        return _Run(self.nature, debut, fin, self.fraction, self.motif, self.absence, de, a)


@dataclass(frozen=True)
class _Paie:
    """A year of insured pay, exact: the components that stay whole, those that follow the right, and the charges on what follows it."""

    composantes: tuple[tuple[Composante, Decimal, Fraction], ...]
    entieres: Fraction
    reduites: Fraction
    charges: Fraction


@dataclass(frozen=True)
class _Annee:
    """A year of pay at one right. `paye` leaves out the charges, which the employer owes besides."""

    parts: tuple[tuple[Composante, Decimal, Fraction, Fraction], ...]
    paye: Fraction
    du: Fraction


@dataclass(frozen=True)
class _Reperes:
    """What is looked up for each line: by day, or by pay and right."""

    franchises: Sequence[Intervalle]
    ijss: Montants
    maintenu: Montants
    paies: dict[tuple[dt.date, bool], _Paie]
    annees: dict[tuple[dt.date, bool, Fraction, Fraction], _Annee]


def calculer(demande: Demande) -> list[Ligne]:
    """All lines, in date order, of all the days of the arrêts: those that nothing is paid for too, with their reason.

    The arrêts are taken in any order and must not overlap. Raises RemunerationInconnue.
    """
    arrets = sorted(demande.arrets, key=lambda a: a.debut)
    franchises = en_franchise(demande.termes.franchise, arrets)
    coupures = _cuts(demande, franchises)
    reperes = _Reperes(franchises, Montants(demande.ijss), Montants(demande.maintenu), {}, {})
    return [
        _ligne(demande, part, reperes)
        for run in _runs(arrets, demande.termes.decompte_paye)
        for part in _cut(run, coupures, demande.termes)
    ]


def total(lignes: Iterable[Ligne]) -> Decimal:
    """Euros of these lines."""
    return sum((ligne.montant for ligne in lignes), Decimal("0.00"))


def _runs(arrets: Sequence[ArretDroit], decompte: Decompte) -> Iterator[_Run]:
    """Segments that follow each other with the same right are one: a leave cut in two certificates is paid as the whole."""
    en_cours: _Run | None = None
    for arret in arrets:
        for segment in arret.segments:
            run = _run(arret, segment, en_cours, decompte)
            if run is None:
                continue
            if en_cours is not None and _goes_on(en_cours, run):
                en_cours = en_cours.sur(en_cours.debut, run.fin, en_cours.de, run.a)
                continue
            if en_cours is not None:
                yield en_cours
            en_cours = run
    if en_cours is not None:
        yield en_cours


def _run(arret: ArretDroit, s: Segment, avant: _Run | None, decompte: Decompte) -> _Run | None:
    """A segment as a run. Rights in thirtieths may cut a last day of February in two (ADR 21): paid in thirtieths, each part keeps its
    count; in real days, the day goes with the first part, and a segment of that day alone is None.
    """
    rang = decompte.calendrier.rang
    coupe = avant is not None and avant.fin == s.debut and last_of_february(s.debut)
    debut = s.debut + JOUR if coupe and decompte is Decompte.CALENDAIRE else s.debut
    if debut > s.fin:
        return None
    de = avant.a if avant is not None and coupe and decompte is Decompte.TRENTIEME else rang(debut)
    a = de + s.jours if decompte is Decompte.TRENTIEME else rang(s.fin + JOUR)
    return _Run(arret.nature, debut, s.fin, _exact(s.fraction), s.motif, arret.absence, de, a)


def _goes_on(avant: _Run, apres: _Run) -> bool:
    same = (avant.nature, avant.fraction, avant.motif, avant.absence) == (apres.nature, apres.fraction, apres.motif, apres.absence)
    return same and apres.debut == avant.fin + JOUR


def _cuts(demande: Demande, franchises: Sequence[Intervalle]) -> list[dt.date]:
    """First days of new lines: wherever pay, franchise, cover, IJSS, maintained pay, a decision or the period change."""
    jours = set(demande.coupures)
    for debut, fin in franchises:
        jours |= {debut, fin + JOUR}
    for montant in (*demande.ijss, *demande.maintenu):
        jours |= {montant.debut, montant.fin + JOUR}
    for ecarte in demande.ecartes:
        jours |= {ecarte.debut, ecarte.fin + JOUR}
    if demande.termes.suit_les_hausses:
        jours |= {r.debut for r in demande.remunerations}
    if demande.termes.fin_de_couverture is not None:
        jours.add(demande.termes.fin_de_couverture + JOUR)
    return sorted(jours)


def _cut(run: _Run, coupures: Sequence[dt.date], termes: Termes) -> Iterator[_Run]:
    debut, de = run.debut, run.de
    while debut <= run.fin:
        place = bisect_right(coupures, debut)
        fin = min(run.fin, coupures[place] - JOUR) if place < len(coupures) else run.fin
        if termes.diviseur == Diviseur.MOIS:
            fin = min(fin, debut.replace(day=monthrange(debut.year, debut.month)[1]))
        a = run.a if fin == run.fin else termes.decompte_paye.calendrier.rang(fin + JOUR)
        yield run if fin == run.fin and debut == run.debut else run.sur(debut, fin, de, a)
        debut, de = fin + JOUR, a


def _ligne(demande: Demande, run: _Run, reperes: _Reperes) -> Ligne:
    jours = run.jours
    sort = _sort(demande, run, reperes.franchises)
    if sort != Sort.PAYE:
        return Ligne(run.nature, run.debut, run.fin, jours, sort, run.motif, run.fraction)
    termes = demande.termes
    paye = run.debut if termes.suit_les_hausses else demande.survenance
    remuneration = _remuneration(demande.remunerations, paye)
    annee = _annee(remuneration, demande.assiette, run, reperes)
    annees = Fraction(jours, _diviseur(termes, run.debut))
    niveau = niveau_applique(termes, run.nature, demande.regime)
    du, plafond = _maintained(annee, annees, reperes.maintenu.couvrant(run.debut, run.fin), run, termes)
    if run.nature == Nature.AIT:
        du, plafond = invalidite.plafonnee(du, annees, run.debut, run.motif.code)
    recues = reperes.ijss.couvrant(run.debut, run.fin)
    ijss = _of_the_days(recues, run, termes) or Fraction(0)
    exact = max(du * _exact(niveau) - ijss, Fraction(0))
    if termes.plafond_jour is not None and exact > jours * Fraction(termes.plafond_jour):
        exact, plafond = jours * Fraction(termes.plafond_jour), "CONTRAT"
    return Ligne(
        nature=run.nature,
        debut=run.debut,
        fin=run.fin,
        jours=jours,
        sort=sort,
        motif=run.motif,
        fraction=run.fraction,
        montant=to_cent(exact),
        parts=tuple(Part(*part, annees) for part in annee.parts),
        diviseur=termes.diviseur,
        niveau=niveau,
        ijss=ijss,
        ijss_estimee=bool(ijss) and any(m.estime for m in recues),
        plafond=plafond,
    )


def _sort(demande: Demande, run: _Run, franchises: Sequence[Intervalle]) -> Sort:
    termes = demande.termes
    if termes.natures is not None and run.nature not in termes.natures:
        return Sort.NON_COUVERT
    if termes.fin_de_couverture is not None and run.debut > termes.fin_de_couverture:
        return Sort.NON_COUVERT
    for ecarte in demande.ecartes:
        if ecarte.debut <= run.debut <= ecarte.fin:
            return ecarte.sort
    if run.motif == JOUR_CARENCE:
        return Sort.CARENCE
    if run.fraction == 0:
        return Sort.SANS_DROIT
    rang = bisect_right(franchises, (run.debut, dt.date.max)) - 1
    if rang >= 0 and franchises[rang][1] >= run.debut:
        return Sort.FRANCHISE
    return Sort.PAYE


def _diviseur(termes: Termes, le: dt.date) -> int:
    """Days in the year of the contract: 360, 365, or twelve times the days of that month."""
    if termes.diviseur == Diviseur.MOIS:
        return 12 * monthrange(le.year, le.month)[1]
    return int(termes.diviseur)


def _remuneration(remunerations: Sequence[Remuneration], le: dt.date) -> Remuneration:
    for remuneration in remunerations:
        if remuneration.debut <= le and (remuneration.fin is None or le <= remuneration.fin):
            return remuneration
    raise RemunerationInconnue(le)


def _annee(remuneration: Remuneration, assiette: Assiette, run: _Run, reperes: _Reperes) -> _Annee:
    """Each insured component at the right of these days; reckoned once for all the lines that have it."""
    base = (remuneration.debut, run.nature == Nature.AIT)
    cle = (*base, run.fraction, run.absence)
    if cle not in reperes.annees:
        if base not in reperes.paies:
            reperes.paies[base] = _paie(remuneration, invalidite.assiette_de(run.nature, assiette))
        paie, reduite = reperes.paies[base], run.fraction * run.absence
        paye = paie.entieres * run.absence + paie.reduites * reduite
        parts = tuple((nom, annuel, run.absence if nom in ENTIERES else reduite, exact) for nom, annuel, exact in paie.composantes)
        reperes.annees[cle] = _Annee(parts, paye, paye + paie.charges * reduite)
    return reperes.annees[cle]


def _paie(remuneration: Remuneration, assiette: Assiette) -> _Paie:
    composantes = []
    entieres = reduites = traitement = Fraction(0)
    for nom in Composante:
        annuel = remuneration.annuel(nom) if nom in assiette.composantes and nom != Composante.CHARGES else None
        if not annuel:
            continue
        exact = Fraction(annuel)
        composantes.append((nom, annuel, exact))
        if nom in ENTIERES:
            entieres += exact
        else:
            reduites += exact
        if nom in DUES_AU_TRAITEMENT:
            traitement += exact
    charges = traitement * _exact(assiette.charges) / 100
    if assiette.charges:
        composantes.append((Composante.CHARGES, to_cent(charges), charges))
    return _Paie(tuple(composantes), entieres, reduites, charges)


def _maintained(annee: _Annee, annees: Fraction, maintenu: Sequence[Montant], run: _Run, termes: Termes) -> tuple[Fraction, str]:
    """What is due before level, never above the pay really maintained on these days; charges shrink with the pay they follow."""
    verse = _of_the_days(maintenu, run, termes)
    if verse is None or annee.paye * annees <= verse:
        return annee.du * annees, ""
    return annee.du * verse / annee.paye, "MAINTENU"


def _of_the_days(montants: Sequence[Montant], run: _Run, termes: Termes) -> Fraction | None:
    """The share of amounts that hold all these days (lines are cut at their bounds); None where there is none."""
    if not montants:
        return None
    jours = _real_days(run, termes.decompte_paye)
    return sum((Fraction(m.montant) * jours / ((m.fin - m.debut).days + 1) for m in montants), Fraction(0))


def _real_days(run: _Run, decompte: Decompte) -> Fraction:
    """Days of the dates, whatever they count for; of a day cut in two, its share."""
    rang = decompte.calendrier.rang
    jours = Fraction((run.fin - run.debut).days + 1)
    for jour, ailleurs in ((run.debut, run.de - rang(run.debut)), (run.fin, rang(run.fin + JOUR) - run.a)):
        if ailleurs:
            jours -= Fraction(ailleurs, rang(jour + JOUR) - rang(jour))
    return jours


def to_cent(exact: Fraction) -> Decimal:
    """Half-up to the cent from an exact value: no float and no second rounding."""
    cents = (200 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return Decimal(-cents if exact < 0 else cents).scaleb(-2)


_exact = lru_cache(maxsize=256)(Fraction)
"""Rates and levels: a few values, over and over."""
