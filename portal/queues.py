"""The headings of a queue, as conditions: the same thresholds as presentation.age_echeance, so that a count never contradicts a row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from cases.models import Tache
from cases.rules import ALSACE, OVERSEAS, working_days_between
from portal import presentation
from portal.presentation import ACTIF, ATTENTION, BIENTOT_JOURS, DISCRET, NEUTRE, TRES_EN_RETARD_JOURS, URGENT

ONE_DAY = dt.timedelta(days=1)
TITRES: dict[str, str] = {
    "Très en retard": URGENT,
    "En retard": ATTENTION,
    "Bientôt": ACTIF,
    "À l’heure": NEUTRE,
    "En attente d’un tiers": DISCRET,
}
"""Headings in the order of the list, each with the colour that goes with its words."""

CALENDARS = ("", *sorted(ALSACE), *sorted(OVERSEAS))
"""Départements whose holidays are their own; the empty one stands for all the others."""


@dataclass(frozen=True)
class Bornes:
    """Instants between headings for one calendar: due before `tres`, very late; due at or after `bientot`, on time."""

    tres: dt.datetime
    bientot: dt.datetime


def bornes(reference: dt.datetime, departement: str) -> Bornes:
    today = timezone.localtime(reference).date()
    last = today
    while working_days_between(last, today, departement) <= TRES_EN_RETARD_JOURS:
        last -= ONE_DAY
    first = today
    while working_days_between(today, first, departement) <= BIENTOT_JOURS:
        first += ONE_DAY
    return Bornes(_midnight(last + ONE_DAY), _midnight(first))


def _midnight(jour: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(jour, dt.time()))


def conditions(reference: dt.datetime) -> dict[str, Q]:
    """For each heading, the condition on a Tache. Together they cover every row once."""
    usual = bornes(reference, "")
    own = {d: b for d in CALENDARS[1:] if (b := bornes(reference, d)) != usual}
    tres, bientot = _before("tres", usual, own), _before("bientot", usual, own)
    awake = Q(suspendue=False)
    return {
        "Très en retard": awake & tres,
        "En retard": awake & Q(due_at__lte=reference) & ~tres,
        "Bientôt": awake & Q(due_at__gt=reference) & bientot,
        "À l’heure": awake & Q(due_at__gt=reference) & ~bientot,
        "En attente d’un tiers": Q(suspendue=True),
    }


def _before(name: str, usual: Bornes, own: dict[str, Bornes]) -> Q:
    """Due before the instant `name` of each row's own calendar. A day on which all calendars agree needs no join."""
    limite = getattr(usual, name)
    odd = {d: getattr(b, name) for d, b in own.items() if getattr(b, name) != limite}
    if not odd:
        return Q(due_at__lt=limite)
    condition = Q(due_at__lt=limite) & ~Q(collectivite__departement__in=sorted(odd))
    for departement, instant in odd.items():
        condition |= Q(due_at__lt=instant, collectivite__departement=departement)
    return condition


def age_of(tache: Tache, reference: dt.datetime) -> presentation.Age:
    """The age of one row, told at the instant of the list."""
    return presentation.age_echeance(
        tache.due_at,
        tache.collectivite.departement if tache.collectivite is not None else "",
        maintenant=reference,
        suspendue_depuis=tache.suspendue_depuis if tache.suspendue else None,
        suspendue_motif=tache.suspendue_motif,
    )
