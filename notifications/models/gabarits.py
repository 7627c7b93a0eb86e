"""The words of e-mails, as a responsable has written them."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from notifications.enums import GenreCourriel


class Gabarit(models.Model):
    """One version of what is written of one kind of news: `objet` and `corps` when it leaves alone, `ligne` in a digest.

    Plain text with variables « {{ numero }} »; paragraphs are parted by an empty line. The last published version is in use; without
    any, the application's own words are (notifications/gabarits.toml). A published version never changes.
    """

    genre = models.CharField(max_length=30, choices=GenreCourriel.choices)
    version = models.PositiveIntegerField()
    objet = models.CharField(max_length=150)
    corps = models.TextField()
    ligne = models.TextField("ligne du récapitulatif", blank=True)
    ecrit_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ecrit_le = models.DateTimeField("écrit le", default=timezone.now)
    publie_le = models.DateTimeField("publié le", null=True)
    publie_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "gabarit de courriel"
        verbose_name_plural = "gabarits de courriel"
        constraints = [
            models.UniqueConstraint(fields=["genre", "version"], name="gabarit_version_unique"),
            models.UniqueConstraint(fields=["genre"], condition=Q(publie_le__isnull=True), name="gabarit_un_brouillon"),
            models.CheckConstraint(
                name="gabarit_publie_par",
                condition=Q(publie_le__isnull=True, publie_par__isnull=True) | Q(publie_le__isnull=False, publie_par__isnull=False),
                violation_error_message="Une version publiée l’est par quelqu’un.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="gabarit_publie",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__publie_le__isnull=False),
                func="RAISE EXCEPTION 'Une version publiée ne change plus : des courriels la portent.';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.genre} v{self.version}"

    @property
    def est_publie(self) -> bool:
        return self.publie_le is not None
