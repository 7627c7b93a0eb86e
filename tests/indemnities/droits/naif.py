"""A second maladie ordinaire, written from the rule as people say it: each day in turn, by looking at the year behind it. Slow and plain.

It shares nothing with the engine but its inputs: a day is a date, a count is a count of dates.
"""

from __future__ import annotations

import calendar
import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence

from indemnities.droits.modele import Agent, Arret, Statut

JOUR = dt.timedelta(days=1)
Cle = tuple[int, int, int]
Unite = tuple[dt.date, int]
"""A day, and which of its units: a real day has one; in months of thirty the 31st has none, the last of February two or three."""


def un_an_avant(jour: dt.date) -> dt.date:
    try:
        return jour.replace(year=jour.year - 1)
    except ValueError:
        return jour.replace(year=jour.year - 1, day=28)


def unites(jour: dt.date, trentieme: bool) -> list[Unite]:
    if not trentieme:
        return [(jour, jour.day)]
    if jour.day == 31:
        return []
    if jour.month == 2 and jour.day == calendar.monthrange(jour.year, 2)[1]:
        return [(jour, place) for place in range(jour.day, 31)]
    return [(jour, jour.day)]


def depuis(unite: Unite, trentieme: bool) -> tuple[int, int, int]:
    """The first unit of the window, as (year, month, place): the one after the same date a year ago."""
    jour, place = unite
    if trentieme:
        return jour.year - 1, jour.month, place + 1
    avant = un_an_avant(jour) + JOUR
    return avant.year, avant.month, avant.day


def mois_de_services(entree: dt.date, jour: dt.date) -> int:
    mois = 0
    while True:
        annee, rang = divmod(entree.year * 12 + entree.month - 1 + mois + 1, 12)
        dernier = calendar.monthrange(annee, rang + 1)[1]
        if dt.date(annee, rang + 1, min(entree.day, dernier)) > jour:
            return mois
        mois += 1


def limites(agent: Agent, jour: dt.date) -> tuple[int, int]:
    if agent.statut != Statut.CONTRACTUEL:
        return 90, 270
    assert agent.entree
    mois = mois_de_services(agent.entree, jour)
    jours = 90 if mois >= 36 else 60 if mois >= 24 else 30 if mois >= 4 else 0
    return jours, jours


def carence_en_vigueur(jour: dt.date) -> bool:
    if jour.year in (2012, 2013):
        return True
    return jour >= dt.date(2018, 1, 1) and not dt.date(2020, 3, 24) <= jour <= dt.date(2020, 7, 10)


def un_par_un(pris: list[Cle], debut: Cle) -> int:
    """Days had since the first of the window, by looking at each."""
    return sum(1 for cle in pris if cle >= debut)


def par_dichotomie(pris: list[Cle], debut: Cle) -> int:
    """The same, quicker: a hundred thousand histories take minutes, not hours."""
    return len(pris) - bisect_left(pris, debut)


def cmo(
    arrets: Sequence[Arret],
    agent: Agent,
    *,
    trentieme: bool,
    compter: Callable[[list[Cle], Cle], int] = par_dichotomie,
    carence: str = "0",
) -> list[list[tuple[dt.date, str, int]]]:
    """For each arrêt by first day: (day, right, units of it) in order. Rights: « 1 », « 0.9 », « 0.5 », « 0 », and `carence`."""
    plein: list[Cle] = []
    demi: list[Cle] = []
    resultat: list[list[tuple[dt.date, str, int]]] = []
    veille: dt.date | None = None
    commence = effet = dt.date.min
    certificat: dt.date | None = None
    maximum, maximum_demi, fini, compte = 0, 0, False, 0
    for arret in sorted(arrets, key=lambda arret: arret.debut):
        continu = veille is not None and veille + JOUR == arret.debut
        if not continu:
            commence, fini, compte = arret.debut, False, 0
            maximum, maximum_demi = limites(agent, commence)
        if not continu or arret.certificat is None or arret.certificat != certificat:
            effet = min(arret.debut, arret.certificat or arret.debut)
        certificat = arret.certificat
        jours: list[tuple[dt.date, str, int]] = []
        jour = arret.debut
        while jour <= arret.fin:
            rendus: Counter[str] = Counter()
            ordre = unites(jour, trentieme)
            for rang, unite in enumerate(ordre):
                debut = depuis(unite, trentieme)
                # a year without a break is over: 360 units in months of thirty, else from date to date
                fini = fini or (compte >= 360 if trentieme else un_an_avant(jour) >= commence and (jour.month, jour.day) != (2, 29))
                pris, pris_demi = compter(plein, debut), compter(demi, debut)
                cle = (jour.year, jour.month, unite[1])
                if not fini and pris < maximum:
                    plein.append(cle)
                    rendu = "0.9" if effet >= dt.date(2025, 3, 1) else "1"
                elif not fini and pris_demi < maximum_demi:
                    demi.append(cle)
                    rendu = "0.5"
                else:
                    fini, rendu = True, "0"
                if jour == commence and rang == 0 and carence_en_vigueur(jour) and rendu != "0":
                    rendu = carence
                compte += 1
                rendus[rendu] += 1
            jours.extend((jour, rendu, nombre) for rendu, nombre in rendus.items())
            jour += JOUR
        resultat.append(jours)
        veille = arret.fin
    return resultat
