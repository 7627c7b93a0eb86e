"""The lines of a décompte as a page shows them: a table with its reasons, and a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indemnities.models import Decompte
from portal.gestion.calendrier import Jour, Mois, jours_des_lignes, legende, mois_des_lignes


@dataclass(frozen=True)
class Detail:
    """Lines in plain values, and the same by months."""

    lignes: list[dict[str, Any]]
    mois: list[Mois]
    legende: list[Jour]

    @property
    def jours(self) -> int:
        return sum(ligne["jours"] for ligne in self.lignes)

    @property
    def total(self) -> Decimal:
        return sum((Decimal(ligne["montant"]) for ligne in self.lignes), Decimal(0))


def detail_de(lignes: list[dict[str, Any]]) -> Detail:
    """`lignes`: as the engine renders them. An invoice or a capital has no day to show."""
    plages = jours_des_lignes(ligne for ligne in lignes if ligne["jours"])
    return Detail(lignes, mois_des_lignes(plages), legende(plages))


def detail_du_decompte(decompte: Decompte) -> Detail:
    """What a computed décompte keeps of its calculation; nothing for one typed by hand."""
    return detail_de([ligne.rendue() for ligne in decompte.lignes.order_by("rang")])
