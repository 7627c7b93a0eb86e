"""The files of a bordereau: what was given to the collectivité, byte for byte, for ever."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from indemnities.enums import GenreFichier
from indemnities.models.paiements import Bordereau

PREFIXE = "bordereaux/"


class FichierBordereau(models.Model):
    """One file of a bordereau, in the object store under its own digest: written twice, it is the same object. Never changed."""

    bordereau = models.ForeignKey(Bordereau, on_delete=models.PROTECT, related_name="fichiers")
    genre = models.CharField(max_length=4, choices=GenreFichier.choices)
    sha256 = models.CharField("empreinte du fichier (SHA-256)", max_length=64)
    taille = models.PositiveIntegerField("taille en octets")
    cree_le = models.DateTimeField("écrit le", default=timezone.now)

    class Meta:
        verbose_name = "fichier de bordereau"
        verbose_name_plural = "fichiers de bordereaux"
        constraints = [
            models.UniqueConstraint(
                fields=["bordereau", "genre"],
                name="fichier_bordereau_unique",
                violation_error_message="Ce bordereau a déjà ce fichier.",
            ),
            models.CheckConstraint(
                name="fichier_bordereau_empreinte",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                violation_error_message="L’empreinte est un SHA-256.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="fichier_bordereau_fige", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.bordereau_id} {self.genre}"

    @property
    def objet(self) -> str:
        """Its name in the store, which says nothing of what it holds."""
        return f"{PREFIXE}{self.sha256}"
