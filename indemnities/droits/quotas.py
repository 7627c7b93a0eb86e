"""Leaves that are paid so long at one rate, then so long at another: longue maladie, longue durée, grave maladie, temps partiel…"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from indemnities.droits.calendrier import UN_JOUR, Calendrier
from indemnities.droits.modele import RIEN, Arret, Segment
from indemnities.droits.regles import Mesure, Quota
from indemnities.droits.tranches import Tranche, rangs, segments


@dataclass(frozen=True, slots=True)
class _Metre:
    """How a quota is measured on the axis of ranks."""

    calendrier: Calendrier
    mesure: Mesure

    @property
    def unite(self) -> int:
        return self.calendrier.an if self.mesure is Mesure.ANS else 1

    def longueur(self, debut: int, fin: int) -> int:
        if self.mesure is Mesure.ANS:
            return self.calendrier.place(fin) - self.calendrier.place(debut)
        return fin - debut

    def avancer(self, rang: int, longueur: int) -> int:
        if self.mesure is Mesure.ANS:
            return self.calendrier.rang_de(self.calendrier.place(rang) + longueur)
        return rang + longueur


def calculer(
    arrets: Sequence[Arret], quota_de: Quota | Callable[[Arret, dt.date], Quota], calendrier: Calendrier, *, deja: int = 0
) -> list[tuple[Segment, ...]]:  # fmt: skip
    """Segments of each arrêt of one right, given by first day.

    `quota_de`: the quota, or what it is for an arrêt and the first day of the leave that it continues (a length may depend on seniority).
    `deja`: what another leave has already had, in places.
    """
    resultat: list[tuple[Segment, ...]] = []
    consomme, precedent, commence = deja, None, dt.date.min
    for arret in arrets:
        if precedent is None or precedent.fin + UN_JOUR != arret.debut:
            commence = arret.debut
        quota = quota_de if isinstance(quota_de, Quota) else quota_de(arret, commence)
        metre = _Metre(calendrier, quota.mesure)
        debut, fin = rangs(arret, calendrier)
        if quota.rouvert_apres_un_an and precedent is not None and _un_an(precedent, arret, calendrier):
            consomme = 0
        resultat.append(segments(arret, _tranches(debut, fin, consomme, quota, metre), calendrier))
        consomme += metre.longueur(debut, fin)
        precedent = arret
    return resultat


def _un_an(avant: Arret, apres: Arret, calendrier: Calendrier) -> bool:
    """A year back at work, from date to date."""
    reprise = calendrier.rang(avant.fin + UN_JOUR)
    return calendrier.place(calendrier.rang(apres.debut)) - calendrier.place(reprise) >= calendrier.an


def _tranches(debut: int, fin: int, consomme: int, quota: Quota, metre: _Metre) -> Iterator[Tranche]:
    limite = 0
    for palier in quota.paliers:
        limite += palier.duree * metre.unite
        if consomme >= limite:
            continue
        jusqua = min(fin, metre.avancer(debut, limite - consomme))
        yield Tranche(debut, jusqua, palier.fraction, palier.motif)
        consomme += metre.longueur(debut, jusqua)
        if jusqua >= fin:
            return
        debut = jusqua
    yield Tranche(debut, fin, RIEN, quota.apres)
