"""What stands outside the bulle about a medical pièce: the door through which it enters, and the administrative facts that come back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from contracts.models import dates_in_order
from documents.enums import GenreLaissezPasser
from documents.models.pieces import Piece


class LaissezPasser(models.Model):
    """A one-time right to deposit one medical pièce at the bulle's address. Issued outside, used inside; opens nothing to read.

    Only the SHA-256 of its secret is kept.
    """

    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="laissez_passer")
    genre = models.CharField(max_length=10, choices=GenreLaissezPasser.choices)
    empreinte = models.CharField(max_length=64, unique=True, editable=False)
    cree_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créé le", default=timezone.now)
    expire_le = models.DateTimeField("expire le")
    utilise_le = models.DateTimeField("utilisé le", null=True)
    revoque_le = models.DateTimeField("révoqué le", null=True)

    class Meta:
        verbose_name = "laissez-passer"
        verbose_name_plural = "laissez-passer"
        indexes = [models.Index(fields=["piece", "-id"], name="laissez_passer_par_piece")]

    def __str__(self) -> str:
        return f"{self.piece_id} {self.genre}"


class ExtraitAdministratif(models.Model):
    """What leaves the bulle of a medical pièce: dates and amounts, never care, lesion or practitioner.

    A correction is a new row that names the one it replaces.
    """

    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="extraits")
    corrige = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrige_par")
    etabli_le = models.DateField("document établi le", null=True, blank=True)
    debut = models.DateField("du", null=True, blank=True)
    fin = models.DateField("au", null=True, blank=True)
    montant = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    tiers_payant = models.BooleanField(null=True, blank=True)
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saisi_le = models.DateTimeField("saisi le", default=timezone.now)

    class Meta:
        verbose_name = "extrait administratif"
        verbose_name_plural = "extraits administratifs"
        constraints = [
            dates_in_order("extrait_dates"),
            models.CheckConstraint(
                name="extrait_montant_positif",
                condition=Q(montant__isnull=True) | Q(montant__gt=0),
                violation_error_message="Un montant est positif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.piece_id} {self.saisi_le:%Y-%m-%d}"
