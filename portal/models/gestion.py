"""The gestionnaires' own arrangements: saved views of a queue, and who is looking at a dossier."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Sinistre


class VueEnregistree(models.Model):
    """A queue with its filters under a name: of one person, or shared with everybody who works in queues.

    `parametres` holds codes and ids only, as the address does: never a name, never free text.
    """

    proprietaire = models.ForeignKey(User, on_delete=models.PROTECT, related_name="vues_enregistrees", verbose_name="propriétaire")
    nom = models.CharField(max_length=40)
    file = models.CharField(max_length=30)
    parametres = models.JSONField("paramètres", default=dict)
    partagee = models.BooleanField("partagée", default=False)

    class Meta:
        verbose_name = "vue enregistrée"
        verbose_name_plural = "vues enregistrées"
        constraints = [
            models.UniqueConstraint(fields=["proprietaire", "nom"], name="vue_nom_unique"),
            models.CheckConstraint(name="vue_nommee", condition=~Q(nom=""), violation_error_message="Une vue enregistrée a un nom."),
        ]

    def __str__(self) -> str:
        return self.nom


class Consultation(models.Model):
    """A two-minute lease that says « Mme Roche consulte »: renewed while her page is open, forgotten by itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    sinistre = models.ForeignKey(Sinistre, on_delete=models.CASCADE, related_name="+", db_index=False)
    expire_le = models.DateTimeField("expire le")

    class Meta:
        verbose_name = "consultation en cours"
        verbose_name_plural = "consultations en cours"
        constraints = [models.UniqueConstraint(fields=["sinistre", "user"], name="consultation_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.sinistre_id}"
