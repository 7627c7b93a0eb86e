"""Maladie ordinaire: the sliding year, without walking the days.

The right of a day depends on the days already had at each rate over the window that ends the day before and leaves out the same date a
year earlier (domain: §0.3). That state changes only where the leave or the window's tail enters or leaves a stretch of days of one rate,
or where a limit is reached: the walk goes from one such change to the next, so its time is proportional to the changes.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from cases.errors import DonneeInvalide
from indemnities.droits import regles
from indemnities.droits.calendrier import UN_JOUR, Calendrier, ajouter_mois
from indemnities.droits.carence import Carences
from indemnities.droits.modele import DEMI, NEUF_DIXIEMES, RIEN, Agent, Arret, Motif, Segment, Statut
from indemnities.droits.tranches import Tranche, chaines, debut_certificat, rangs, segments


class Classe(Enum):
    """What a day consumes. A jour de carence consumes as if it were paid (circulaire of 15/2/2018)."""

    PLEIN = "first rate"
    DEMI = "half pay"
    EPUISE = "nothing left"


@dataclass(frozen=True, slots=True)
class Limites:
    """Days of each rate in a sliding year, and the motives shown."""

    jours: int
    demi: int
    plein: Motif
    neuf_dixiemes: Motif
    demi_motif: Motif
    epuise: Motif


FONCTIONNAIRE = Limites(
    regles.PLEIN_JOURS, regles.DEMI_JOURS, regles.CMO_PLEIN, regles.CMO_90, regles.CMO_DEMI, regles.CMO_EPUISE
)  # fmt: skip


def limites(agent: Agent, jour: dt.date) -> Limites:
    """Limits for a leave that begins on `jour`, its prolongations included: seniority is read on that day.

    Raises DonneeInvalide for a contractuel whose first day of service is not known.
    """
    if agent.statut != Statut.CONTRACTUEL:
        return FONCTIONNAIRE
    jours = selon_services(agent, jour, regles.CONTRACTUELS)
    return Limites(
        jours, jours, regles.CMO_C_PLEIN, regles.CMO_C_90, regles.CMO_C_DEMI, regles.CMO_C_EPUISE if jours else regles.CMO_C_SANS
    )  # fmt: skip


def selon_services(agent: Agent, jour: dt.date, paliers: Sequence[tuple[int, int]]) -> int:
    """The value of the highest step of service (in months) reached on `jour`; 0 below the first."""
    if agent.entree is None:
        raise DonneeInvalide.sur("entree", "Indiquez la date d’entrée : les droits d’un contractuel dépendent de son ancienneté.")
    atteint = 0
    for mois, valeur in paliers:
        if ajouter_mois(agent.entree, mois) <= jour:
            atteint = valeur
    return atteint


class _Pris:
    """Days had at one rate, as stretches of ranks in order; those that the window has left are forgotten."""

    def __init__(self, calendrier: Calendrier) -> None:
        self._calendrier = calendrier
        self._plages: deque[tuple[int, int]] = deque()

    def ajouter(self, debut: int, fin: int) -> None:
        if self._plages and self._plages[-1][1] == debut:
            debut = self._plages.pop()[0]
        self._plages.append((debut, fin))

    def depuis(self, queue: int) -> int:
        """Days had from the window's tail on."""
        plages = self._plages
        while plages and plages[0][1] <= queue:
            plages.popleft()
        jours = self._calendrier.jours
        return sum(jours(max(debut, queue), fin) for debut, fin in plages)

    def a_la_queue(self, queue: int) -> tuple[bool, int | None]:
        """Whether the day that leaves the window next is one of these, and the rank where that changes. After `depuis(queue)`."""
        if not self._plages:
            return False, None
        debut, fin = self._plages[0]
        return (True, fin) if debut <= queue else (False, debut)


