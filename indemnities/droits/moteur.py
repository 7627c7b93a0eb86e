"""The engine's door: the rights of an agent's whole history, whatever the natures mixed in it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from cases.errors import DonneeInvalide
from indemnities.droits import cmo, famille, quotas, regles
from indemnities.droits.calendrier import UN_JOUR, Calendrier
from indemnities.droits.modele import DEMI, RIEN, UN, Agent, Arret, Decompte, Droit, Motif, Nature, Regime, Resultat, Segment, Statut
from indemnities.droits.regles import Mesure, Palier, Quota
from indemnities.droits.tranches import Tranche, rangs, segments
from indemnities.lecture import DERNIER_JOUR, PREMIER_JOUR

Segments = tuple[Segment, ...]
Suivi = tuple[Arret, Nature]
FAMILIALES = frozenset({Nature.MAT, Nature.PAT, Nature.ADO, Nature.PATHO, Nature.NAI})
PAR_DOSSIER = frozenset({Nature.CLD, Nature.ATC, Nature.ATI})
"""Natures whose right is that of one affection (once in a career) or of one accident; any other is the agent's."""


def droits(arrets: Iterable[Arret], *, nature: Nature, agent: Agent | None = None, decompte: Decompte = Decompte.CALENDAIRE) -> Resultat:
    """The right of each arrêt, by first day, whatever the order they come in.

    `arrets`: the agent's whole history, those never declared to the insurer included; `nature`: that of the arrêts which name none.
    Time grows with the number of changes of right, not of days. Raises DonneeInvalide: dates, overlap, nature unknown to the regime,
    seniority missing.
    """
    agent = agent or Agent()
    historique = sorted(((arret, arret.nature or nature) for arret in arrets), key=lambda suivi: (suivi[0].debut, suivi[0].fin))
    _verifier(historique, agent)
    calendrier = decompte.calendrier
    groupes: dict[tuple[Nature, str], list[int]] = defaultdict(list)
    for place, (arret, genre) in enumerate(historique):
        groupes[genre, arret.dossier if genre in PAR_DOSSIER else ""].append(place)
    calcules: dict[int, Segments] = {}
    for (genre, _), places in groupes.items():
        groupe = [historique[place][0] for place in places]
        if genre is Nature.CMO:
            numeros = _absences(historique) if len(groupes) > 1 else None
            tranches = cmo.calculer(groupe, agent, calendrier, absences=numeros and [numeros[place] for place in places])
        else:
            tranches = _calculer(genre, groupe, historique, agent, calendrier)
        calcules.update(zip(places, tranches, strict=True))
    return Resultat(
        tuple(Droit(arret, genre, _en_attendant(arret, genre, agent, calcules[place])) for place, (arret, genre) in enumerate(historique))
    )


def _absences(historique: Sequence[Suivi]) -> list[int]:
    """The absence that each arrêt belongs to: leaves of any nature without a day of work between them. A temps partiel is work."""
    numeros: list[int] = []
    numero, fin = 0, dt.date.min
    for arret, genre in historique:
        if genre is not Nature.TPT:
            if arret.debut - fin > UN_JOUR:
                numero += 1
            fin = arret.fin
        numeros.append(numero)
    return numeros


# -- What each nature gives ----------------------------------------------------------------------------------------------------


def _calculer(nature: Nature, arrets: Sequence[Arret], historique: Sequence[Suivi], agent: Agent, calendrier: Calendrier) -> list[Segments]:
    if nature in FAMILIALES:
        return famille.calculer(nature, arrets, calendrier)
    if nature in regles.SANS_LIMITE:
        return [_d_un_bloc(arret, *regles.SANS_LIMITE[nature], calendrier) for arret in arrets]
    if nature is Nature.AIT:
        return [_d_un_bloc(arret, *regles.AIT[arret.groupe], calendrier) for arret in arrets]
    return quotas.calculer(arrets, _quota(nature, agent), calendrier, deja=_deja(nature, arrets, historique, calendrier))


def _quota(nature: Nature, agent: Agent) -> Quota | Callable[[Arret, dt.date], Quota]:
    if nature is Nature.DORS:
        return _disponibilite
    if nature is Nature.ATC:
        return lambda _, commence: Quota(
            Mesure.JOURS, (Palier(cmo.selon_services(agent, commence, regles.ATC_MOIS), UN, regles.ATC_PLEIN),), regles.ATC_EPUISE
        )
    if nature is Nature.CGM and agent.statut is Statut.CONTRACTUEL:
        sans = Quota(Mesure.ANS, (), regles.CGM_SANS)
        services = ((regles.CGM_MOIS_CONTRACTUEL, 1),)
        return lambda _, commence: regles.QUOTAS[nature] if cmo.selon_services(agent, commence, services) else sans
    return regles.QUOTAS[nature]


