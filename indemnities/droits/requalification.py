"""A leave given another nature, possibly in the past: what changes, day for day (domain: §1.3, §5.5)."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from indemnities.droits.calendrier import UN_JOUR, Calendrier
from indemnities.droits.modele import Agent, Arret, Decompte, Motif, Nature, Resultat
from indemnities.droits.moteur import droits


@dataclass(frozen=True, slots=True)
class Difference:
    """Consecutive days whose right changed. A fraction is None where the agent was not on leave. `jours` as the décompte counts them."""

    debut: dt.date
    fin: dt.date
    jours: int
    avant: Decimal | None
    apres: Decimal | None
    motif_avant: Motif | None
    motif_apres: Motif | None


@dataclass(frozen=True, slots=True)
class Requalification:
    """The history as it now reads, its rights, and the days whose right changed, later leaves of the agent included."""

    arrets: tuple[Arret, ...]
    droits: Resultat
    differences: tuple[Difference, ...]


def requalifier(
    arrets: Iterable[Arret], *, de: Nature, vers: Nature, effet: dt.date, fin: dt.date | None = None, dossier: str | None = None,
    agent: Agent | None = None, decompte: Decompte = Decompte.CALENDAIRE,
) -> Requalification:  # fmt: skip
    """The arrêts of nature `de` become `vers` from `effet` (to `fin`, when given); rights are computed again, whole.

    `arrets` without a nature are of nature `de`; `dossier`: the new affection or accident. An arrêt that the day cuts becomes two of the
    same certificate. Raises DonneeInvalide as `moteur.droits` does.
    """
    avant = tuple(replace(arret, nature=arret.nature or de) for arret in arrets)
    apres = tuple(piece for arret in avant for piece in _coupes(arret, de, vers, effet, fin, dossier))
    nouveaux = droits(apres, nature=de, agent=agent, decompte=decompte)
    anciens = droits(avant, nature=de, agent=agent, decompte=decompte)
    return Requalification(apres, nouveaux, differences(anciens, nouveaux, decompte))


def _coupes(arret: Arret, de: Nature, vers: Nature, effet: dt.date, fin: dt.date | None, dossier: str | None) -> Iterator[Arret]:
    dernier = fin or arret.fin
    if arret.nature is not de or arret.fin < effet or dernier < arret.debut:
        yield arret
        return
    arret = replace(arret, certificat=arret.certificat or arret.debut)
    if arret.debut < effet:
        yield replace(arret, fin=effet - UN_JOUR)
    nouveau = arret.dossier if dossier is None else dossier
    yield replace(arret, debut=max(arret.debut, effet), fin=min(arret.fin, dernier), nature=vers, dossier=nouveau)
    if dernier < arret.fin:
        yield replace(arret, debut=dernier + UN_JOUR)


def differences(avant: Resultat, apres: Resultat, decompte: Decompte = Decompte.CALENDAIRE) -> tuple[Difference, ...]:
    """Days that two results do not pay alike, in order. The temps partiel thérapeutique, which stands outside the others, is left out."""
    calendrier = decompte.calendrier
    plages = (list(_plages(avant, calendrier)), list(_plages(apres, calendrier)))
    bornes = sorted({borne for cote in plages for debut, fin, *_ in cote for borne in (debut, fin)})
    places = [0, 0]
    trouvees: list[tuple[int, int, _Droit | None, _Droit | None]] = []
    for debut, fin in itertools.pairwise(bornes):
        cotes: list[_Droit | None] = []
        for cote in (0, 1):
            while places[cote] < len(plages[cote]) and plages[cote][places[cote]][1] <= debut:
                places[cote] += 1
            plage = plages[cote][places[cote]] if places[cote] < len(plages[cote]) else None
            cotes.append(plage[2] if plage is not None and plage[0] <= debut else None)
        ancien, nouveau = cotes
        if (ancien and ancien[0]) == (nouveau and nouveau[0]):
            continue
        if trouvees and trouvees[-1][1:] == (debut, ancien, nouveau):
            trouvees[-1] = (trouvees[-1][0], fin, ancien, nouveau)
        else:
            trouvees.append((debut, fin, ancien, nouveau))
    return tuple(_difference(*trouvee, calendrier) for trouvee in trouvees)


_Droit = tuple[Decimal, Motif]


def _plages(resultat: Resultat, calendrier: Calendrier) -> Iterator[tuple[int, int, _Droit]]:
    """Segments as ranks, by first day."""
    for droit in resultat.droits:
        if droit.nature is Nature.TPT:
            continue
        rang, terme = calendrier.rang(droit.arret.debut), calendrier.rang(droit.arret.fin + UN_JOUR)
        for segment in droit.segments:
            suivant = terme if segment is droit.segments[-1] else rang + segment.jours
            yield rang, suivant, (segment.fraction, segment.motif)
            rang = suivant


def _difference(debut: int, fin: int, ancien: _Droit | None, nouveau: _Droit | None, calendrier: Calendrier) -> Difference:
    return Difference(
        debut=calendrier.jour(debut),
        fin=calendrier.jour(fin) - UN_JOUR if calendrier.rang(calendrier.jour(fin)) >= fin else calendrier.jour(fin),
        jours=fin - debut,
        avant=ancien and ancien[0],
        apres=nouveau and nouveau[0],
        motif_avant=ancien and ancien[1],
        motif_apres=nouveau and nouveau[1],
    )
