"""Invoices of practitioners: who treated and what for stays here, amounts and dates leave as an administrative extract."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from accounts.models import User
from documents.models import ExtraitAdministratif
from medical.models.cles import Cle
from medical.models.fichiers import Fichier


class Facture(models.Model):
    """One invoice, read in a document or a line of a file of invoices.

    Its extract (dates, amount, tiers payant) is the only part that stands outside."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    fichier = models.ForeignKey(Fichier, on_delete=models.PROTECT, null=True, related_name="factures")
    importee = models.BooleanField("importée", default=False)
    extrait = models.OneToOneField(ExtraitAdministratif, on_delete=models.DO_NOTHING, related_name="+")
    cle = models.ForeignKey(Cle, on_delete=models.PROTECT, related_name="+")
    praticien = models.BinaryField("praticien chiffré")
    actes = models.BinaryField("actes chiffrés")
    saisie_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    saisie_le = models.DateTimeField("saisie le", default=timezone.now)

    class Meta:
        verbose_name = "facture médicale"
        verbose_name_plural = "factures médicales"
        constraints = [
            models.CheckConstraint(
                name="facture_lue_ou_importee",
                condition=models.Q(fichier__isnull=False) | models.Q(importee=True),
                violation_error_message="Une facture se lit dans un document, ou s’importe.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)
