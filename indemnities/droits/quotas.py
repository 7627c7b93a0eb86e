"""Leaves that are paid so long at one rate, then so long at another: longue maladie, longue durée, grave maladie, temps partiel…"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from indemnities.droits.calendrier import Calendrier
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
        return self.calendrier.periode if self.mesure is Mesure.ANS else 1

    def longueur(self, debut: int, fin: int) -> int:
        if self.mesure is Mesure.ANS:
            return fin - debut
        return self.calendrier.jours(debut, fin)

    def avancer(self, rang: int, longueur: int) -> int:
        if self.mesure is Mesure.ANS:
            return rang + longueur
        return self.calendrier.avancer(rang, longueur)


def calculer(
    arrets: Sequence[Arret], quota_de: Quota | Callable[[Arret], Quota], calendrier: Calendrier, *, deja: int = 0
) -> list[tuple[Segment, ...]]:  # fmt: skip
    """Segments of each arrêt of one right, given by first day.

    `quota_de`: the quota, or what it is for an arrêt (a length that depends on the agent's seniority). `deja`: ranks already consumed by another leave.
    """
    resultat: list[tuple[Segment, ...]] = []
    consomme, fin_precedente = deja, None
    for arret in arrets:
        quota = quota_de if isinstance(quota_de, Quota) else quota_de(arret)
        metre = _Metre(calendrier, quota.mesure)
        debut, fin = rangs(arret, calendrier)
        if quota.rouvert_apres_un_an and fin_precedente is not None and debut - fin_precedente >= calendrier.periode:
            consomme = 0
        resultat.append(segments(arret, _tranches(debut, fin, consomme, quota, metre), calendrier))
        consomme += metre.longueur(debut, fin)
        fin_precedente = fin
    return resultat


def _tranches(debut: int, fin: int, consomme: int, quota: Quota, metre: _Metre) -> Iterator[Tranche]:
    limite = 0
    for palier in quota.paliers:
        if palier.duree is None:
            yield Tranche(debut, fin, palier.fraction, palier.motif)
            return
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
