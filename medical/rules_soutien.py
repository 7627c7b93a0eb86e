"""Quotas and slots of the soutien psychologique. Pure functions, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from cases.models import Programme


@dataclass(frozen=True)
class Regle:
    """What a programme offers. `maximum`: séances held at most; `minimum`: under it, an end is explained; `mois_social`: 0 for none."""

    pour: str
    maximum: int
    minimum: int = 0
    mois_social: int = 0


REGLES: dict[str, Regle] = {
    Programme.RESSOURCES: Regle("Une aide ponctuelle, pour une difficulté personnelle ou professionnelle.", 20),
    Programme.REACTION: Regle("Après un événement éprouvant (agression, accident), pour en parler sans attendre.", 5, minimum=3),
    Programme.ATLAS: Regle("Le stress du quotidien, une situation de crise, des relations difficiles.", 20),
    Programme.REPERE: Regle("Une aide psychologique et un accompagnement social (budget, famille, démarches).", 14, mois_social=6),
}
"""S000, « Quatre programmes de soutien psychologique » (domain: §5.3); which purpose goes with which name is inferred there."""

CRENEAUX = (dt.time(7), dt.time(11), dt.time(15), dt.time(19))
"""When the public side follows what was done inside, in Paris. Never at once: an instant would tell whom it concerns (ADR 0016)."""
RETENUE = dt.timedelta(hours=1)
"""The least that is awaited: twice the half hour of an agent's link."""

CELLULE_MIN = 5
"""Under it a count is not told (domain: §8)."""


def creneau_apres(instant: dt.datetime) -> dt.datetime:
    """The first slot that follows `instant` by RETENUE at least."""
    au_plus_tot = timezone.localtime(instant + RETENUE)
    jour = au_plus_tot.date()
    candidats = [dt.datetime.combine(jour + dt.timedelta(days=n), heure) for n in (0, 1) for heure in CRENEAUX]
    paris = timezone.get_current_timezone()
    return next(c for c in (candidat.replace(tzinfo=paris) for candidat in candidats) if c >= au_plus_tot)


def creneau_passe(instant: dt.datetime) -> dt.datetime:
    """The last slot that has come."""
    local = timezone.localtime(instant)
    candidats = [dt.datetime.combine(local.date() - dt.timedelta(days=n), heure) for n in (0, 1) for heure in reversed(CRENEAUX)]
    paris = timezone.get_current_timezone()
    return next(c for c in (candidat.replace(tzinfo=paris) for candidat in candidats) if c <= local)


def quantile(valeurs: list[dt.timedelta], rang: float) -> dt.timedelta | None:
    """The nearest-rank quantile of durations (0.5: the median); None for none."""
    if not valeurs:
        return None
    triees = sorted(valeurs)
    return triees[max(0, -(-int(rang * 100) * len(triees) // 100) - 1)]


def arrondi(nombre: int) -> str:
    """A count as it may be told: « moins de 5 » for a small cell, nothing being nothing."""
    return str(nombre) if nombre == 0 or nombre >= CELLULE_MIN else f"moins de {CELLULE_MIN}"
