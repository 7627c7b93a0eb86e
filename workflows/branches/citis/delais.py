"""How long an employer may look into an accident or an illness of service (décret 87-602, art. 37-5; domain: §1.4)."""

from __future__ import annotations

import datetime as dt

from cases.rules import add_months
from contracts.enums import Nature

MOIS: dict[str, int] = {Nature.AS: 1, Nature.TRJ: 1, Nature.MP: 2}
"""Months from the receipt of the complete declaration. Only agents of the CNRACL have a CITIS: for the others the CPAM decides."""

PROLONGATION_MOIS = 3
"""More, where an enquête, an examination by a médecin agréé or the conseil médical is needed."""


def terme(nature: str, depart: dt.date, *, prolongee: bool = False) -> dt.date | None:
    """The last day to decide; None for a nature that has no CITIS."""
    mois = MOIS.get(nature)
    return None if mois is None else add_months(depart, mois + (PROLONGATION_MOIS if prolongee else 0))