class _Fenetre:
    """The sliding year of one agent, fed with his arrêts in order."""

    def __init__(self, calendrier: Calendrier) -> None:
        self._calendrier = calendrier
        self._plein = _Pris(calendrier)
        self._demi = _Pris(calendrier)
        self._terme = 0
        self._limites = FONCTIONNAIRE

    def ouvrir(self, debut: int, limites: Limites) -> None:
        """A leave begins after a return to work: it may last a year at most."""
        self._terme = debut + self._calendrier.periode
        self._limites = limites

    def classe(self, rang: int) -> Classe:
        queue = rang - self._calendrier.periode + 1
        if rang >= self._terme:
            return Classe.EPUISE
        if self._plein.depuis(queue) < self._limites.jours:
            return Classe.PLEIN
        return Classe.DEMI if self._demi.depuis(queue) < self._limites.demi else Classe.EPUISE

    def parcourir(self, rang: int, fin: int) -> Iterator[tuple[int, int, Classe]]:
        """Classes over [rang, fin[, each stretch consumed as it is given."""
        calendrier = self._calendrier
        while rang < fin:
            if not calendrier.jours(rang, rang + 1):  # the 29th of February of a common year
                rang += 1
                continue
            classe = self.classe(rang)
            if classe is Classe.EPUISE:  # nothing more until a return to work, even when the year slides on
                self._terme = rang
                yield rang, fin, classe
                return
            suivant = self._changement(rang, min(fin, self._terme), classe)
            (self._plein if classe is Classe.PLEIN else self._demi).ajouter(rang, suivant)
            yield rang, suivant, classe
            rang = suivant

    def _changement(self, rang: int, borne: int, classe: Classe) -> int:
        """The first rank after `rang` where the class may be another."""
        calendrier, avance = self._calendrier, self._calendrier.periode - 1
        queue = rang - avance
        plein, demi = self._plein.depuis(queue), self._demi.depuis(queue)
        sort_plein, bord_plein = self._plein.a_la_queue(queue)
        sort_demi, bord_demi = self._demi.a_la_queue(queue)
        borne = min(borne, calendrier.rupture(rang))
        for bord in (bord_plein, bord_demi):
            if bord is not None:
                borne = min(borne, bord + avance)
        if classe is Classe.PLEIN:  # a day in, a day out: nothing changes; else the limit comes nearer
            return borne if sort_plein else min(borne, rang + self._limites.jours - plein)
        if sort_plein:  # a full day leaves the window tomorrow
            return rang + 1
        return borne if sort_demi else min(borne, rang + self._limites.demi - demi)


def calculer(arrets: Sequence[Arret], agent: Agent, calendrier: Calendrier) -> list[tuple[Segment, ...]]:
    """Segments of each arrêt of maladie ordinaire, given by first day and without overlap.

    Source: CGFP L822-1 to L822-5, décret 87-602 art. 15 to 17; décret 88-145 art. 7 for contractuels. Days already had at the first rate
    count together whether they were paid 100 or 90 % (domain: §10.6; ADR 21).
    """
    resultat: list[tuple[Segment, ...]] = []
    fenetre, carences = _Fenetre(calendrier), Carences()
    for chaine in chaines(arrets):
        bornes = limites(agent, chaine[0].debut)
        fenetre.ouvrir(calendrier.rang(chaine[0].debut), bornes)
        carence = carences.due(chaine)
        for place, arret in enumerate(chaine):
            taux = regles.valeur(regles.TAUX_PLEIN, debut_certificat(chaine, place))
            tranches = _tranches(fenetre, arret, calendrier, bornes, taux, carence=carence and place == 0)
            resultat.append(segments(arret, tranches, calendrier))
    return resultat


def _tranches(
    fenetre: _Fenetre, arret: Arret, calendrier: Calendrier, bornes: Limites, taux: Decimal, *, carence: bool
) -> Iterator[Tranche]:  # fmt: skip
    rendu = {
        Classe.PLEIN: (taux, bornes.neuf_dixiemes if taux == NEUF_DIXIEMES else bornes.plein),
        Classe.DEMI: (DEMI, bornes.demi_motif),
        Classe.EPUISE: (RIEN, bornes.epuise),
    }
    debut, fin = rangs(arret, calendrier)
    if debut == fin:  # a single 31st, in trentièmes: a right, and no day
        classe = fenetre.classe(debut)
        yield Tranche(debut, fin, *((RIEN, regles.JOUR_CARENCE) if carence and classe is not Classe.EPUISE else rendu[classe]))
        return
    if carence:
        premier = min(calendrier.rang(arret.debut + UN_JOUR), debut + 1)
        if premier == debut:  # a leave that begins on a 31st, in trentièmes
            yield Tranche(debut, debut, RIEN, regles.JOUR_CARENCE)
        for de, a, classe in fenetre.parcourir(debut, premier):
            yield Tranche(de, a, *(rendu[classe] if classe is Classe.EPUISE else (RIEN, regles.JOUR_CARENCE)))
        debut = premier
    for de, a, classe in fenetre.parcourir(debut, fin):
        yield Tranche(de, a, *rendu[classe])
