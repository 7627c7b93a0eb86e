"""Missions of médecins agréés and experts: one case each, until their end."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.models import AvisMedecin, Sinistre
from medical.models.cles import Cle


class MissionQuerySet(models.QuerySet["Mission"]):
    def ouvertes(self) -> MissionQuerySet:
        """Those that still open something to their expert: not past their end, not rendered, not recalled."""
        return self.filter(fin__gte=timezone.localdate(), rendue_le__isnull=True, rappelee_le__isnull=True)


class Mission(models.Model):
    """What an expert is asked about one case. Questions and answer are encrypted."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sinistre = models.ForeignKey(Sinistre, on_delete=models.DO_NOTHING, related_name="+")
    avis = models.ForeignKey(AvisMedecin, on_delete=models.DO_NOTHING, null=True, related_name="+")
    expert = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    confiee_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    confiee_le = models.DateTimeField("confiée le", default=timezone.now)
    fin = models.DateField("dernier jour")
    cle = models.ForeignKey(Cle, on_delete=models.PROTECT, related_name="+")
    questions = models.BinaryField("questions chiffrées")
    conclusions = models.BinaryField("conclusions chiffrées", null=True)
    rendue_le = models.DateTimeField("rendue le", null=True)
    rappelee_le = models.DateTimeField("rappelée le", null=True)
    rappelee_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, related_name="+")

    objects = MissionQuerySet.as_manager()

    class Meta:
        verbose_name = "mission"
        constraints = [
            models.UniqueConstraint(
                fields=["sinistre", "expert"],
                condition=Q(rendue_le__isnull=True, rappelee_le__isnull=True),
                name="mission_une_a_la_fois",
                violation_error_message="Une mission est déjà confiée à cet expert sur ce dossier.",
            ),
            models.CheckConstraint(
                name="mission_rendue_conclue",
                condition=Q(rendue_le__isnull=True) | Q(conclusions__isnull=False),
                violation_error_message="Une mission rendue a des conclusions.",
            ),
        ]
        indexes = [models.Index(fields=["expert", "fin"], name="mission_par_expert")]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def collectivite_id(self) -> int:
        return self.sinistre.collectivite_id

    @property
    def compte_agent_id(self) -> int | None:
        return self.sinistre.compte_agent_id

    @property
    def est_ouverte(self) -> bool:
        return self.rendue_le is None and self.rappelee_le is None and self.fin >= timezone.localdate()

    def est_refere_a(self, user: User) -> bool:
        """What the gate asks: an expert stands in relation with his own mission, until its end."""
        return self.expert_id == user.pk and self.est_ouverte
