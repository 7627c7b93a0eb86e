"""One-time links by which an agent reads his own file."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre


class LienAgent(models.Model):
    """A link and, given by another way, a code: together they open one dossier to its agent, once, for the time of a session."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.DO_NOTHING, related_name="+")
    empreinte = models.CharField("empreinte du lien", max_length=64, unique=True, editable=False)
    code = models.CharField("empreinte du code", max_length=128, editable=False)
    essais = models.PositiveSmallIntegerField(default=0)
    cree_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    cree_le = models.DateTimeField("créé le", default=timezone.now)
    expire_le = models.DateTimeField("expire le")
    ouvert_le = models.DateTimeField("ouvert le", null=True)
    session = models.CharField("empreinte de la session", max_length=64, blank=True)
    revoque_le = models.DateTimeField("révoqué le", null=True)

    class Meta:
        verbose_name = "lien d’un agent"
        verbose_name_plural = "liens d’agents"
        indexes = [models.Index(fields=["sinistre", "-id"], name="lien_par_sinistre")]

    def __str__(self) -> str:
        return f"{self.sinistre_id} {self.cree_le:%Y-%m-%d}"
