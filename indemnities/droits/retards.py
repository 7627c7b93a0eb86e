"""Arrêts sent late: a warning, then half of the pay until the paper is sent (décret 87-602, art. 15; domain: §1.3).

The reduction is the employer's to decide; this says what the law allows him. It bears on the pay of those days whatever their fraction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cases.errors import DonneeInvalide
from indemnities.droits.calendrier import UN_JOUR, ajouter_mois

DELAI = dt.timedelta(hours=48)
MOIS_SURVEILLES = 24
DEPUIS = dt.date(2014, 10, 6)
"""Décret 2014-1133 in force: nothing was halved before."""


class Suite(StrEnum):
    AVERTISSEMENT = "AVERTISSEMENT"
    REDUCTION = "REDUCTION"


@dataclass(frozen=True, slots=True)
class Envoi:
    """When an arrêt was established and sent. `excuse`: hospitalisation, or an impossibility justified within eight days."""

    etabli: dt.date
    envoye: dt.date
    excuse: bool = False


@dataclass(frozen=True, slots=True)
class Retard:
    """What follows a late arrêt; for a reduction, the days whose pay may be halved, both ends included."""

    envoi: Envoi
    suite: Suite
    debut: dt.date
    fin: dt.date


def retards(envois: Iterable[Envoi]) -> list[Retard]:
    """Each late arrêt by date of establishment: the first brings a warning and opens 24 months, in which any other may be halved.

    The period goes from that day to the eve of the sending. Raises DonneeInvalide for a paper sent before it was established.
    """
    trouves: list[Retard] = []
    averti: dt.date | None = None
    for envoi in sorted(envois, key=lambda envoi: (envoi.etabli, envoi.envoye)):
        if envoi.envoye < envoi.etabli:
            raise DonneeInvalide.sur("envoye", "Un arrêt ne peut pas être envoyé avant d’être établi.")
        if envoi.excuse or envoi.etabli < DEPUIS or envoi.envoye - envoi.etabli <= DELAI:
            continue
        surveille = averti is not None and envoi.etabli < ajouter_mois(averti, MOIS_SURVEILLES)
        if not surveille:
            averti = envoi.etabli
        suite = Suite.REDUCTION if surveille else Suite.AVERTISSEMENT
        trouves.append(Retard(envoi, suite, envoi.etabli, envoi.envoye - UN_JOUR))
    return trouves
