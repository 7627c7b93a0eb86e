"""The engine's door: the rights of an agent's whole history, whatever the natures mixed in it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cases.errors import DonneeInvalide
from indemnities.droits import cmo, famille, quotas, regles
from indemnities.droits.calendrier import Calendrier
from indemnities.droits.modele import DEMI, RIEN, UN, Agent, Arret, Decompte, Droit, Nature, Resultat, Segment, Statut
from indemnities.droits.regles import Mesure, Palier, Quota
from indemnities.droits.tranches import Tranche, rangs, segments

Segments = tuple[Segment, ...]
PREMIER_JOUR, DERNIER_JOUR = dt.date(1950, 1, 1), dt.date(2199, 12, 31)
"""Dates the engine takes: anything else is a slip of the keyboard."""

FAMILIALES = frozenset({Nature.MAT, Nature.PAT, Nature.ADO, Nature.PATHO, Nature.NAI})
PAR_DOSSIER = frozenset({Nature.CLD, Nature.ATC, Nature.ATI})
"""Natures whose right is that of one affection (once in a career) or of one accident; any other is the agent's."""


def droits(arrets: Iterable[Arret], *, nature: Nature, agent: Agent | None = None, decompte: Decompte = Decompte.CALENDAIRE) -> Resultat:
    """The right of each arrêt, by first day, whatever the order they come in.

    `arrets`: the agent's whole history, those never declared to the insurer included; `nature`: that of the arrêts which name none.
    Time grows with the number of changes of right, not of days. Raises DonneeInvalide: dates, overlap, nature unknown to the regime, seniority missing.
    """
    agent = agent or Agent()
    historique = sorted(
        (arret if arret.nature else replace(arret, nature=nature) for arret in arrets), key=lambda arret: (arret.debut, arret.fin)
    )
    _verifier(historique, agent)
    calendrier = decompte.calendrier
    groupes: dict[tuple[Nature, str], list[Arret]] = defaultdict(list)
    for arret in historique:
        groupes[_groupe(arret)].append(arret)
    calcules: dict[Arret, Segments] = {}
    for (genre, _), groupe in groupes.items():
        for arret, tranches in zip(groupe, _calculer(genre, groupe, historique, agent, calendrier), strict=True):
            calcules[arret] = _en_attendant(arret, tranches) if agent.statut is not Statut.CONTRACTUEL else tranches
    return Resultat(tuple(Droit(arret, _nature(arret), calcules[arret]) for arret in historique))


def _nature(arret: Arret) -> Nature:
    if arret.nature is None:
        raise ValueError("an arrêt without nature")
    return arret.nature


def _groupe(arret: Arret) -> tuple[Nature, str]:
    genre = _nature(arret)
    return genre, arret.dossier if genre in PAR_DOSSIER else ""


# -- What each nature gives ----------------------------------------------------------------------------------------------------


def _calculer(
    nature: Nature, arrets: Sequence[Arret], historique: Sequence[Arret], agent: Agent, calendrier: Calendrier
) -> list[Segments]:  # fmt: skip
    if nature is Nature.CMO:
        return cmo.calculer(arrets, agent, calendrier)
    if nature in FAMILIALES:
        return famille.calculer(nature, arrets, calendrier)
    if nature in regles.SANS_LIMITE or nature is Nature.AIT:
        return [_d_un_bloc(arret, calendrier) for arret in arrets]
    return quotas.calculer(arrets, _quota(nature, agent), calendrier, deja=_deja(nature, arrets, historique, calendrier))


def _quota(nature: Nature, agent: Agent) -> Quota | Callable[[Arret], Quota]:
    if nature is Nature.DORS:
        return _disponibilite
    if nature is Nature.ATC:
        return lambda arret: Quota(
            Mesure.JOURS, (Palier(cmo.selon_services(agent, arret.debut, regles.ATC_MOIS), UN, regles.ATC_PLEIN),), regles.ATC_EPUISE
        )
    if nature is Nature.CGM and agent.statut is Statut.CONTRACTUEL:
        sans = Quota(Mesure.ANS, (), regles.CGM_SANS)
        return lambda arret: regles.QUOTAS[nature] if cmo.selon_services(agent, arret.debut, ((regles.CGM_MOIS_CONTRACTUEL, 1),)) else sans
    return regles.QUOTAS[nature]


