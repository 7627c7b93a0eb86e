"""Which calendar of reminders holds for a pièce. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rythme:
    """Working days after a pièce was asked for: those of its reminders, then that on which the collectivité is to be called."""

    jours: tuple[int, ...]
    appel: int

    @property
    def etapes(self) -> tuple[int, ...]:
        """Every step, the call last."""
        return (*self.jours, self.appel)


DEFAUT = Rythme((7, 21, 45), 50)
"""What the application does where the CDG has said nothing."""


@dataclass(frozen=True)
class Calendriers:
    """The calendars in force on a day, by (contract, stage); None and "" where a row says « the CDG », « all stages »."""

    lignes: Mapping[tuple[int | None, str], Rythme]

    def pour(self, contrat_id: int | None, stade: str) -> Rythme:
        """The nearest to the case: contract and stage, contract, stage, neither, else DEFAUT."""
        for cle in ((contrat_id, stade), (contrat_id, ""), (None, stade), (None, "")):
            if cle in self.lignes:
                return self.lignes[cle]
        return DEFAUT

    def premier_jour(self, contrat_id: int | None) -> int:
        """The soonest first reminder that any stage of this contract may call for, in working days."""
        stades = {"", *(stade for contrat, stade in self.lignes if contrat in (contrat_id, None))}
        return min(self.pour(contrat_id, stade).jours[0] for stade in stades)
