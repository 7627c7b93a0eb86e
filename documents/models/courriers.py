"""Late paper."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Collectivite, User
from cases.models import Sinistre
from documents.enums import Canal
from documents.models.depots import Depot
from documents.models.pieces import Piece


class Courrier(models.Model):
    """Late paper: what came by post, e-mail or fax, waiting to be filed to a dossier or to become a declaration."""

    recu_le = models.DateField("reçu le", default=timezone.localdate)
    canal = models.CharField(max_length=20, choices=Canal.choices)
    expediteur = models.CharField("expéditeur", max_length=200)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    objet = models.CharField(max_length=200)
    depot = models.OneToOneField(Depot, on_delete=models.PROTECT, null=True, blank=True, related_name="courrier")
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, null=True, blank=True, related_name="courriers")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="courriers")
    classe_le = models.DateTimeField("classé le", null=True, blank=True)
    classe_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sans_suite = models.CharField("sans suite, parce que", max_length=200, blank=True)

    class Meta:
        verbose_name = "courrier"
        constraints = [
            models.CheckConstraint(
                name="courrier_classe",
                condition=Q(classe_le__isnull=True, sinistre__isnull=True, sans_suite="")
                | (Q(classe_le__isnull=False, classe_par__isnull=False) & (Q(sinistre__isnull=False) | ~Q(sans_suite=""))),
                violation_error_message="Un courrier classé rejoint un dossier, ou dit pourquoi il reste sans suite.",
            ),
        ]
        indexes = [models.Index(fields=["recu_le", "id"], name="courrier_a_classer", condition=Q(classe_le__isnull=True))]

    def __str__(self) -> str:
        return self.objet
