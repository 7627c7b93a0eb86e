"""Files on their way to a pièce, and what the sweepers of the store find."""

from __future__ import annotations

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from documents.enums import EtatDepot, GenreAnomalie
from documents.models.pieces import Piece

MAX_BYTES = 25 * 1024 * 1024


def new_key() -> str:
    """An object key that says nothing: no name, no number, no date."""
    return secrets.token_hex(20)


class Depot(models.Model):
    """One file on its way: announced, put in quarantine by the sender, checked, published. A medical pièce never has one here."""

    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, related_name="depots")
    cle = models.CharField("clé de quarantaine", max_length=64, unique=True, default=new_key, editable=False)
    cle_publiee = models.CharField("clé publiée", max_length=64, blank=True, editable=False)
    nom = models.CharField("nom du fichier", max_length=255)
    type = models.CharField(max_length=100)
    taille = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MAX_BYTES)])
    sha256 = models.CharField("empreinte annoncée", max_length=64, blank=True)
    sha256_verifie = models.CharField("empreinte vérifiée", max_length=64, blank=True)
    etat = models.CharField("état", max_length=20, choices=EtatDepot.choices, default=EtatDepot.ATTENDU)
    motif = models.CharField(max_length=200, blank=True)
    version = models.PositiveSmallIntegerField("version de la pièce", default=1)
    alternative = models.CharField("ce document", max_length=40, blank=True)
    remplace_le = models.DateTimeField("remplacé le", null=True)
    apercu_cle = models.CharField("clé de l’aperçu", max_length=64, blank=True, editable=False)
    apercu_type = models.CharField(max_length=100, blank=True)
    apercu_pages = models.PositiveSmallIntegerField(default=0)
    sans_antivirus = models.BooleanField("accepté sans antivirus (démonstration)", default=False)
    depose_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("annoncé le", default=timezone.now)
    confirme_le = models.DateTimeField("confirmé le", null=True)
    controle_le = models.DateTimeField("contrôlé le", null=True)
    tentatives = models.PositiveSmallIntegerField(default=0)
    prochain_essai = models.DateTimeField(null=True)
    quarantaine_videe_le = models.DateTimeField("quarantaine vidée le", null=True)
    relu_le = models.DateTimeField("contenu relu le", null=True, help_text="Dernière vérification de l’empreinte dans le stockage.")
    reclasse_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reclasse_le = models.DateTimeField("reclassé le", null=True)
    reclassement_fini_le = models.DateTimeField("entré dans la bulle le", null=True)

    class Meta:
        verbose_name = "fichier déposé"
        verbose_name_plural = "fichiers déposés"
        constraints = [
            models.CheckConstraint(
                name="depot_disponible_verifie",
                condition=~Q(etat=EtatDepot.DISPONIBLE) | (~Q(sha256_verifie="") & ~Q(cle_publiee="")),
                violation_error_message="Un fichier disponible a une empreinte vérifiée.",
            ),
            models.CheckConstraint(
                name="depot_ecarte_motive",
                condition=~Q(etat=EtatDepot.ECARTE) | ~Q(motif=""),
                violation_error_message="Un fichier écarté a un motif.",
            ),
            models.CheckConstraint(
                name="depot_reclasse_par",
                condition=~Q(etat=EtatDepot.RECLASSE) | Q(reclasse_le__isnull=False, reclasse_par__isnull=False),
                violation_error_message="Un fichier reclassé a un auteur et une date.",
            ),
        ]
        indexes = [
            models.Index(fields=["piece", "-id"], name="depot_par_piece"),
            models.Index(fields=["prochain_essai"], name="depot_a_controler", condition=Q(etat=EtatDepot.CONTROLE)),
            models.Index(fields=["cree_le"], name="depot_attendu", condition=Q(etat=EtatDepot.ATTENDU)),
            models.Index(
                fields=["reclasse_le"],
                name="depot_a_reclasser",
                condition=Q(etat=EtatDepot.RECLASSE, reclassement_fini_le__isnull=True),
            ),
            models.Index(fields=["relu_le", "id"], name="depot_a_relire", condition=Q(etat=EtatDepot.DISPONIBLE)),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def quarantine_name(self) -> str:
        return f"quarantaine/{self.cle}"

    @property
    def final_name(self) -> str:
        return published_name(self.cle_publiee)

    @property
    def preview_name(self) -> str:
        return preview_name(self.apercu_cle)

    @property
    def est_remplace(self) -> bool:
        return self.remplace_le is not None


def published_name(cle: str) -> str:
    """Where scanned bytes are published, under a key drawn afresh by each attempt to publish."""
    return f"pieces/{cle}"


def preview_name(cle: str) -> str:
    """Where the sanitised copy shown on screen stands, beside the untouched original."""
    return f"apercus/{cle}"


class AnomalieStockage(models.Model):
    """What a sweeper found in a bucket and a responsable must know. An object's key says nothing of its content."""

    genre = models.CharField(max_length=20, choices=GenreAnomalie.choices)
    medical = models.BooleanField("dans le compartiment médical", default=False)
    objet = models.CharField("nom de l’objet", max_length=120)
    depot = models.ForeignKey(Depot, on_delete=models.PROTECT, null=True, related_name="anomalies")
    constatee_le = models.DateTimeField("constatée le", default=timezone.now)
    resolue_le = models.DateTimeField("résolue le", null=True)
    resolue_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    issue = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "anomalie de stockage"
        verbose_name_plural = "anomalies de stockage"
        constraints = [
            models.UniqueConstraint(
                fields=["genre", "medical", "objet"], condition=Q(resolue_le__isnull=True), name="anomalie_ouverte_unique"
            ),
            models.CheckConstraint(
                name="anomalie_resolue_dite",
                condition=Q(resolue_le__isnull=True) | ~Q(issue=""),
                violation_error_message="Une anomalie résolue dit comment.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.genre} {self.objet}"
