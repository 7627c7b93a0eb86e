"""Frais médicaux: the certificates under which care is paid before imputabilité is decided, and what each décompte took of an invoice.

Of an invoice only dates, amount and tiers payant ever left the bulle: care and practitioner have no place here.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from cases.models import Episode, Sinistre
from contracts.models import dates_in_order
from indemnities.models.paiements import Decompte


class PriseEnCharge(models.Model):
    """A certificat de prise en charge provisoire: care of those days is paid while imputabilité is being looked into.

    What it paid is to be given back when imputabilité is refused. Withdrawn with a motive, never edited.
    """

    numero = models.CharField("numéro", max_length=20, unique=True, editable=False)
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="prises_en_charge")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="prises_en_charge")
    debut = models.DateField("valable du")
    fin = models.DateField("au")
    donnee_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    donnee_le = models.DateTimeField("donnée le", default=timezone.now)
    retiree_au = models.DateField("ne vaut plus à compter du", null=True)
    motif_retrait = models.CharField("retirée parce que", max_length=200, blank=True)

    class Meta:
        verbose_name = "prise en charge provisoire"
        verbose_name_plural = "prises en charge provisoires"
        constraints = [
            dates_in_order("prise_en_charge_dates"),
            models.CheckConstraint(
                name="prise_en_charge_retrait_motive",
                condition=Q(retiree_au__isnull=True, motif_retrait="") | (Q(retiree_au__isnull=False) & ~Q(motif_retrait="")),
                violation_error_message="Une prise en charge retirée a une date et un motif.",
            ),
            models.CheckConstraint(
                name="prise_en_charge_retrait_apres_debut",
                condition=Q(retiree_au__isnull=True) | Q(retiree_au__gte=F("debut")),
                violation_error_message="Le retrait ne précède pas le premier jour.",
            ),
        ]
        indexes = [models.Index(fields=["sinistre", "debut"], name="prise_en_charge_par_sinistre")]
        triggers = [
            pgtrigger.Protect(
                name="prise_en_charge_figee",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("numero", "sinistre", "episode", "debut", "fin", "donnee_par", "donnee_le"),
            ),
            pgtrigger.Protect(name="prise_en_charge_garde", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.numero


class Frais(models.Model):
    """What a décompte took of an invoice, as it stood that day. The décompte names the invoice; here is the version that was read.

    `extrait` is the id of what had left the bulle (documents stands on the same floor: no foreign key).
    """

    decompte = models.OneToOneField(Decompte, on_delete=models.PROTECT, related_name="frais")
    extrait = models.PositiveBigIntegerField()
    facture_du = models.DateField("facture du")
    total = models.DecimalField("montant de la facture", max_digits=10, decimal_places=2)
    tiers_payant = models.BooleanField("payée au praticien")
    prise_en_charge = models.ForeignKey(PriseEnCharge, on_delete=models.PROTECT, null=True, related_name="frais")
    alerte_assumee = models.CharField("payée malgré l’alerte parce que", max_length=300, blank=True)

    class Meta:
        verbose_name = "frais médicaux d’un décompte"
        verbose_name_plural = "frais médicaux des décomptes"
        constraints = [
            models.CheckConstraint(name="frais_positifs", condition=Q(total__gt=0), violation_error_message="Le montant est positif."),
        ]
        indexes = [models.Index(fields=["facture_du", "total"], name="frais_double")]
        triggers = [pgtrigger.Protect(name="frais_figes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.facture_du:%d/%m/%Y} {self.total}"
