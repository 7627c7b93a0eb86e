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

from cases.errors import DonneeInvalide
from indemnities.droits import regles
from indemnities.droits.calendrier import UN_JOUR, Calendrier, ajouter_mois
from indemnities.droits.carence import Carences
from indemnities.droits.modele import DEMI, NEUF_DIXIEMES, RIEN, Agent, Arret, Motif, Segment, Statut
from indemnities.droits.tranches import Tranche, chaines, debut_certificat, rangs, segments

JAMAIS = 1 << 40
"""A rank that no date reaches."""

PLEIN, DEMI_PAYE, EPUISE = range(3)
"""Classes of a day: what it consumes. A jour de carence consumes as if it were paid (circulaire of 15/2/2018)."""


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

    def __init__(self) -> None:
        self._plages: deque[tuple[int, int]] = deque()
        self._total = 0

    def ajouter(self, debut: int, fin: int) -> None:
        self._total += fin - debut
        if self._plages and self._plages[-1][1] == debut:
            debut = self._plages.pop()[0]
        self._plages.append((debut, fin))

    def depuis(self, queue: int) -> tuple[int, bool, int]:
        """Days had from the window's tail on; whether the day that leaves it next is one of these; the rank where that changes."""
        plages = self._plages
        while plages:
            debut, fin = plages[0]
            if fin > queue:
                return (self._total - queue + debut, True, fin) if debut <= queue else (self._total, False, debut)
            self._total -= fin - debut
            plages.popleft()
        return 0, False, JAMAIS


class _Fenetre:
    """The sliding year of one agent, fed with his arrêts in order: ranks never go back."""

    def __init__(self, calendrier: Calendrier) -> None:
        self._calendrier = calendrier
        self._plein, self._demi = _Pris(), _Pris()
        self._terme = 0
        self._avance, self._rupture = 0, -1
        self._epuisee = False
        self._limites = FONCTIONNAIRE

    def ouvrir(self, debut: int, limites: Limites, *, reprise: bool) -> None:
        """A leave begins: it may last a year at most. Rights that were over stay so until a return to work."""
        self._limites = limites
        if reprise or not self._epuisee:
            self._terme = self._calendrier.rang_de(self._calendrier.place(debut) + self._calendrier.an)
            self._epuisee = False

    def etape(self, rang: int) -> tuple[int, int]:
        """The class of a rank, and the first one after it that may have another."""
        if rang >= self._terme:
            return EPUISE, JAMAIS
        if rang >= self._rupture:  # until then the tail keeps its distance
            self._avance, self._rupture = rang - self._calendrier.queue(rang), self._calendrier.rupture(rang)
        avance = self._avance
        queue = rang - avance
        plein, plein_sort, bord_plein = self._plein.depuis(queue)
        demi, demi_sort, bord_demi = self._demi.depuis(queue)
        reste_plein, reste_demi = self._limites.jours - plein, self._limites.demi - demi
        if reste_plein <= 0 and reste_demi <= 0:
            return EPUISE, JAMAIS
        borne = min(self._terme, self._rupture, bord_plein + avance, bord_demi + avance)
        if reste_plein > 0:  # a day in, a day out: nothing changes; else the limit comes nearer
            return PLEIN, borne if plein_sort else min(borne, rang + reste_plein)
        if plein_sort:  # a full day leaves the window tomorrow
            return DEMI_PAYE, rang + 1
        return DEMI_PAYE, borne if demi_sort else min(borne, rang + reste_demi)

    def parcourir(self, rang: int, fin: int) -> Iterator[tuple[int, int, int]]:
        """Classes over [rang, fin[, each stretch consumed as it is given."""
        while rang < fin:
            classe, suivant = self.etape(rang)
            suivant = min(suivant, fin)
            if classe == EPUISE:  # nothing more until a return to work, even when the year slides on
                self._terme, self._epuisee = rang, True
            else:
                (self._demi if classe else self._plein).ajouter(rang, suivant)
            yield rang, suivant, classe
            rang = suivant


def calculer(
    arrets: Sequence[Arret], agent: Agent, calendrier: Calendrier, *, absences: Sequence[int] | None = None
) -> list[tuple[Segment, ...]]:  # fmt: skip
    """Segments of each arrêt of maladie ordinaire, given by first day and without overlap.

    `absences`: for each arrêt, the number of the absence it belongs to, leaves of any nature without a day of work between them.

    Source: CGFP L822-1 to L822-5, décret 87-602 art. 15 to 17; décret 88-145 art. 7 for contractuels. Days already had at the first rate
    count together whether they were paid 100 or 90 % (domain: §10.6; ADR 21).
    """
    resultat: list[tuple[Segment, ...]] = []
    fenetre, carences = _Fenetre(calendrier), Carences()
    absence = None
    for chaine in chaines(arrets):
        bornes = limites(agent, chaine[0].debut)
        precedente, absence = absence, absences[len(resultat)] if absences else None
        fenetre.ouvrir(calendrier.rang(chaine[0].debut), bornes, reprise=absence is None or absence != precedente)
        carence = carences.due(chaine)
        for place, arret in enumerate(chaine):
            taux = regles.valeur(regles.TAUX_PLEIN, debut_certificat(chaine, place))
            tranches = _tranches(fenetre, arret, calendrier, bornes, taux, carence=carence and place == 0)
            resultat.append(segments(arret, tranches, calendrier))
    return resultat


def _tranches(
    fenetre: _Fenetre, arret: Arret, calendrier: Calendrier, bornes: Limites, taux: Decimal, *, carence: bool
) -> Iterator[Tranche]:  # fmt: skip
    rendu = (
        (taux, bornes.neuf_dixiemes if taux == NEUF_DIXIEMES else bornes.plein),
        (DEMI, bornes.demi_motif),
        (RIEN, bornes.epuise),
    )
    debut, fin = rangs(arret, calendrier)
    if debut == fin:  # a single 31st, in trentièmes: a right, and no day
        classe, _ = fenetre.etape(debut)
        yield Tranche(debut, fin, *((RIEN, regles.JOUR_CARENCE) if carence and classe != EPUISE else rendu[classe]))
        return
    if carence:
        premier = min(calendrier.rang(arret.debut + UN_JOUR), debut + 1)
        if premier == debut and fenetre.etape(debut)[0] != EPUISE:  # a leave that begins on a 31st, in trentièmes
            yield Tranche(debut, debut, RIEN, regles.JOUR_CARENCE)
        for de, a, classe in fenetre.parcourir(debut, premier):
            yield Tranche(de, a, *(rendu[classe] if classe == EPUISE else (RIEN, regles.JOUR_CARENCE)))
        debut = premier
        if debut == fin and arret.fin > arret.debut:  # a carence on a 30th, and the 31st
            yield Tranche(fin, fin, *rendu[fenetre.etape(fin)[0]])
    for de, a, classe in fenetre.parcourir(debut, fin):
        yield Tranche(de, a, *rendu[classe])
