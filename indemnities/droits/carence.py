"""The jour de carence: the first day of each maladie ordinaire, and those that have none (loi 2017-1837, art. 115; domain: §1.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from indemnities.droits import regles
from indemnities.droits.calendrier import UN_JOUR, ajouter_mois
from indemnities.droits.modele import Arret, Dispense

TOUJOURS_DISPENSES = frozenset({Dispense.GROSSESSE, Dispense.INTERRUPTION_GROSSESSE, Dispense.DEVOUEMENT})
"""Pregnancy declared, miscarriage before 22 weeks or IMG, act of devotion: no date bounds them."""


class Carences:
    """Says, leave after leave in order, whether the first day is a jour de carence. Prolongations have none: they continue a leave."""

    def __init__(self) -> None:
        self._derniere_fin: dt.date | None = None
        self._ald: dict[str, dt.date] = {}
        self._deuils: set[dt.date] = set()

    def due(self, chaine: Sequence[Arret]) -> bool:
        """`chaine`: a leave and its prolongations. A dispense that its dates contradict is not one."""
        premier, precedente = chaine[0], self._derniere_fin
        self._derniere_fin = chaine[-1].fin
        en_vigueur = any(debut <= premier.debut <= fin for debut, fin in regles.CARENCE)
        return not self._dispense(premier, precedente) and en_vigueur

    def _dispense(self, arret: Arret, precedente: dt.date | None) -> bool:
        match arret.dispense:
            case None:
                return False
            case Dispense.MEME_CAUSE:  # 48 hours at work at most since the leave before
                return precedente is not None and arret.debut - precedente - UN_JOUR <= regles.REPRISE_MEME_CAUSE
            case Dispense.ALD:  # the first leave of an ALD has its carence, and opens three years without
                depuis = self._ald.get(arret.dossier)
                if depuis is not None and arret.debut < ajouter_mois(depuis, 12 * regles.ANNEES_ALD):
                    return True
                self._ald[arret.dossier] = arret.debut
                return False
            case Dispense.DEUIL_ENFANT:  # the first leave within thirteen weeks of the death of a child under 25
                deces = arret.deces_enfant
                dans_le_delai = deces is not None and dt.timedelta(0) <= arret.debut - deces < dt.timedelta(weeks=regles.SEMAINES_DEUIL)
                if deces is None or deces in self._deuils or not dans_le_delai:
                    return False
                self._deuils.add(deces)
                return True
            case _:
                return arret.dispense in TOUJOURS_DISPENSES
