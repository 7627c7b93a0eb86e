"""From ranks to segments: what every nature's computation shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from indemnities.droits.calendrier import UN_JOUR, Calendrier
from indemnities.droits.modele import Arret, Motif, Segment
from indemnities.droits.regles import JOUR_CARENCE


class Tranche(NamedTuple):
    """Ranks [debut, fin[ with one right."""

    debut: int
    fin: int
    fraction: Decimal
    motif: Motif


def rangs(arret: Arret, calendrier: Calendrier) -> tuple[int, int]:
    """The ranks [debut, fin[ of an arrêt. Empty for an arrêt of a single 31st, in trentièmes."""
    return calendrier.rang(arret.debut), calendrier.rang(arret.fin + UN_JOUR)


def segments(arret: Arret, tranches: Iterable[Tranche], calendrier: Calendrier) -> tuple[Segment, ...]:
    """The tranches, in order, as dates that cover the arrêt; neighbours alike are made one.

    A day that a limit cuts in two (the last of February, in trentièmes) shows in both segments, and each keeps its own count.
    """
    resultat: list[Segment] = []
    debut = arret.debut
    en_cours: Tranche | None = None
    for tranche in tranches:
        if en_cours is None:
            en_cours = tranche
        elif tranche.motif is en_cours.motif and tranche.fraction == en_cours.fraction:
            en_cours = Tranche(en_cours.debut, tranche.fin, en_cours.fraction, en_cours.motif)
        else:
            suivant = calendrier.jour(tranche.debut)
            coupe = calendrier.rang(suivant) < tranche.debut
            if en_cours.motif is JOUR_CARENCE and not coupe:
                suivant = arret.debut + UN_JOUR  # one day, though a 31st that follows it weighs nothing
            fin = suivant if coupe else suivant - UN_JOUR
            resultat.append(Segment(debut, fin, en_cours.fin - en_cours.debut, en_cours.fraction, en_cours.motif))
            debut, en_cours = suivant, tranche
    if en_cours is not None:
        resultat.append(Segment(debut, arret.fin, en_cours.fin - en_cours.debut, en_cours.fraction, en_cours.motif))
    return tuple(resultat)


def chaines(arrets: Iterable[Arret]) -> Iterator[list[Arret]]:
    """Arrêts in order, gathered when each begins the day after the one before: initial and prolongations (domain: §4.3)."""
    chaine: list[Arret] = []
    for arret in arrets:
        if chaine and chaine[-1].fin + UN_JOUR != arret.debut:
            yield chaine
            chaine = []
        chaine.append(arret)
    if chaine:
        yield chaine


def debut_certificat(chaine: list[Arret], place: int) -> dt.date:
    """When the certificate of an arrêt takes effect: its date, or the first day it covers if that came before (ADR 21).

    The parts of one certificate, side by side and of the same date, take effect together: a leave keyed in two equals the whole.
    """
    certificat = chaine[place].certificat
    if certificat is None:
        return chaine[place].debut
    while place and chaine[place - 1].certificat == certificat:
        place -= 1
    return min(certificat, chaine[place].debut)
