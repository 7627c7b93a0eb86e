"""What the API itself keeps: the answers given under an idempotency key."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User


class CleIdempotence(models.Model):
    """One creation asked for under a key: the same key, person and request get the same answer, and create nothing more.

    Written in the transaction of the act; kept for RETENTION (api/idempotency.py), then erased by `api.purger_cles`.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cle = models.CharField("clé", max_length=100)
    empreinte = models.CharField("empreinte de la demande", max_length=64)
    statut = models.PositiveSmallIntegerField(null=True)
    reponse = models.TextField("réponse (JSON)", blank=True)
    entetes = models.JSONField("en-têtes", default=dict)
    cree_le = models.DateTimeField("créée le", default=timezone.now)

    class Meta:
        verbose_name = "clé d’idempotence"
        verbose_name_plural = "clés d’idempotence"
        constraints = [models.UniqueConstraint(fields=["user", "cle"], name="cle_idempotence_unique")]
        indexes = [models.Index(fields=["cree_le"], name="cle_idempotence_age")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.cree_le:%Y-%m-%d %H:%M}"
