"""Missions of the expertises: what an expert is asked about one case, and what he answers. Both are encrypted.

Who reads one, and until when, derives from the expertise's administrative row (cases.Expertise): a recusal, a new end or the end of the
procedure, written by the web, holds here on the expert's next request.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from cases.enums import EtatBranche
from cases.models import Branche, Sinistre
from medical.models.cles import Cle


class MissionQuerySet(models.QuerySet["Mission"]):
    def ouvertes(self) -> MissionQuerySet:
        """Those that still open something to their expert: neither rendered nor recalled, of a running expertise that is his."""
        return self.filter(
            rendue_le__isnull=True,
            rappelee_le__isnull=True,
            branche__etat=EtatBranche.EN_COURS,
            branche__expertise__suite="",
            branche__expertise__convoquee_le__isnull=False,
            branche__expertise__fin__gte=timezone.localdate(),
            branche__expertise__medecin__compte=F("expert"),
        )

    def lues(self) -> MissionQuerySet:
        """With what a page or a right asks of them, in one query."""
        return self.select_related(
            "cle", "sinistre__agent", "sinistre__collectivite", "expert", "redigee_par", "branche__expertise__medecin"
        )


class Mission(models.Model):
    """The mission of one expertise. `expert` is empty while nobody is charged with it, or when he answers by post."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sinistre = models.ForeignKey(Sinistre, on_delete=models.DO_NOTHING, related_name="+")
    branche = models.OneToOneField(
        Branche,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        help_text="Vide pour une mission d’avant les procédures : rendue ou rappelée.",
    )
    redigee_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    redigee_le = models.DateTimeField("rédigée le", default=timezone.now)
    expert = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, related_name="+")
    confiee_le = models.DateTimeField("confiée le", null=True)
    cle = models.ForeignKey(Cle, on_delete=models.PROTECT, related_name="+")
    questions = models.BinaryField("questions chiffrées")
    conclusions = models.BinaryField("conclusions chiffrées", null=True)
    rendue_le = models.DateTimeField("rendue le", null=True)
    rappelee_le = models.DateTimeField("rappelée le", null=True)

    objects = MissionQuerySet.as_manager()

    class Meta:
        verbose_name = "mission"
        constraints = [
            models.CheckConstraint(
                name="mission_rendue_conclue",
                condition=Q(rendue_le__isnull=True) | Q(conclusions__isnull=False) | Q(expert__isnull=True),
                violation_error_message="Une mission rendue dans la bulle a des conclusions.",
            ),
            models.CheckConstraint(
                name="mission_d_une_expertise",
                condition=Q(branche__isnull=False) | Q(rendue_le__isnull=False) | Q(rappelee_le__isnull=False),
                violation_error_message="Une mission en cours est celle d’une expertise.",
            ),
        ]
        indexes = [models.Index(fields=["expert"], name="mission_par_expert", condition=Q(rendue_le__isnull=True))]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def collectivite_id(self) -> int:
        return self.sinistre.collectivite_id

    @property
    def compte_agent_id(self) -> int | None:
        return self.sinistre.compte_agent_id

    @property
    def fin(self) -> dt.date | None:
        """Its last day, included; None before the agent is convoked."""
        return self.branche.expertise.fin if self.branche is not None else None

    @property
    def nom_expert(self) -> str:
        """The person who answers, as a page names him."""
        if self.expert is not None:
            return self.expert.get_full_name()
        medecin = self.branche.expertise.medecin if self.branche is not None else None
        return str(medecin) if medecin is not None else "Médecin agréé à désigner"

    @property
    def est_ouverte(self) -> bool:
        """What `ouvertes` says of a row that has been read."""
        if self.branche is None or self.rendue_le is not None or self.rappelee_le is not None or self.expert_id is None:
            return False
        expertise = self.branche.expertise
        return expertise.mission_ouverte and expertise.medecin is not None and expertise.medecin.compte_id == self.expert_id

    def est_refere_a(self, user: User) -> bool:
        """What the gate asks: an expert stands in relation with his own mission, until its end."""
        return self.expert_id == user.pk and self.est_ouverte
