"""When the conseil médical must be asked, in good time before the rights of a leave come to an end (domain: §1.2, §3). Pure.

A leave that is renewed before the conseil médical goes to it two months before its end (S002, CDG 28). Where the certificates known
already take a leave to the end of its rights, its last prolongation is known, and it goes at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cases.rules import add_months
from contracts.enums import Nature

PREAVIS_MOIS = 2
"""How long before the end of the leave the conseil médical must be asked (S002)."""

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Droit:
    """How long a leave may last. `renouvele`: whether each of its renewals goes before the conseil médical too. `avec`: the natures
    whose days count in it."""

    mois: int
    renouvele: bool
    avec: tuple[str, ...]
    source: str
    mois_imputable: int = 0


DROITS: dict[str, Droit] = {
    Nature.CMO: Droit(12, False, (Nature.CMO,), "CGFP L822-2"),
    Nature.CLM: Droit(36, True, (Nature.CLM,), "CGFP L822-7"),
    Nature.CLD: Droit(60, True, (Nature.CLM, Nature.CLD), "CGFP L822-12 à L822-15", mois_imputable=96),
    Nature.CGM: Droit(36, True, (Nature.CGM,), "décret 91-298, art. 36"),
    Nature.DORS: Droit(36, True, (Nature.DORS,), "CDG 28"),
    Nature.TPT: Droit(12, False, (Nature.TPT,), "décret 2021-1462"),
}
"""The leaves whose rights have an end. A CLD counts the full-pay year of the CLM before it; imputable, it lasts eight years."""


@dataclass(frozen=True)
class Conge:
    """A leave as its certificates tell it, both ends included; a temps partiel thérapeutique has its own year, told apart."""

    debut: dt.date | None = None
    fin: dt.date | None = None
    tpt_debut: dt.date | None = None
    tpt_fin: dt.date | None = None
    fut_imputable: bool = False


def saisine_le(nature: str, conge: Conge, aujourdhui: dt.date) -> dt.date | None:
    """The day by which the conseil médical must be asked; yesterday for « at once », None where nothing calls for it yet."""
    jours = [_saisine(nature, conge.debut, conge.fin, conge.fut_imputable, aujourdhui)]
    jours.append(_saisine(Nature.TPT, conge.tpt_debut, conge.tpt_fin, False, aujourdhui))
    return min((jour for jour in jours if jour is not None), default=None)


def _saisine(nature: str, debut: dt.date | None, fin: dt.date | None, imputable: bool, aujourdhui: dt.date) -> dt.date | None:
    droit = DROITS.get(nature)
    if droit is None or debut is None or fin is None:
        return None
    dernier = add_months(debut, (imputable and droit.mois_imputable) or droit.mois) - ONE_DAY
    limite = add_months(dernier, -PREAVIS_MOIS)
    if fin >= dernier:
        return min(limite, aujourdhui - ONE_DAY)
    if droit.renouvele:
        return add_months(fin, -PREAVIS_MOIS)
    return limite if fin >= limite else None
