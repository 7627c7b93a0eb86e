"""The médiation before a refusal: what is proposed, and what the insurer, the CDG and the employer answer. Nothing medical stands here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.enums import MotifRefus, PorteeRefus
from cases.enums_mediation import EXPLIQUEES, IssueMediation, PartieMediation, SensPosition
from cases.models.branche import Branche


class Mediation(models.Model):
    """The business of one branch: the refusal as it was proposed, kept even once the dossier has forgotten it."""

    branche = models.OneToOneField(Branche, on_delete=models.PROTECT, primary_key=True, related_name="mediation")
    motif = models.CharField(max_length=20, choices=MotifRefus.choices)
    portee = models.CharField("portée", max_length=20, choices=PorteeRefus.choices)
    proposition = models.TextField("ce qui a été proposé", blank=True)
    issue = models.CharField(max_length=15, choices=IssueMediation.choices, blank=True)
    conclusion = models.TextField("conclusion", blank=True)

    class Meta:
        verbose_name = "médiation"
        constraints = [
            models.CheckConstraint(
                name="mediation_conclue_motivee",
                condition=Q(issue="", conclusion="") | (~Q(issue="") & ~Q(conclusion="")),
                violation_error_message="La conclusion d’une médiation dit son issue et ses motifs.",
            )
        ]

    def __str__(self) -> str:
        return f"médiation {self.branche_id}"


class PositionMediation(models.Model):
    """What one of the three answered. A later answer replaces an earlier one, which is kept."""

    mediation = models.ForeignKey(Mediation, on_delete=models.PROTECT, related_name="positions")
    partie = models.CharField(max_length=15, choices=PartieMediation.choices)
    sens = models.CharField("position", max_length=20, choices=SensPosition.choices)
    motif = models.CharField("en quelques mots", max_length=1000, blank=True)
    par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    rapportee = models.BooleanField("recueillie par le centre de gestion", default=False)
    le = models.DateTimeField(default=timezone.now)
    remplacee_le = models.DateTimeField("remplacée le", null=True)

    class Meta:
        verbose_name = "position"
        constraints = [
            models.UniqueConstraint(
                fields=["mediation", "partie"], condition=Q(remplacee_le__isnull=True), name="position_mediation_seule"
            ),
            models.CheckConstraint(
                name="position_mediation_expliquee",
                condition=~Q(sens__in=sorted(EXPLIQUEES)) | ~Q(motif=""),
                violation_error_message="Une position opposée au refus, ou une autre solution, s’explique.",
            ),
            models.CheckConstraint(
                name="position_mediation_silence",
                condition=Q(sens=SensPosition.SANS_REPONSE, par__isnull=True) | (~Q(sens=SensPosition.SANS_REPONSE) & Q(par__isnull=False)),
                violation_error_message="Une position est donnée par quelqu’un ; un silence, par personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partie} {self.sens}"
