"""A dossier entrusted to a médecin conseil, and the administrative conclusion that comes back.

Nothing medical stands here: the question is chosen from a list, the conclusion is what the employer may read. What the médecin
reads and writes for himself belongs to the bulle.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.enums import SensAvis
from cases.models.sinistre import Sinistre


class QuestionMedecin(models.TextChoices):
    JUSTIFICATION = "JUSTIFICATION", "L’arrêt est-il justifié ?"
    IMPUTABILITE = "IMPUTABILITE", "L’imputabilité au service est-elle établie ?"
    RECHUTE = "RECHUTE", "La rechute est-elle liée à l’événement initial ?"
    REPRISE = "REPRISE", "Une reprise est-elle possible, et à quelles conditions ?"


class AvisMedecin(models.Model):
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="avis_medecin")
    medecin = models.ForeignKey(User, on_delete=models.PROTECT, related_name="avis_confies")
    question = models.CharField(max_length=20, choices=QuestionMedecin.choices)
    demande_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    demande_le = models.DateTimeField("demandé le", default=timezone.now)
    rappele_le = models.DateTimeField("rappelé le", null=True)
    rendu_le = models.DateTimeField("rendu le", null=True)
    sens = models.CharField(max_length=20, choices=SensAvis.choices, blank=True)
    conclusion = models.TextField("conclusion administrative", blank=True)

    class Meta:
        verbose_name = "avis du médecin conseil"
        verbose_name_plural = "avis du médecin conseil"
        constraints = [
            models.UniqueConstraint(
                fields=["sinistre"], condition=Q(rendu_le__isnull=True, rappele_le__isnull=True), name="avis_un_a_la_fois"
            ),
            models.CheckConstraint(
                name="avis_rendu_complet",
                condition=Q(rendu_le__isnull=True) | (~Q(sens="") & ~Q(conclusion="")),
                violation_error_message="Un avis rendu a un sens et une conclusion.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sinistre_id} {self.question}"
