"""Fees of médecins agréés, for a contre-visite or an expertise: amounts and dates, never what was found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.models import Branche, MedecinAgree, Sinistre
from indemnities.enums import ChargeHonoraires


class Honoraire(models.Model):
    """One invoice of a médecin agréé, in euros, and who bears it."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="honoraires")
    branche = models.ForeignKey(Branche, on_delete=models.PROTECT, related_name="honoraires")
    medecin = models.ForeignKey(MedecinAgree, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField("référence de la facture", max_length=60)
    facture_du = models.DateField("facture du")
    montant = models.DecimalField(max_digits=8, decimal_places=2)
    charge = models.CharField("à la charge de", max_length=12, choices=ChargeHonoraires.choices)
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saisi_le = models.DateTimeField("saisi le", default=timezone.now)

    class Meta:
        verbose_name = "honoraires"
        verbose_name_plural = "honoraires"
        constraints = [
            models.UniqueConstraint(
                fields=["medecin", "reference"],
                name="honoraire_facture_unique",
                violation_error_message="Cette facture est déjà saisie.",
            ),
            models.CheckConstraint(name="honoraire_positif", condition=Q(montant__gt=0), violation_error_message="Le montant est positif."),
        ]
        indexes = [models.Index(fields=["sinistre", "-id"], name="honoraire_par_sinistre")]

    def __str__(self) -> str:
        return f"{self.reference} {self.montant}"
