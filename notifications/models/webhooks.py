"""Calls to the programs of others (SIRH): who wants to be called, and each call."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Collectivite, User
from notifications.enums import LIVRAISONS_OUVERTES, EtatLivraison, MotifPause


class Abonnement(models.Model):
    """A program that is called when something happens to the dossiers of one collectivité (of all without).

    `secret` and `ancien_secret` (good until `ancien_secret_jusqu_a`) are sealed: notifications/webhooks/coffre.py. A paused one goes on
    collecting what it will be told; one that is closed (`ferme_le`) is told nothing any more.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    nom = models.CharField(max_length=80)
    url = models.URLField("adresse appelée", max_length=300)
    secret = models.BinaryField("secret de signature, chiffré", max_length=300)
    ancien_secret = models.BinaryField("secret précédent, chiffré", max_length=300, null=True)
    ancien_secret_jusqu_a = models.DateTimeField("le secret précédent signe jusqu’à", null=True)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, blank=True, related_name="abonnements")
    types = ArrayField(models.CharField(max_length=80), verbose_name="événements")
    actif = models.BooleanField(default=True)
    pause_le = models.DateTimeField("en pause depuis", null=True)
    pause_motif = models.CharField("motif de la pause", max_length=20, choices=MotifPause.choices, blank=True)
    ferme_le = models.DateTimeField("fermé le", null=True)
    cree_le = models.DateTimeField("créé le", default=timezone.now)
    cree_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "abonnement"
        constraints = [
            models.CheckConstraint(
                name="abonnement_ancien_secret_borne",
                condition=Q(ancien_secret__isnull=True, ancien_secret_jusqu_a__isnull=True)
                | Q(ancien_secret__isnull=False, ancien_secret_jusqu_a__isnull=False),
                violation_error_message="Un secret précédent signe jusqu’à un instant dit.",
            ),
            models.CheckConstraint(
                name="abonnement_pause_datee",
                condition=Q(actif=True, pause_le__isnull=True, pause_motif="") | Q(actif=False, pause_le__isnull=False, pause_motif__gt=""),
                violation_error_message="Une pause a sa date et son motif.",
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class Livraison(models.Model):
    """One event to tell one program. Those of a same `fil` (one dossier, one bordereau) leave in the order of `rang`, one after the other.

    `uid` is the Webhook-Id: the same at each attempt and at each replay. A trial call has no event.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    abonnement = models.ForeignKey(Abonnement, on_delete=models.PROTECT, related_name="livraisons")
    evenement_id = models.BigIntegerField("événement d’origine", null=True)
    type = models.CharField(max_length=80)
    fil = models.CharField("suite d’appels", max_length=60)
    rang = models.PositiveIntegerField("rang dans sa suite")
    sinistre_id = models.BigIntegerField(null=True)
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
    vu_le = models.DateTimeField("abandon vu le", null=True)

    class Meta:
        verbose_name = "livraison"
        constraints = [
            models.UniqueConstraint(fields=["abonnement", "evenement_id"], name="livraison_unique"),
            models.UniqueConstraint(fields=["abonnement", "fil", "rang"], name="livraison_rang_unique"),
            models.CheckConstraint(
                name="livraison_en_cours_bail",
                condition=Q(etat=EtatLivraison.EN_COURS, bail__isnull=False, bail_jusqu_a__isnull=False)
                | (~Q(etat=EtatLivraison.EN_COURS) & Q(bail__isnull=True, bail_jusqu_a__isnull=True)),
                violation_error_message="Une livraison en cours, et elle seule, est sous bail.",
            ),
        ]
        indexes = [
            models.Index(fields=["abonnement", "prochaine_le", "id"], name="livraison_a_livrer", condition=Q(etat=EtatLivraison.A_LIVRER)),
            models.Index(fields=["abonnement", "fil", "rang"], name="livraison_ouverte", condition=Q(etat__in=LIVRAISONS_OUVERTES)),
            models.Index(fields=["abonnement", "-id"], name="livraison_par_abonnement"),
            models.Index(
                fields=["abonnement"], name="livraison_abandonnee", condition=Q(etat=EtatLivraison.ABANDONNEE, vu_le__isnull=True)
            ),
            models.Index(fields=["bail_jusqu_a"], name="livraison_en_cours", condition=Q(etat=EtatLivraison.EN_COURS)),
        ]

    def __str__(self) -> str:
        return f"{self.type} ({self.pk})"
