"""Opening a medical dossier, and the half of an opinion that stays inside."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from accounts.models import User
from cases.models import AvisMedecin, Sinistre
from medical.enums import Finalite
from medical.models.cles import Cle


class Ouverture(models.Model):
    """A person told, in one session, why he opens one dossier. Without it nothing medical of that dossier is read."""

    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    sinistre = models.ForeignKey(Sinistre, on_delete=models.DO_NOTHING, related_name="+")
    session = models.CharField("empreinte de la session", max_length=64)
    finalite = models.CharField("finalité", max_length=20, choices=Finalite.choices)
    le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "ouverture de dossier"
        verbose_name_plural = "ouvertures de dossiers"
        constraints = [models.UniqueConstraint(fields=["user", "sinistre", "session"], name="ouverture_une_par_session")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.sinistre_id} {self.finalite}"


class Opinion(models.Model):
    """What a médecin conseil writes for medical eyes: the part of his opinion that no employer reads. Frozen once the avis is given."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    avis = models.OneToOneField(AvisMedecin, on_delete=models.DO_NOTHING, related_name="+")
    cle = models.ForeignKey(Cle, on_delete=models.PROTECT, related_name="+")
    texte = models.BinaryField("texte chiffré")
    auteur = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    ecrite_le = models.DateTimeField("écrite le", default=timezone.now)
    figee_le = models.DateTimeField("figée le", null=True)

    class Meta:
        verbose_name = "opinion médicale"
        verbose_name_plural = "opinions médicales"

    def __str__(self) -> str:
        return str(self.uid)
