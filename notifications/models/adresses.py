"""Addresses that refuse our e-mails."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from notifications.enums import GenreDefaut
from notifications.models.courriels import Courriel


class AdresseEnDefaut(models.Model):
    """An address that nothing is sent to, since a bounce or a complaint, until somebody says that it is right again."""

    adresse = models.EmailField("adresse, en minuscules")
    genre = models.CharField(max_length=20, choices=GenreDefaut.choices)
    code = models.CharField("code d’état (RFC 3463)", max_length=20, blank=True)
    courriel = models.ForeignKey(Courriel, on_delete=models.PROTECT, null=True, related_name="+")
    constatee_le = models.DateTimeField("constatée le", default=timezone.now)
    levee_le = models.DateTimeField("levée le", null=True)
    levee_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    commentaire = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "adresse en défaut"
        verbose_name_plural = "adresses en défaut"
        constraints = [
            models.UniqueConstraint(fields=["adresse"], condition=Q(levee_le__isnull=True), name="adresse_en_defaut_unique"),
            models.CheckConstraint(
                name="adresse_levee_par",
                condition=Q(levee_le__isnull=True) | Q(levee_par__isnull=False),
                violation_error_message="Une adresse rétablie l’est par quelqu’un.",
            ),
        ]

    def __str__(self) -> str:
        return self.adresse
