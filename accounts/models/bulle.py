"""Who is admitted in the bulle, and his password there: tables of the schema `medical`, which the web's login can't read nor write.

A medical role counts in the bulle's process only with a habilitation (public, by the administrator) *and* an admission (here, by a
médecin conseil or by a command on the server), once its holder has set his password and second factor there (ADR 0012).
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone

from accounts.enums import MEDICAL_ROLES, Role

PERSONNE = settings.AUTH_USER_MODEL


class AdmissionQuerySet(models.QuerySet["Admission"]):
    def actives(self, le: dt.date | None = None) -> AdmissionQuerySet:
        """In force on that day (today)."""
        jour = le or timezone.localdate()
        return self.en_cours(jour).filter(debut__lte=jour)

    def en_cours(self, le: dt.date | None = None) -> AdmissionQuerySet:
        """In force on that day or later."""
        jour = le or timezone.localdate()
        return self.filter(Q(fin__isnull=True) | Q(fin__gte=jour), retiree_le__isnull=True)


class Admission(models.Model):
    """A medical role acknowledged inside the bulle, between two dates (both included), until it is withdrawn."""

    user = models.ForeignKey(PERSONNE, on_delete=models.DO_NOTHING, related_name="+", verbose_name="compte")
    role = models.CharField("rôle", max_length=20, choices=[(role.value, role.label) for role in Role if role in MEDICAL_ROLES])
    debut = models.DateField("début", default=timezone.localdate)
    fin = models.DateField(null=True, blank=True)
    admise_par = models.ForeignKey(PERSONNE, on_delete=models.DO_NOTHING, related_name="+", null=True)
    admise_le = models.DateTimeField(default=timezone.now)
    retiree_le = models.DateTimeField(null=True)
    retiree_par = models.ForeignKey(PERSONNE, on_delete=models.DO_NOTHING, related_name="+", null=True)
    motif = models.CharField("motif du retrait", max_length=200, blank=True)

    objects = AdmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "admission dans la bulle"
        verbose_name_plural = "admissions dans la bulle"
        constraints = [
            models.CheckConstraint(
                name="admission_dates",
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(name="admission_role_medical", condition=Q(role__in=sorted(MEDICAL_ROLES))),
            models.UniqueConstraint(fields=["user", "role"], condition=Q(retiree_le__isnull=True), name="admission_une_par_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} : {self.get_role_display()}"


class IdentifiantQuerySet(models.QuerySet["IdentifiantBulle"]):
    def avec_roles(self) -> IdentifiantQuerySet:
        """With `roles_admis`, the list of roles of the admissions in force today: everything a request asks, in one query."""
        actives = Admission.objects.actives().filter(user=OuterRef("user_id"))
        return self.annotate(roles_admis=ArraySubquery(actives.values("role")))


class IdentifiantBulle(models.Model):
    """The password of a person at the bulle's address, apart from the one he may have at the web's."""

    user = models.OneToOneField(PERSONNE, on_delete=models.DO_NOTHING, related_name="+", primary_key=True)
    password = models.CharField(max_length=128)
    modifie_le = models.DateTimeField(default=timezone.now)
    enrole_le = models.DateTimeField("mot de passe et seconde vérification en place le", null=True)

    objects = IdentifiantQuerySet.as_manager()

    roles_admis: list[str]

    class Meta:
        verbose_name = "identifiant de la bulle"
        verbose_name_plural = "identifiants de la bulle"

    def __str__(self) -> str:
        return str(self.user_id)


class LienEnrolement(models.Model):
    """A one-time link at which an admitted person sets his password. Only the digest of its secret is kept."""

    user = models.ForeignKey(PERSONNE, on_delete=models.DO_NOTHING, related_name="+")
    empreinte = models.CharField(max_length=64, unique=True, editable=False)
    cree_par = models.ForeignKey(PERSONNE, on_delete=models.DO_NOTHING, related_name="+", null=True)
    cree_le = models.DateTimeField(default=timezone.now)
    expire_le = models.DateTimeField()
    utilise_le = models.DateTimeField(null=True)
    annule_le = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "lien d’enrôlement"
        verbose_name_plural = "liens d’enrôlement"

    def __str__(self) -> str:
        return f"{self.user_id} {self.cree_le:%Y-%m-%d %H:%M}"
