"""What an agent lets be seen of his soutien psychologique: a copy that the bulle makes with his consent and takes back with it."""

from __future__ import annotations

from django.db import models

from cases.models.sinistre import Sinistre


class Programme(models.TextChoices):
    """The four programmes (S000; domain: §5.3)."""

    RESSOURCES = "RESSOURCES", "Ressources"
    REACTION = "REACTION", "Réaction"
    ATLAS = "ATLAS", "Atlas"
    REPERE = "REPERE", "Repère"


class SoutienVisible(models.Model):
    """That a soutien exists, its programme, its séances held. Nothing else leaves, and the row goes when the consent does.

    It names neither the process nor the psychologue and bears no date, which would lead to them (docs/decisions/0016).
    """

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="soutiens_visibles")
    programme = models.CharField(max_length=12, choices=Programme.choices)
    seances_tenues = models.PositiveSmallIntegerField("séances tenues", default=0)

    class Meta:
        verbose_name = "soutien psychologique que l’agent laisse voir"
        verbose_name_plural = "soutiens psychologiques que les agents laissent voir"

    def __str__(self) -> str:
        return f"{self.sinistre_id} {self.programme}"
