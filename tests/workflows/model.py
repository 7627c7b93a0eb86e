"""The small model of the lifecycle: written from the design's table, without a look at the code.

It knows one dossier by what a person would remember of it: its state, its arrêts, its lines of money, what was said of it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import precondition

DAY = dt.timedelta(days=1)
D, P, V, R, C, O, M, X, A = (  # noqa: E741 as in the design's table
    "DECLARE", "PIECES_EN_ATTENTE", "VALIDE", "REMBOURSE", "CLOS", "ROUVERT", "EN_MEDIATION", "REFUSE", "ANNULE",
)  # fmt: skip

TABLE: dict[str, tuple[set[str], str]] = {
    "demander_pieces": ({D, V, R, O}, P),
    "valider": ({D, P, O}, V),
    "rembourser": ({V, R}, R),
    "rejeter_reglement": ({R}, V),
    "prolonger": ({V, R}, P),
    "requalifier": ({P, V, R, C}, P),
    "regulariser": ({P, V, R, C}, "="),
    "proposer_refus": ({D, P, V, R, O}, M),
    "lever_refus": ({M}, "origin"),
    "refuser": ({M}, X),
    "refuser_partie": ({M}, V),
    "annuler": ({D, P, V}, A),
    "clore": ({P, V, R, O}, C),
    "rouvrir_rechute": ({V, R, C}, O),
    "rouvrir": ({C, X}, O),
}
CDG = {"gestionnaire", "gestionnaire2", "responsable"}
MONEY = {"payeur", "payeur2", "responsable"}
WHO: dict[str, set[str]] = dict.fromkeys(TABLE, CDG) | {
    "rembourser": MONEY,
    "rejeter_reglement": MONEY,
    "prolonger": CDG | {"mairie"},
    "refuser": {"responsable"},
    "refuser_partie": {"responsable"},
}
SEERS = CDG | MONEY | {"mairie", "secretariat"}
PEOPLE = ["gestionnaire", "gestionnaire", "responsable", "payeur", "payeur2", "mairie", "mairie2", "medecin", "admin", "secretariat"]
ENDED = {C, X, A}
CASE_TASKS = {
    "INSTRUIRE", "VALIDER", "RELANCER", "MENER_MEDIATION", "DEMANDER_REPRISE", "CLORE", "CONTROLE_6_MOIS", "SAISINE",
    "RECEVOIR_PIECE_MEDICALE", "SAISIR_DECOMPTE",
}  # fmt: skip


PARTIES: dict[str, set[str]] = {
    "ASSUREUR": {"gestionnaire", "gestionnaire2", "responsable"},
    "CDG": {"gestionnaire", "gestionnaire2", "responsable"},
    "COLLECTIVITE": {"gestionnaire", "gestionnaire2", "responsable", "mairie"},
}
"""Who is heard before a refusal, and who may speak for each: the dossier was not sent to the insurer, somebody of the CDG reports him."""


OUTSIDERS = ["mairie2", "medecin", "admin", "secretariat", "payeur", "mairie"]


def by(nom: str) -> st.SearchStrategy[str]:
    """Mostly somebody who may, now and then somebody who may not."""
    return st.sampled_from(sorted(WHO[nom]) * 6 + OUTSIDERS)


def somewhere(nom: str) -> Any:
    """The rule is tried where the table allows the transition; `out_of_place` tries the rest."""
    return precondition(lambda self: self.it.etat in TABLE[nom][0])


@dataclass
class Line:
    pk: int
    etat: str
    auteur: str
    sent: bool = False


@dataclass
class Model:
    """What is remembered of the dossier."""

    numero: str
    pk: int
    nature: str
    etat: str = D
    origin: str = ""
    scope: str = ""
    heard: set[str] = field(default_factory=set)
    version: int = 1
    late: bool = False
    active: list[tuple[dt.date, dt.date]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    refused_before: bool = False
    journal: Counter[str] = field(default_factory=Counter)

    def approved(self) -> bool:
        return any(line.etat in ("APPROUVE", "TRANSMIS", "REGLE") for line in self.lines)

    def unpaid(self) -> bool:
        return any(line.etat in ("CALCULE", "APPROUVE", "TRANSMIS") for line in self.lines)

    def settled(self) -> bool:
        return any(line.etat == "REGLE" for line in self.lines)
