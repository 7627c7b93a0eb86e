"""What the rights of a dossier depend on and no certificate says: facts of the family, of carence, of what the insurer refused."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from indemnities.enums import DispenseConnue


class FaitsDroits(models.Model):
    """The facts of one sinistre, with their author; the journal keeps what was said before. A row by default says no more than no row.

    `rang`: of the first child born among those at charge; `enfants`: born or adopted together (domain: §1.6).
    """

    sinistre = models.OneToOneField(Sinistre, on_delete=models.PROTECT, primary_key=True, related_name="faits_droits")
    dispense = models.CharField("dispense de jour de carence", max_length=12, choices=DispenseConnue.choices, blank=True)
    naissance = models.DateField("naissance ou arrivée de l’enfant", null=True, blank=True)
    rang = models.PositiveSmallIntegerField("rang de l’enfant", default=1, validators=[MinValueValidator(1), MaxValueValidator(20)])
    enfants = models.PositiveSmallIntegerField(
        "enfants nés ou arrivés ensemble", default=1, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    a_charge = models.PositiveSmallIntegerField(
        "enfants à charge ensuite", default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    partage = models.BooleanField("congé d’adoption partagé entre les parents", default=False)
    postnatal = models.BooleanField("congé pathologique après la naissance", default=False)
    groupe = models.PositiveSmallIntegerField("groupe d’invalidité", default=1, validators=[MinValueValidator(1), MaxValueValidator(3)])
    quatrieme_annee = models.BooleanField("quatrième année de disponibilité accordée", default=False)
    refus_debut = models.DateField("refusé du", null=True, blank=True)
    refus_fin = models.DateField("au", null=True, blank=True)
    saisis_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saisis_le = models.DateTimeField("saisis le", default=timezone.now)

    class Meta:
        verbose_name = "faits d’un droit"
        verbose_name_plural = "faits d’un droit"
        constraints = [
            models.CheckConstraint(
                name="faits_droits_refus",
                condition=Q(refus_debut__isnull=True, refus_fin__isnull=True)
                | Q(refus_debut__isnull=False, refus_fin__gte=F("refus_debut")),
                violation_error_message="Les jours refusés ont un début et une fin, dans cet ordre.",
            ),
            models.CheckConstraint(
                name="faits_droits_nombres",
                condition=Q(rang__gte=1, enfants__gte=1, a_charge__gte=1, groupe__gte=1, groupe__lte=3),
                violation_error_message="Un rang et un nombre d’enfants commencent à 1 ; un groupe d’invalidité va de 1 à 3.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="faits_droits_garde", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"faits {self.sinistre_id}"
