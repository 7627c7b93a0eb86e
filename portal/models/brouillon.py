"""A declaration begun and not sent yet: it survives a sign-out, and nobody but its author sees it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from accounts.models import Collectivite, User
from cases.models import Sinistre
from contracts.enums import Nature
from contracts.models import Agent


class Brouillon(models.Model):
    """The answers given so far in the declaration wizard. Nothing here is a fact of the trade before it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    auteur = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, related_name="+", verbose_name="collectivité")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    nature = models.CharField(max_length=8, choices=Nature.choices, blank=True)
    survenance = models.DateField("date de survenance", null=True, blank=True)
    debut = models.DateField("premier jour de l’arrêt", null=True, blank=True)
    fin = models.DateField("dernier jour de l’arrêt", null=True, blank=True)
    certificat_du = models.DateField("certificat établi le", null=True, blank=True)
    quotite = models.PositiveSmallIntegerField("quotité travaillée (%)", null=True, blank=True)
    circonstances = models.TextField(blank=True)
    tiers_possible = models.BooleanField("un tiers est peut-être responsable", null=True, blank=True)
    cree_le = models.DateTimeField("commencé le", default=timezone.now, editable=False)
    modifie_le = models.DateTimeField("modifié le", default=timezone.now)
    sinistre = models.OneToOneField(
        Sinistre,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Une fois envoyé : un second envoi retrouve le même dossier.",
    )

    class Meta:
        verbose_name = "brouillon de déclaration"
        verbose_name_plural = "brouillons de déclaration"
        indexes = [models.Index(fields=["auteur", "-modifie_le"], name="brouillon_de_lauteur")]

    def __str__(self) -> str:
        return str(self.pk)
