"""Calls to the programs of others (SIRH): who wants to be called, and each call."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Collectivite, User
from notifications.enums import EtatLivraison


class Abonnement(models.Model):
    """A program that is called when something happens to the dossiers of one collectivité (of all without)."""

    nom = models.CharField(max_length=80)
    url = models.URLField("adresse appelée", max_length=300)
    secret = models.BinaryField("secret de signature, chiffré", max_length=300)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, blank=True, related_name="abonnements")
    types = ArrayField(models.CharField(max_length=80), verbose_name="événements")
    actif = models.BooleanField(default=True)
    cree_le = models.DateTimeField("créé le", default=timezone.now)
    cree_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "abonnement"

    def __str__(self) -> str:
        return self.nom


class Livraison(models.Model):
    """One event to tell one program. Those of a same dossier leave in the order of `rang`, one after the other."""

    abonnement = models.ForeignKey(Abonnement, on_delete=models.PROTECT, related_name="livraisons")
    evenement_id = models.BigIntegerField("événement d’origine")
    type = models.CharField(max_length=80)
    sinistre_id = models.BigIntegerField(null=True)
    rang = models.PositiveIntegerField("rang parmi les appels de ce dossier")
    corps = models.TextField("corps, tel qu’il est signé")
    etat = models.CharField("état", max_length=20, choices=EtatLivraison.choices, default=EtatLivraison.A_LIVRER)
    tentatives = models.PositiveSmallIntegerField(default=0)
    cree_le = models.DateTimeField("créée le", default=timezone.now)
    prochaine_le = models.DateTimeField("prochain essai", default=timezone.now)
    bail = models.UUIDField(null=True)
    bail_jusqu_a = models.DateTimeField("bail jusqu’à", null=True)
    livree_le = models.DateTimeField("livrée le", null=True)
    statut_http = models.PositiveSmallIntegerField("statut HTTP", null=True)
    erreur = models.CharField("dernier échec", max_length=200, blank=True)

    class Meta:
        verbose_name = "livraison"
        constraints = [
            models.UniqueConstraint(fields=["abonnement", "evenement_id"], name="livraison_unique"),
            models.UniqueConstraint(
                fields=["abonnement", "sinistre_id", "rang"], condition=Q(sinistre_id__isnull=False), name="livraison_rang_unique"
            ),
            models.CheckConstraint(
                name="livraison_en_cours_bail",
                condition=Q(etat=EtatLivraison.EN_COURS, bail__isnull=False, bail_jusqu_a__isnull=False)
                | (~Q(etat=EtatLivraison.EN_COURS) & Q(bail__isnull=True, bail_jusqu_a__isnull=True)),
                violation_error_message="Une livraison en cours, et elle seule, est sous bail.",
            ),
        ]
        indexes = [
            models.Index(fields=["prochaine_le", "id"], name="livraison_a_livrer", condition=Q(etat=EtatLivraison.A_LIVRER)),
            models.Index(fields=["bail_jusqu_a"], name="livraison_en_cours", condition=Q(etat=EtatLivraison.EN_COURS)),
        ]

    def __str__(self) -> str:
        return f"{self.type} ({self.pk})"
