"""Files of the bulle: encrypted in segments before they reach the store, read back through the bulle only."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from documents.models import Depot, LaissezPasser, Piece, new_key
from medical.enums import EtatFichier, GenreFichier
from medical.models.cles import Cle
from medical.models.missions import Mission


class Fichier(models.Model):
    """One file. Its name is encrypted like its content, since senders put the diagnosis in names."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sinistre = models.ForeignKey(
        Sinistre,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        help_text="Vide pour un courrier reclassé sans dossier.",
    )
    piece = models.ForeignKey(Piece, on_delete=models.DO_NOTHING, null=True, related_name="+")
    mission = models.ForeignKey(Mission, on_delete=models.PROTECT, null=True, related_name="rapports")
    genre = models.CharField(max_length=10, choices=GenreFichier.choices)
    cle = models.ForeignKey(Cle, on_delete=models.PROTECT, related_name="+")
    nom = models.BinaryField("nom chiffré")
    type = models.CharField(max_length=100)
    taille = models.PositiveIntegerField("octets en clair")
    objet = models.CharField("clé dans le stockage", max_length=64, unique=True, default=new_key, editable=False)
    empreinte = models.CharField("SHA-256 du chiffré", max_length=64)
    apercu_objet = models.CharField("clé de l’aperçu", max_length=64, blank=True, editable=False)
    apercu_type = models.CharField(max_length=100, blank=True)
    apercu_pages = models.PositiveSmallIntegerField(default=0)
    apercu_empreinte = models.CharField(max_length=64, blank=True)
    etat = models.CharField("état", max_length=20, choices=EtatFichier.choices, default=EtatFichier.CONTROLE)
    motif = models.CharField(max_length=200, blank=True)
    sans_antivirus = models.BooleanField("accepté sans antivirus (démonstration)", default=False)
    version = models.PositiveSmallIntegerField("version de la pièce", default=1)
    remplace_le = models.DateTimeField("remplacé le", null=True)
    depose_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, related_name="+")
    laissez_passer = models.OneToOneField(LaissezPasser, on_delete=models.DO_NOTHING, null=True, related_name="+")
    depot = models.OneToOneField(Depot, on_delete=models.DO_NOTHING, null=True, related_name="+", help_text="D’où vient un volet reclassé.")
    recu_le = models.DateTimeField("reçu le", default=timezone.now)
    controle_le = models.DateTimeField("contrôlé le", null=True)
    tentatives = models.PositiveSmallIntegerField(default=0)
    prochain_essai = models.DateTimeField(null=True)
    relu_le = models.DateTimeField("contenu relu le", null=True)

    class Meta:
        verbose_name = "fichier de la bulle"
        verbose_name_plural = "fichiers de la bulle"
        constraints = [
            models.CheckConstraint(
                name="fichier_ecarte_motive",
                condition=~Q(etat=EtatFichier.ECARTE) | ~Q(motif=""),
                violation_error_message="Un fichier écarté a un motif.",
            ),
            models.CheckConstraint(
                name="fichier_de_piece_ou_mission",
                condition=Q(genre=GenreFichier.PIECE, piece__isnull=False, sinistre__isnull=False)
                | Q(genre=GenreFichier.RAPPORT, mission__isnull=False, sinistre__isnull=False)
                | Q(genre=GenreFichier.VOLET, depot__isnull=False),
                violation_error_message="Un fichier de la bulle appartient à une pièce, à une mission ou à un reclassement.",
            ),
        ]
        indexes = [
            models.Index(fields=["sinistre", "genre", "-id"], name="fichier_par_sinistre"),
            models.Index(fields=["piece", "-id"], name="fichier_par_piece"),
            models.Index(fields=["prochain_essai"], name="fichier_a_controler", condition=Q(etat=EtatFichier.CONTROLE)),
            models.Index(fields=["relu_le", "id"], name="fichier_a_relire", condition=Q(etat=EtatFichier.DISPONIBLE)),
        ]

    def __str__(self) -> str:
        return str(self.uid)
