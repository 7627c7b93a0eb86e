"""A branch: the public face of a procedure that a sinistre has set off. What it is about stands in the room that fits its secrecy."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from viewflow.workflow.models import Process

from accounts.models import User
from cases.enums import Canal, EtatBranche, GenreBranche, OrigineBranche
from cases.models.sinistre import Sinistre


class Branche(models.Model):
    """One run of one procedure. Its process says who does what next, a row of its own elsewhere holds the business.

    A soutien psychologique names no sinistre: from outside the bulle nobody can tell whom it concerns.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    genre = models.CharField(max_length=20, choices=GenreBranche.choices)
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, null=True, related_name="branches")
    processus = models.OneToOneField(Process, on_delete=models.PROTECT, related_name="branche")
    etat = models.CharField("état", max_length=12, choices=EtatBranche.choices, default=EtatBranche.EN_COURS)
    issue = models.CharField("issue", max_length=40, blank=True)
    origine = models.CharField("demandée par", max_length=15, choices=OrigineBranche.choices)
    canal = models.CharField(max_length=12, choices=Canal.choices, default=Canal.PORTAIL)
    ouverte_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ouverte_le = models.DateTimeField("ouverte le", default=timezone.now)
    terminee_le = models.DateTimeField("terminée le", null=True)
    motif_abandon = models.CharField("pourquoi elle est abandonnée", max_length=200, blank=True)

    class Meta:
        verbose_name = "procédure"
        constraints = [
            models.CheckConstraint(
                name="branche_sans_dossier",
                condition=Q(genre=GenreBranche.SOUTIEN, sinistre__isnull=True)
                | (~Q(genre=GenreBranche.SOUTIEN) & Q(sinistre__isnull=False)),
                violation_error_message="Toute procédure appartient à un dossier, sauf le soutien psychologique, qui n’en montre aucun.",
            ),
            models.CheckConstraint(
                name="branche_finie_datee",
                condition=Q(etat=EtatBranche.EN_COURS, terminee_le__isnull=True)
                | (~Q(etat=EtatBranche.EN_COURS) & Q(terminee_le__isnull=False)),
                violation_error_message="Une procédure finie est datée.",
            ),
            models.CheckConstraint(
                name="branche_abandon_motive",
                condition=~Q(etat=EtatBranche.ABANDONNEE) | ~Q(motif_abandon=""),
                violation_error_message="Un abandon a un motif.",
            ),
            models.UniqueConstraint(
                fields=["sinistre", "genre"],
                condition=Q(etat=EtatBranche.EN_COURS) & ~Q(genre__in=[GenreBranche.SAISINE, GenreBranche.ACCOMPAGNEMENT]),
                name="branche_une_a_la_fois",
                violation_error_message="Une procédure de ce genre est déjà en cours sur ce dossier.",
            ),
        ]
        indexes = [
            models.Index(fields=["sinistre", "-id"], name="branche_par_sinistre"),
            models.Index(fields=["genre", "-id"], name="branche_en_cours", condition=Q(etat=EtatBranche.EN_COURS)),
        ]

    def __str__(self) -> str:
        return f"{self.genre} {self.uid}"

    @property
    def est_en_cours(self) -> bool:
        return self.etat == EtatBranche.EN_COURS

    @property
    def collectivite_id(self) -> int | None:
        return self.sinistre.collectivite_id if self.sinistre is not None else None

    @property
    def compte_agent_id(self) -> int | None:
        return self.sinistre.compte_agent_id if self.sinistre is not None else None

    @property
    def organismes_ids(self) -> tuple[int, ...]:
        return self.sinistre.organismes_ids if self.sinistre is not None else ()

    def est_refere_a(self, user: User) -> bool:
        return self.sinistre is not None and self.sinistre.est_refere_a(user)
