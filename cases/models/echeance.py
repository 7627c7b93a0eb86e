"""Deadlines: a row with an instant and its pauses. Never a counter, never a nightly increment."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from viewflow.workflow.models import Task

from cases.enums import GenreEcheance
from cases.models.sinistre import Sinistre


class Echeance(models.Model):
    """A moment at which a sweeper must do something for a sinistre or a step of a procedure, unless met, dropped or paused.

    `due_at` is always `depart` plus the delay plus the pauses: resuming recomputes it (cases/services/echeances.py). That of the pièces
    awaited is the next moment at which notifications/relances.py looks at what is missing; `depart` is where its series of reminders began.
    """

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, null=True, related_name="echeances")
    etape = models.OneToOneField(
        Task, on_delete=models.PROTECT, null=True, related_name="echeance", help_text="La minuterie d’une procédure, s’il s’agit d’elle."
    )
    genre = models.CharField(max_length=30, choices=GenreEcheance.choices)
    depart = models.DateTimeField("départ")
    jours = models.PositiveSmallIntegerField("délai")
    jours_ouvres = models.BooleanField("en jours ouvrés", default=True)
    due_at = models.DateTimeField("échéance")
    rang = models.PositiveSmallIntegerField("relances déjà faites", default=0, help_text="Pour les pièces attendues.")
    en_pause = models.BooleanField(default=False)
    traitee_le = models.DateTimeField("traitée le", null=True)
    levee_le = models.DateTimeField("levée le", null=True)
    tentatives = models.PositiveSmallIntegerField(default=0)
    erreur = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "échéance"
        constraints = [
            models.UniqueConstraint(
                fields=["sinistre", "genre"],
                condition=Q(traitee_le__isnull=True, levee_le__isnull=True, etape__isnull=True),
                name="echeance_ouverte_unique",
            ),
            models.CheckConstraint(
                name="echeance_de_quelque_chose",
                condition=Q(sinistre__isnull=False) | Q(etape__isnull=False),
                violation_error_message="Une échéance est celle d’un dossier ou d’une étape.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="echeance_a_balayer",
                condition=Q(traitee_le__isnull=True, levee_le__isnull=True, en_pause=False) & ~Q(genre=GenreEcheance.PIECES_ATTENDUES),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="echeance_a_relancer",
                condition=Q(traitee_le__isnull=True, levee_le__isnull=True, en_pause=False, genre=GenreEcheance.PIECES_ATTENDUES),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.genre} {self.due_at:%d/%m/%Y}"


class Pause(models.Model):
    """A stretch during which the clock of an échéance stands still."""

    echeance = models.ForeignKey(Echeance, on_delete=models.PROTECT, related_name="pauses")
    debut = models.DateTimeField("début")
    fin = models.DateTimeField(null=True)
    jusqu_au = models.DateField("jusqu’au", null=True, help_text="Dernier jour de la pause ; sans lui, une personne la termine.")
    motif = models.CharField(max_length=200)

    class Meta:
        verbose_name = "pause"
        constraints = [
            models.UniqueConstraint(fields=["echeance"], condition=Q(fin__isnull=True), name="pause_ouverte_unique"),
            models.CheckConstraint(
                name="pause_ordonnee",
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                violation_error_message="La pause finit avant de commencer.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debut:%d/%m/%Y} {self.motif}"
