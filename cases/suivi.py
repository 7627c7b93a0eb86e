"""The rules that put a running leave under systematic follow-up: dated data, each with its source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from contracts.enums import IMPUTABLES, Nature

LONGS = frozenset({Nature.CLM, Nature.CLD, Nature.CGM})
COMPTES = frozenset({Nature.CMO, *LONGS, *IMPUTABLES})
"""Natures whose arrêts are counted as repeated: illness and accidents, not families."""


@dataclass(frozen=True)
class Regle:
    """`seuil`: days, months or arrêts, as its label says. In force from `depuis` to `jusqu_au`, both included."""

    code: str
    libelle: str
    seuil: int
    source: str
    depuis: dt.date
    jusqu_au: dt.date | None = None


CMO_90, REPETES, LONG, IMPUTABLE_6_MOIS = "CMO_90", "REPETES", "LONG", "IMPUTABLE_6_MOIS"

REGLES: tuple[Regle, ...] = (
    Regle(CMO_90, "Maladie ordinaire depuis 90 jours ou plus", 90, "Passage à demi-traitement, CGFP L822-3", dt.date(1987, 1, 1)),
    Regle(REPETES, "4 arrêts ou plus en 12 mois", 4, "Suivi du centre de gestion", dt.date(1987, 1, 1)),
    Regle(LONG, "Longue maladie, longue durée ou grave maladie", 0, "Contrôle annuel à demi-traitement (CDG 58)", dt.date(1987, 1, 1)),
    Regle(IMPUTABLE_6_MOIS, "Accident ou maladie de service depuis 6 mois : contrôle dû", 6, "Contrôle au-delà de 6 mois (CDG 58)",
          dt.date(2019, 4, 13)),
)  # fmt: skip
"""The thresholds of CMO_90 and REPETES are the CDG's own: no text sets them. The CITIS and its control came with the décret 2019-301."""


def en_vigueur(jour: dt.date) -> dict[str, Regle]:
    """The rules of that day, by code."""
    return {r.code: r for r in REGLES if r.depuis <= jour and (r.jusqu_au is None or jour <= r.jusqu_au)}
