"""An agent's leaves as the engine of rights takes them: every dossier that is not cancelled, and those that no dossier declares.

A dossier refused by the insurer counts: the agent was on leave all the same. A day that two dossiers claim is of one of them only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from cases.enums import Etat, GenreArret, GenreBranche, GenreEpisode
from cases.models import Arret, Branche, Sinistre
from contracts.models import SituationAgent
from indemnities.dossier.intervalles import JOUR, Intervalle, elementary, overlap
from indemnities.droits import modele, regles
from indemnities.enums import DispenseConnue
from indemnities.models import FaitsDroits
from indemnities.selectors_constats import arrets_connus_de


@dataclass(frozen=True)
class Suivi:
    """One run of an agent's history. `sinistre_id` None: known, never declared. `absence`: the share of work not done."""

    arret: modele.Arret
    sinistre_id: int | None = None
    contrat_id: int | None = None
    rechute: bool = False
    absence: Fraction = Fraction(1)

    @property
    def jours(self) -> Intervalle:
        return self.arret.debut, self.arret.fin

    @property
    def precedence(self) -> tuple[bool, bool, dt.date, int]:
        """Who has a day that several claim: what was declared, a whole leave, the one that began last (it interrupts the other)."""
        return self.sinistre_id is not None, self.arret.nature != modele.Nature.TPT, self.arret.debut, self.sinistre_id or 0


def agent_de(sinistre: Sinistre) -> modele.Agent:
    """The agent as the rules know him at the survenance; his seniority counts from his first situation on."""
    situations = list(SituationAgent.objects.filter(agent=sinistre.agent_id).order_by("debut"))
    statut = next((s.statut for s in reversed(situations) if s.debut <= sinistre.survenance), None)
    return modele.Agent(
        regime=modele.Regime(sinistre.regime),
        statut=modele.Statut(statut) if statut is not None else modele.Statut.TITULAIRE,
        entree=situations[0].debut if situations else None,
    )


def histoire_de(sinistre: Sinistre, agent: modele.Agent, faits: dict[int, FaitsDroits]) -> list[Suivi]:
    """The agent's history, in date order, without a day twice. `faits`: those of his sinistres, by key."""
    arrets = (
        Arret.objects.filter(sinistre__agent=sinistre.agent_id, actif=True)
        .exclude(sinistre__etat=Etat.ANNULE)
        .select_related("episode", "sinistre")
        .order_by("debut", "pk")
    )
    attentes = _waits(sinistre.agent_id)
    suivis = [piece for arret in arrets for piece in _declared(arret, faits.get(arret.sinistre_id), attentes.get(arret.sinistre_id, ()))]
    suivis += [Suivi(connu.en_droit()) for connu in arrets_connus_de(sinistre.agent)]
    return once([s for s in suivis if convient(s.arret, agent)])


def convient(arret: modele.Arret, agent: modele.Agent) -> bool:
    """Whether this nature exists for who the agent is now: leaves of another regime weigh nothing on the rights of this one."""
    if arret.nature not in regles.NATURES[agent.regime]:
        return False
    contractuel = agent.statut is modele.Statut.CONTRACTUEL
    if arret.nature is modele.Nature.DORS:
        return agent.statut is modele.Statut.TITULAIRE
    return not (arret.nature is modele.Nature.ATC and not contractuel) and not (arret.nature is modele.Nature.ATI and contractuel)


def once(suivis: Sequence[Suivi]) -> list[Suivi]:
    """The same runs, each day kept by one of them (`precedence`); what is cut stays of the same certificate."""
    ordered = sorted(suivis, key=lambda s: s.jours)
    if all(avant.arret.fin < apres.arret.debut for avant, apres in pairwise(ordered)):
        return ordered
    kept: list[Suivi] = []
    for debut, fin in elementary(s.jours for s in ordered):
        claims = [s for s in ordered if overlap(s.jours, (debut, fin))]
        if not claims:
            continue
        piece = _piece(max(claims, key=lambda s: s.precedence), debut, fin)
        if kept and kept[-1].arret.fin + JOUR == debut and _piece(kept[-1], debut, fin) == piece:
            kept[-1] = _piece(kept[-1], kept[-1].arret.debut, fin)
        else:
            kept.append(piece)
    return kept


def _piece(suivi: Suivi, debut: dt.date, fin: dt.date) -> Suivi:
    return replace(suivi, arret=replace(suivi.arret, debut=debut, fin=fin))


def _declared(arret: Arret, faits: FaitsDroits | None, attentes: Sequence[Intervalle]) -> list[Suivi]:
    """An arrêt of a dossier, cut where the wait for the conseil médical begins and ends."""
    nature = modele.Nature.TPT if arret.genre == GenreArret.TPT else _nature(arret.episode.nature)
    if nature is None:
        return []
    entier = modele.Arret(
        debut=arret.debut,
        fin=arret.fin,
        certificat=arret.certificat_du,
        nature=nature,
        dossier=f"s{arret.sinistre_id}",
        **_facts(nature, faits),
    )
    suivi = Suivi(
        entier,
        sinistre_id=arret.sinistre_id,
        contrat_id=arret.sinistre.contrat_id,
        rechute=arret.episode.genre == GenreEpisode.RECHUTE,
        absence=Fraction(1) if arret.quotite is None else Fraction(100 - arret.quotite, 100),
    )
    waiting = [a for a in attentes if overlap(a, suivi.jours)]
    if not waiting:
        return [suivi]
    within = [(max(debut, arret.debut), min(fin, arret.fin)) for debut, fin in waiting]
    return [
        replace(suivi, arret=replace(entier, debut=debut, fin=fin, attente_avis=any(overlap((debut, fin), a) for a in within)))
        for debut, fin in elementary([suivi.jours, *within])
    ]


def _nature(code: str) -> modele.Nature | None:
    """None for what gives no right by the day: décès, frais médicaux."""
    return modele.Nature(code) if code in modele.Nature.__members__ else None


def _facts(nature: modele.Nature, faits: FaitsDroits | None) -> dict[str, Any]:
    if faits is None:
        return {}
    dispense = DispenseConnue(faits.dispense).en_droit if faits.dispense and nature is modele.Nature.CMO else None
    famille = modele.Famille(
        rang=faits.rang,
        enfants=faits.enfants,
        naissance=faits.naissance,
        a_charge=faits.a_charge,
        partage=faits.partage,
        postnatal=faits.postnatal,
    )
    return {"dispense": dispense, "famille": famille, "groupe": faits.groupe, "prolongation_exceptionnelle": faits.quatrieme_annee}


def _waits(agent_id: int) -> dict[int, list[Intervalle]]:
    """Days on which the conseil médical's avis was awaited, by sinistre: half pay goes on once rights are over (décret 87-602, art. 17)."""
    waits: dict[int, list[Intervalle]] = {}
    saisines = Branche.objects.filter(genre=GenreBranche.SAISINE, sinistre__agent=agent_id)
    for sinistre_id, ouverte_le, terminee_le in saisines.values_list("sinistre_id", "ouverte_le", "terminee_le"):
        if sinistre_id is not None:
            fin = terminee_le.date() if terminee_le is not None else dt.date(2199, 12, 31)
            waits.setdefault(sinistre_id, []).append((ouverte_le.date(), fin))
    return waits
