"""The lines of a computed décompte, with the trace from which anybody can reckon them again."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models

from contracts.models import dates_in_order
from indemnities.models.paiements import SOMME_DES_LIGNES, Decompte


class LigneDecompte(models.Model):
    """A run of days with one right, one pay, one reason; or one invoice, one share of a capital. Written once with its décompte.

    `trace` holds plain values: regle, motif, source (the text of law), base by component, diviseur, niveau, ijss, plafond, and
    `pourquoi`, the same in sentences. `sort` and `fraction` are those of the calculation (indemnities/calcul/modele.py).
    """

    decompte = models.ForeignKey(Decompte, on_delete=models.PROTECT, related_name="lignes")
    rang = models.PositiveSmallIntegerField()
    nature = models.CharField(max_length=8)
    debut = models.DateField("début")
    fin = models.DateField()
    jours = models.PositiveIntegerField()
    sort = models.CharField(max_length=12)
    fraction = models.CharField("fraction du traitement", max_length=12)
    montant = models.DecimalField(max_digits=10, decimal_places=2)
    trace = models.JSONField()

    class Meta:
        verbose_name = "ligne de décompte"
        verbose_name_plural = "lignes de décompte"
        constraints = [
            dates_in_order("ligne_decompte_dates"),
            models.UniqueConstraint(fields=["decompte", "rang"], name="ligne_decompte_rang"),
        ]
        triggers = [
            pgtrigger.Protect(name="ligne_decompte_figee", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="ligne_decompte_somme",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=SOMME_DES_LIGNES.format(cle="NEW.decompte_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decompte_id} / {self.rang}"

    def rendue(self) -> dict[str, Any]:
        """The same plain values as the engine's own rendering (calcul/simulation.py)."""
        return {
            "debut": self.debut.isoformat(),
            "fin": self.fin.isoformat(),
            "jours": self.jours,
            "nature": self.nature,
            "sort": self.sort,
            "fraction": self.fraction,
            "montant": f"{self.montant:.2f}",
            "trace": {"motif": "", "source": ""} | {cle: valeur for cle, valeur in self.trace.items() if cle != "pourquoi"},
            "pourquoi": self.trace.get("pourquoi", []),
        }

    @property
    def est_payee(self) -> bool:
        return self.sort == "PAYE"
