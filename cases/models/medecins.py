"""The directory of médecins agréés, whom employers and insurers may call upon (list kept by the préfet on the ARS's proposal)."""

from __future__ import annotations

from django.db import models

from accounts.models import User


class MedecinAgree(models.Model):
    """One of them. `compte` is his sign-in to the bulle, where he has one: without it his papers come by post."""

    nom = models.CharField(max_length=80)
    prenom = models.CharField("prénom", max_length=80)
    specialite = models.CharField("spécialité", max_length=80, blank=True)
    commune = models.CharField(max_length=80)
    departement = models.CharField("département", max_length=3)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    visite_a_domicile = models.BooleanField("se déplace à domicile", default=False)
    compte = models.OneToOneField(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actif = models.BooleanField(default=True)

    class Meta:
        verbose_name = "médecin agréé"
        verbose_name_plural = "médecins agréés"
        indexes = [models.Index(fields=["departement", "nom"], name="medecin_agree_annuaire", condition=models.Q(actif=True))]

    def __str__(self) -> str:
        return f"Dr {self.prenom} {self.nom}, {self.commune}"
