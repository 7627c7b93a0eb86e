"""Data keys: each encrypts the content of one row, and is itself kept encrypted under a key-encryption key."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Cle(models.Model):
    """One AES-256 data key, wrapped. Rotation wraps it anew under another key-encryption key; what it encrypts is not touched."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kek = models.CharField("clé de chiffrement des clés", max_length=200, blank=True)
    emballee = models.BinaryField("clé chiffrée")
    cree_le = models.DateTimeField("créée le", default=timezone.now)
    reemballee_le = models.DateTimeField("ré-emballée le", null=True)

    class Meta:
        verbose_name = "clé de données"
        verbose_name_plural = "clés de données"
        indexes = [models.Index(fields=["kek", "id"], name="cle_par_kek")]

    def __str__(self) -> str:
        return f"{self.uid} sous {self.kek}"

    @property
    def detruite(self) -> bool:
        """Erased with what it encrypted: nothing will ever open that again."""
        return not self.kek
