"""When a dossier's missing pièces are asked for again: the decision alone, without a database.

The pièce that is awaited longest sets the pace of its dossier; a reminder names none and counts them all. A step that has passed while
nobody looked (an outage, a pause) is taken once, the highest of those passed: never a burst.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from cases.rules import add_working_days, start_of_business, working_days_between
from contracts.relances import Rythme


@dataclass(frozen=True)
class Attente:
    """A missing pièce: since when it is awaited, and the calendar of its stage."""

    depuis: dt.datetime
    rythme: Rythme


@dataclass(frozen=True)
class Horloge:
    """Where the reminders of a dossier stand.

    `depart`: where the series began; `rang`: reminders told in it; `derniere`: the instant of the latest one, of any series; `pauses`:
    the stretches during which the clock stood still; `silences`: ends of « déjà envoyée » said of pièces that have still not come.
    """

    depart: dt.datetime
    rang: int
    departement: str
    derniere: dt.datetime | None = None
    pauses: Sequence[tuple[dt.datetime, dt.datetime]] = ()
    silences: Sequence[dt.datetime] = ()


@dataclass(frozen=True)
class Suite:
    """What to do now. `relance`: the rank of the reminder to tell, or None; `appeler`: the collectivité is to be called and the clock
    stops; otherwise look again at `prochaine`, `jours` working days after `depart`, `rang` reminders having been told."""

    depart: dt.datetime
    rang: int
    relance: int | None = None
    appeler: bool = False
    jours: int = 0
    prochaine: dt.datetime | None = None


def moment(depuis: dt.datetime, jours: int, horloge: Horloge) -> dt.datetime:
    """The start of business of the `jours`-th working day after `depuis`, the working days of its pauses added."""
    for debut, fin in horloge.pauses:
        if fin > depuis:
            jours += working_days_between(timezone.localdate(max(debut, depuis)), timezone.localdate(fin), horloge.departement)
    return start_of_business(add_working_days(timezone.localdate(depuis), jours, horloge.departement))


def decider(manquantes: Sequence[Attente], horloge: Horloge, maintenant: dt.datetime) -> Suite:
    """What is due of a dossier at this instant. `manquantes`: never empty, the longest awaited first."""
    premiere = manquantes[0]
    rythme, depart = premiere.rythme, max(premiere.depuis, horloge.depart)
    etapes = [moment(depart, jours, horloge) for jours in rythme.jours]
    faites = min(horloge.rang, len(etapes))
    if depart > horloge.depart:  # what set the pace has come: what was told since counts for what is left
        faites = sum(horloge.derniere is not None and etape <= horloge.derniere for etape in etapes)
    passees = sum(etape <= maintenant for etape in etapes)
    relance = passees if passees > faites else None
    if relance is None and _silence_over(horloge, maintenant):
        relance = max(faites, 1)
    derniere = horloge.derniere if relance is None else maintenant
    rang = max(faites, relance or 0)
    if rang >= len(etapes):
        jours, suivante = rythme.appel, _call(rythme, depart, horloge, derniere)
        if relance is None and suivante <= maintenant:
            return Suite(depart, rang, appeler=True)
    else:
        jours, suivante = rythme.jours[rang], etapes[rang]
    others = (_next(une, horloge, maintenant) for une in manquantes[1:])
    prochaine = min(moment for moment in (suivante, *others, *horloge.silences) if moment is not None and moment > maintenant)
    return Suite(depart, rang, relance=relance, jours=jours, prochaine=prochaine)


def _silence_over(horloge: Horloge, maintenant: dt.datetime) -> bool:
    """A pièce said to be on its way has not come in the time it was given, and nothing was told since."""
    return any(fin <= maintenant and (horloge.derniere is None or horloge.derniere < fin) for fin in horloge.silences)


def _call(rythme: Rythme, depart: dt.datetime, horloge: Horloge, derniere: dt.datetime | None) -> dt.datetime:
    """The day to call; never sooner after the last reminder than the calendar says, when that one was told late."""
    voulu = moment(depart, rythme.appel, horloge)
    return voulu if derniere is None else max(voulu, moment(derniere, max(1, rythme.appel - rythme.jours[-1]), horloge))


def _next(attente: Attente, horloge: Horloge, maintenant: dt.datetime) -> dt.datetime | None:
    """The next step of a pièce that does not set the pace: it may by then."""
    etapes = (moment(max(attente.depuis, horloge.depart), jours, horloge) for jours in attente.rythme.jours)
    return next((etape for etape in etapes if etape > maintenant), None)
