"""The instruction of a CITIS: the clock of the employer's decision on imputabilité (domain: §1.4). Administrative facts only."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cases.enums_saisine import DecisionImputabilite, MotifProlongation
from cases.models.sinistre import Episode, Sinistre


class InstructionCitis(models.Model):
    """What is known of one instruction beyond its ordinary clock: a rechute has its own, being judged like an initial request.

    The row comes with the first act: until then `depart` is the declaration and `terme` follows from the nature.
    """

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="instructions_citis")
    episode = models.OneToOneField(Episode, on_delete=models.PROTECT, related_name="instruction_citis")
    depart = models.DateField("déclaration complète reçue le")
    terme = models.DateField("fin du délai d’instruction")
    prolongee_motif = models.CharField("prolongée pour", max_length=20, choices=MotifProlongation.choices, blank=True)
    provisoire_depuis = models.DateField("CITIS provisoire prononcé le", null=True)
    retrait_prevu = models.BooleanField(
        "l’arrêté dit qu’il peut être retiré", null=True, help_text="Sans cette mention, le CITIS provisoire ne se retire pas (CE 465818)."
    )
    decision = models.CharField("décision", max_length=15, choices=DecisionImputabilite.choices, blank=True)
    decision_le = models.DateField("décision du", null=True)

    class Meta:
        verbose_name = "instruction d’un CITIS"
        verbose_name_plural = "instructions de CITIS"
        constraints = [
            models.CheckConstraint(
                name="citis_terme_apres_depart",
                condition=Q(terme__gt=F("depart")),
                violation_error_message="Le délai d’instruction finit après son départ.",
            ),
            models.CheckConstraint(
                name="citis_provisoire_dit_s_il_se_retire",
                condition=Q(provisoire_depuis__isnull=True, retrait_prevu__isnull=True)
                | Q(provisoire_depuis__isnull=False, retrait_prevu__isnull=False),
                violation_error_message="Dites si l’arrêté de CITIS provisoire prévoit son retrait.",
            ),
            models.CheckConstraint(
                name="citis_decision_datee",
                condition=Q(decision="", decision_le__isnull=True) | (~Q(decision="") & Q(decision_le__isnull=False)),
                violation_error_message="Une décision est datée.",
            ),
            models.CheckConstraint(
                name="citis_decision_apres_depart",
                condition=Q(decision_le__isnull=True) | Q(decision_le__gte=F("depart")),
                violation_error_message="La décision ne précède pas la déclaration.",
            ),
        ]
        indexes = [models.Index(fields=["sinistre", "-episode"], name="citis_par_sinistre")]

    def __str__(self) -> str:
        return f"CITIS {self.sinistre_id} : {self.get_decision_display() or 'à décider'}"

    @property
    def a_reverser(self) -> bool:
        """Whether what the CITIS provisoire paid is to be given back: refused in the end, by an arrêté that may be taken back."""
        return self.decision == DecisionImputabilite.NON_IMPUTABLE and bool(self.retrait_prevu)
