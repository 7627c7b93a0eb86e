"""What a gestionnaire and a collectivité write to each other on a dossier, and the answers kept ready."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.enums_message import SensMessage
from cases.models.sinistre import Sinistre


class ReponseType(models.Model):
    """An answer kept ready, with variables « {{ numero }} » that the dossier fills."""

    titre = models.CharField(max_length=80, unique=True)
    texte = models.TextField()
    active = models.BooleanField(default=True)
    modifiee_le = models.DateTimeField("modifiée le", default=timezone.now)
    modifiee_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "réponse type"
        verbose_name_plural = "réponses types"
        ordering = ["titre"]

    def __str__(self) -> str:
        return self.titre


class Message(models.Model):
    """One message between the CDG and the collectivité: both read it; never an internal note (cases/models/note.py)."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="messages")
    auteur = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sens = models.CharField(max_length=20, choices=SensMessage.choices)
    le = models.DateTimeField(default=timezone.now)
    texte = models.TextField()
    reponse_type = models.ForeignKey(ReponseType, on_delete=models.PROTECT, null=True, related_name="+")
    lu_le = models.DateTimeField("lu le", null=True)
    lu_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "message"
        constraints = [
            models.CheckConstraint(
                name="message_lu_par",
                condition=Q(lu_le__isnull=True, lu_par__isnull=True) | Q(lu_le__isnull=False, lu_par__isnull=False),
                violation_error_message="Un message lu l’est par quelqu’un.",
            ),
        ]
        indexes = [
            models.Index(fields=["sinistre", "-le"], name="message_par_sinistre"),
            models.Index(fields=["sinistre"], name="message_non_lu", condition=Q(lu_le__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_sens_display()} {self.le:%d/%m/%Y}"