def _disponibilite(arret: Arret) -> Quota:
    """Three years without pay, a fourth by exception (décret 86-68, art. 19; domain: §1.5)."""
    annees = regles.ANNEES_DORS_EXCEPTION if arret.prolongation_exceptionnelle else regles.ANNEES_DORS
    return Quota(Mesure.ANS, (Palier(annees, RIEN, regles.DORS),), regles.DORS_EPUISE)


def _deja(nature: Nature, arrets: Sequence[Arret], historique: Sequence[Arret], calendrier: Calendrier) -> int:
    """A longue durée counts the full-pay year of the longue maladie that it follows, for the same affection (CGFP L822-13)."""
    if nature is not Nature.CLD:
        return 0
    premier = arrets[0]
    longueurs = (
        fin - debut
        for arret in historique
        if arret.nature is Nature.CLM and arret.dossier == premier.dossier and arret.debut < premier.debut
        for debut, fin in (rangs(arret, calendrier),)
    )
    return min(calendrier.periode, sum(longueurs))


def _d_un_bloc(arret: Arret, calendrier: Calendrier) -> Segments:
    fraction, motif = regles.AIT[arret.groupe] if arret.nature is Nature.AIT else regles.SANS_LIMITE[_nature(arret)]
    return segments(arret, [Tranche(*rangs(arret, calendrier), fraction, motif)], calendrier)


def _en_attendant(arret: Arret, tranches: Segments) -> Segments:
    """Half pay once rights are over, while the conseil médical's avis is awaited (décret 87-602, art. 17 and 37; domain: §1.2)."""
    if not arret.attente_avis or arret.nature not in regles.DEMI_EN_ATTENDANT:
        return tranches
    return tuple(
        replace(s, fraction=DEMI, motif=regles.MAINTIEN) if s.fraction == RIEN and s.motif is not regles.JOUR_CARENCE else s
        for s in tranches
    )


# -- What the engine refuses ---------------------------------------------------------------------------------------------------


def _verifier(historique: Sequence[Arret], agent: Agent) -> None:
    if agent.statut is Statut.CONTRACTUEL and agent.regime != "IRCANTEC":
        raise DonneeInvalide.sur("statut", "Un contractuel de droit public relève du régime IRCANTEC.")
    for arret in historique:
        _verifier_arret(arret, agent)
    for partiel in (False, True):  # a temps partiel thérapeutique stands outside the others (domain: §1.7)
        suivis = [arret for arret in historique if (arret.nature is Nature.TPT) is partiel]
        for avant, apres in zip(suivis, suivis[1:], strict=False):
            if apres.debut <= avant.fin:
                raise DonneeInvalide.sur("arrets", f"Les arrêts {periode(avant)} et {periode(apres)} se chevauchent.")


def _verifier_arret(arret: Arret, agent: Agent) -> None:
    genre = _nature(arret)
    if arret.fin < arret.debut:
        raise DonneeInvalide.sur("fin", f"La fin d’un arrêt ne peut pas précéder son début ({periode(arret)}).")
    if arret.debut < PREMIER_JOUR or arret.fin > DERNIER_JOUR:
        raise DonneeInvalide.sur("debut", f"Les dates d’un arrêt vont de 1950 à 2199 ({periode(arret)}).")
    if genre not in regles.NATURES[agent.regime]:
        raise DonneeInvalide.sur("nature", f"La nature {genre} n’existe pas au régime {agent.regime}.")
    if (genre is Nature.ATC and agent.statut is not Statut.CONTRACTUEL) or (genre is Nature.ATI and agent.statut is Statut.CONTRACTUEL):
        raise DonneeInvalide.sur("nature", f"La nature {genre} ne correspond pas au statut de l’agent.")
    if genre is Nature.DORS and agent.statut is not Statut.TITULAIRE:
        raise DonneeInvalide.sur("nature", "Seul un titulaire peut être placé en disponibilité d’office pour raison de santé.")
    if genre is Nature.AIT and arret.groupe not in regles.AIT:
        raise DonneeInvalide.sur("groupe", "Le groupe d’invalidité va de 1 à 3.")


def periode(arret: Arret) -> str:
    """« du 01/02/2026 au 15/02/2026 », for messages."""
    return f"du {arret.debut:%d/%m/%Y} au {arret.fin:%d/%m/%Y}"
