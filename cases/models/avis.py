"""A dossier entrusted to a médecin conseil, and the administrative conclusion that comes back.

Nothing medical stands here: the question is chosen from a list, the conclusion is what the employer may read. What the médecin
reads and writes for himself belongs to the bulle.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from cases.enums import SensAvis
from cases.models.sinistre import Sinistre
from contracts.models import dates_in_order


class QuestionMedecin(models.TextChoices):
    JUSTIFICATION = "JUSTIFICATION", "L’arrêt est-il justifié ?"
    IMPUTABILITE = "IMPUTABILITE", "L’imputabilité au service est-elle établie ?"
    RECHUTE = "RECHUTE", "La rechute est-elle liée à l’événement initial ?"
    REPRISE = "REPRISE", "Une reprise est-elle possible, et à quelles conditions ?"


class Delegation(models.Model):
    """A médecin conseil is away: between two dates, both included, another one sees and answers what is entrusted to him."""

    medecin = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_donnees")
    remplacant = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_recues")
    debut = models.DateField("début")
    fin = models.DateField()
    donnee_le = models.DateTimeField("donnée le", default=timezone.now)
    retiree_le = models.DateTimeField("retirée le", null=True)

    class Meta:
        verbose_name = "délégation"
        constraints = [
            dates_in_order("delegation_dates"),
            models.CheckConstraint(
                name="delegation_a_un_autre",
                condition=~Q(medecin=F("remplacant")),
                violation_error_message="On ne se remplace pas soi-même.",
            ),
        ]
        indexes = [models.Index(fields=["remplacant", "fin"], name="delegation_par_remplacant", condition=Q(retiree_le__isnull=True))]

    def __str__(self) -> str:
        return f"{self.medecin_id} -> {self.remplacant_id}"


def delegants_of(user: User, le: dt.date | None = None) -> list[int]:
    """The médecins whom `user` replaces on that day (today), by key."""
    if not user.has_role(Role.MEDECIN_CONSEIL):
        return []
    jour = le or timezone.localdate()
    delegations = Delegation.objects.filter(remplacant=user, debut__lte=jour, fin__gte=jour, retiree_le__isnull=True)
    return list(delegations.values_list("medecin_id", flat=True))


class AvisQuerySet(models.QuerySet["AvisMedecin"]):
    def confies_a(self, user: User) -> AvisQuerySet:
        """Entrusted to `user` or to a médecin he replaces today, and not recalled."""
        return self.filter(medecin__in=[user.pk, *delegants_of(user)], rappele_le__isnull=True)


class AvisMedecin(models.Model):
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="avis_medecin")
    medecin = models.ForeignKey(User, on_delete=models.PROTECT, related_name="avis_confies")
    question = models.CharField(max_length=20, choices=QuestionMedecin.choices)
    avec_anterieurs = models.BooleanField("avec les dossiers antérieurs de l’agent", default=False)
    demande_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    demande_le = models.DateTimeField("demandé le", default=timezone.now)
    rappele_le = models.DateTimeField("rappelé le", null=True)
    rendu_le = models.DateTimeField("rendu le", null=True)
    sens = models.CharField(max_length=20, choices=SensAvis.choices, blank=True)
    conclusion = models.TextField("conclusion administrative", blank=True)

    objects = AvisQuerySet.as_manager()

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
