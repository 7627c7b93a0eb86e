"""What the engine remembers beside viewflow's own rows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from viewflow.workflow.models import Task


class Execution(models.Model):
    """An automatic step that waits for a worker: when it is tried next, how often it failed and of what.

    Only the kind of the fault is kept: a message or a local variable could hold a value that has no business here.
    """

    etape = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="execution")
    dans_la_bulle = models.BooleanField(default=False)
    prochain_essai = models.DateTimeField("prochain essai", default=timezone.now)
    departs = models.PositiveSmallIntegerField("départs", default=0)
    """Counted before each attempt, in a transaction of its own: what a killed worker leaves behind."""
    tentatives = models.PositiveSmallIntegerField("tentatives qui ont échoué", default=0)
    erreur = models.CharField(max_length=200, blank=True)
    abandonnee_le = models.DateTimeField("laissée à une personne le", null=True)
    terminee_le = models.DateTimeField("terminée le", null=True)

    class Meta:
        verbose_name = "exécution d’une étape"
        verbose_name_plural = "exécutions d’étapes"
        indexes = [
            models.Index(
                fields=["dans_la_bulle", "prochain_essai"],
                name="execution_a_balayer",
                condition=Q(terminee_le__isnull=True, abandonnee_le__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"étape {self.etape_id}"
