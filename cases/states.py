"""The lifecycle's table, declared once: which transition leads from where to where.

django-fsm's decorators (cases/models/sinistre.py), the database trigger (same file, Meta) and the drawing at « /processus/ »
(workflows/drawing.py) all read it; tests/cases/test_states.py holds the three to one another.
"""

from __future__ import annotations

from dataclasses import dataclass

from cases.enums import Etat


@dataclass(frozen=True)
class Passage:
    """One transition: where it may start, where it may end (empty: the state does not change)."""

    libelle: str
    depuis: tuple[Etat, ...]
    vers: tuple[Etat, ...]

    def pairs(self) -> set[tuple[str, str]]:
        """(from, to) in states, without the pairs that stay in place."""
        return {(a.value, b.value) for a in self.depuis for b in self.vers if a != b}


D, P, V, R = Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE
C, O, M, X, A = Etat.CLOS, Etat.ROUVERT, Etat.EN_MEDIATION, Etat.REFUSE, Etat.ANNULE  # noqa: E741 the table reads better so

PASSAGES: dict[str, Passage] = {
    "demander_pieces": Passage("Demander les pièces", (D, V, R, O), (P,)),
    "valider": Passage("Valider", (D, P, O), (V,)),
    "rembourser": Passage("Constater le remboursement", (V, R), (R,)),
    "rejeter_reglement": Passage("Constater un rejet de règlement", (R,), (V,)),
    "prolonger": Passage("Prolonger", (V, R), (P,)),
    "requalifier": Passage("Requalifier", (P, V, R, C), (P,)),
    "regulariser": Passage("Régulariser", (P, V, R, C), ()),
    "proposer_refus": Passage("Proposer un refus", (D, P, V, R, O), (M,)),
    "lever_refus": Passage("Lever la proposition de refus", (M,), (D, P, V, R, O)),
    "refuser": Passage("Refuser", (M,), (X,)),
    "refuser_partie": Passage("Refuser une partie", (M,), (V,)),
    "annuler": Passage("Annuler", (D, P, V), (A,)),
    "clore": Passage("Clore", (P, V, R, O), (C,)),
    "rouvrir_rechute": Passage("Rouvrir pour rechute", (V, R, C), (O,)),
    "rouvrir": Passage("Rouvrir", (C, X), (O,)),
}

STATE_PAIRS: list[tuple[str, str]] = sorted(set().union(*(p.pairs() for p in PASSAGES.values())))
"""Every change of state the database accepts."""
