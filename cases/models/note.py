"""Internal notes: seen by the CDG alone, never sent."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User
from cases.models.sinistre import Sinistre


class Note(models.Model):
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="notes")
    auteur = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField(default=timezone.now)
    texte = models.TextField()

    class Meta:
        verbose_name = "note interne"
        verbose_name_plural = "notes internes"
        indexes = [models.Index(fields=["sinistre", "-le"], name="note_par_sinistre")]

    def __str__(self) -> str:
        return self.texte[:60]
