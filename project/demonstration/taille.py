"""How much is loaded. The tests load less; the rest of the code does not know."""

from __future__ import annotations

from dataclasses import dataclass

SEED = "vigie-2026"


@dataclass(frozen=True)
class Taille:
    """Numbers of rows. `dossiers` is what the plan is scaled to; `fichiers` how many pièces carry a real PDF in the store."""

    collectivites: int = 40
    agents_cnracl: int = 1500
    agents_ircantec: int = 250
    dossiers: int = 600
    fichiers: int = 200
    courriers: int = 24