def _disponibilite(arret: Arret, _: dt.date) -> Quota:
    """Three years without pay, a fourth by exception (décret 86-68, art. 19; domain: §1.5)."""
    annees = regles.ANNEES_DORS_EXCEPTION if arret.prolongation_exceptionnelle else regles.ANNEES_DORS
    return Quota(Mesure.ANS, (Palier(annees, RIEN, regles.DORS),), regles.DORS_EPUISE)


def _deja(nature: Nature, arrets: Sequence[Arret], historique: Sequence[Suivi], calendrier: Calendrier) -> int:
    """A longue durée counts the full-pay year of the longue maladie that it follows, for the same affection (CGFP L822-14)."""
    if nature is not Nature.CLD:
        return 0
    premier = arrets[0]
    longueur = 0
    for arret, genre in historique:
        if genre is Nature.CLM and arret.dossier == premier.dossier and arret.debut < premier.debut:
            debut, fin = rangs(arret, calendrier)
            longueur += calendrier.place(fin) - calendrier.place(debut)
    return min(calendrier.an, longueur)


def _d_un_bloc(arret: Arret, fraction: Decimal, motif: Motif, calendrier: Calendrier) -> Segments:
    return segments(arret, [Tranche(*rangs(arret, calendrier), fraction, motif)], calendrier)


def _en_attendant(arret: Arret, nature: Nature, agent: Agent, rendus: Segments) -> Segments:
    """Half pay once rights are over, while the conseil médical's avis is awaited (décret 87-602, art. 17 and 37; domain: §1.2)."""
    if not arret.attente_avis or nature not in regles.DEMI_EN_ATTENDANT or agent.statut is Statut.CONTRACTUEL:
        return rendus
    return tuple(
        replace(segment, fraction=DEMI, motif=regles.MAINTIEN)
        if segment.fraction == RIEN and segment.motif is not regles.JOUR_CARENCE
        else segment
        for segment in rendus
    )


# -- What the engine refuses ---------------------------------------------------------------------------------------------------


def _verifier(historique: Sequence[Suivi], agent: Agent) -> None:
    if agent.statut is Statut.CONTRACTUEL and agent.regime is not Regime.IRCANTEC:
        raise DonneeInvalide.sur("statut", "Un contractuel de droit public relève du régime IRCANTEC.")
    for arret, genre in historique:
        _verifier_arret(arret, genre, agent)
    for partiel in (False, True):  # a temps partiel thérapeutique stands outside the others
        suivis = (arret for arret, genre in historique if (genre is Nature.TPT) is partiel)
        for avant, apres in itertools.pairwise(suivis):
            if apres.debut <= avant.fin:
                raise DonneeInvalide.sur("arrets", f"Les arrêts {periode(avant)} et {periode(apres)} se chevauchent.")


def _verifier_arret(arret: Arret, nature: Nature, agent: Agent) -> None:
    if arret.fin < arret.debut:
        raise DonneeInvalide.sur("fin", f"La fin d’un arrêt ne peut pas précéder son début ({periode(arret)}).")
    if arret.debut < PREMIER_JOUR or arret.fin > DERNIER_JOUR:
        raise DonneeInvalide.sur("debut", f"Les dates d’un arrêt vont de 1950 à 2199 ({periode(arret)}).")
    if nature not in regles.NATURES[agent.regime]:
        raise DonneeInvalide.sur("nature", f"La nature {nature} n’existe pas au régime {agent.regime}.")
    contractuel = agent.statut is Statut.CONTRACTUEL
    if (nature is Nature.ATC and not contractuel) or (nature is Nature.ATI and contractuel):
        raise DonneeInvalide.sur("nature", f"La nature {nature} ne correspond pas au statut de l’agent.")
    if nature is Nature.DORS and agent.statut is not Statut.TITULAIRE:
        raise DonneeInvalide.sur("nature", "Seul un titulaire peut être placé en disponibilité d’office pour raison de santé.")
    if nature is Nature.AIT and arret.groupe not in regles.AIT:
        raise DonneeInvalide.sur("groupe", "Le groupe d’invalidité va de 1 à 3.")


def periode(arret: Arret) -> str:
    """« du 01/02/2026 au 15/02/2026 », for messages."""
    return f"du {arret.debut:%d/%m/%Y} au {arret.fin:%d/%m/%Y}"
