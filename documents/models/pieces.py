"""The pièces asked of a sinistre, and what became of each."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.models import Arret, Sinistre
from documents.attentes import fin_du_silence
from documents.enums import EtatPiece, MotifRefusPiece, Stade, Visibilite
from documents.models.listes import Exigence


class Piece(models.Model):
    """A pièce asked of a sinistre (or of one of its arrêts), and what became of it."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="pieces")
    arret = models.ForeignKey(Arret, on_delete=models.PROTECT, null=True, blank=True, related_name="pieces")
    exigence = models.ForeignKey(Exigence, on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=40)
    libelle = models.CharField("libellé", max_length=200)
    stade = models.CharField(max_length=20, choices=Stade.choices)
    visibilite = models.CharField("visibilité", max_length=2, choices=Visibilite.choices)
    requise = models.BooleanField(default=True)
    etat = models.CharField("état", max_length=20, choices=EtatPiece.choices, default=EtatPiece.DEMANDEE)
    demandee_le = models.DateTimeField("demandée le", default=timezone.now)
    dite_envoyee_le = models.DateTimeField("dite déjà envoyée le", null=True, blank=True)
    recue_le = models.DateTimeField("reçue le", null=True, blank=True)
    version = models.PositiveSmallIntegerField("version en cours", default=1)
    alternative = models.CharField("document reçu parmi ceux qui suffisent", max_length=40, blank=True)
    sur_papier = models.BooleanField("reçue sur papier", default=False)
    decidee_le = models.DateTimeField("décidée le", null=True, blank=True)
    decidee_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    motif_refus = models.CharField("motif de refus", max_length=20, choices=MotifRefusPiece.choices, blank=True)
    message_refus = models.CharField("message à la collectivité", max_length=500, blank=True)

    class Meta:
        verbose_name = "pièce"
        constraints = [
            models.UniqueConstraint(fields=["sinistre", "code", "arret"], name="piece_unique", nulls_distinct=False),
            models.CheckConstraint(
                name="piece_refusee_motivee",
                condition=~Q(etat=EtatPiece.REFUSEE) | ~Q(motif_refus=""),
                violation_error_message="Une pièce refusée a un motif.",
            ),
            models.CheckConstraint(
                name="piece_decidee_par",
                condition=Q(etat__in=[EtatPiece.DEMANDEE, EtatPiece.RECUE, EtatPiece.A_CONTROLER, EtatPiece.SANS_OBJET])
                | Q(decidee_le__isnull=False, decidee_par__isnull=False),
                violation_error_message="Une décision sur une pièce a un auteur et une date.",
            ),
        ]
        indexes = [
            models.Index(fields=["sinistre", "etat"], name="piece_par_sinistre"),
            models.Index(fields=["etat", "demandee_le"], name="piece_manquante", condition=Q(requise=True)),
            models.Index(fields=["sinistre"], name="piece_rib_conforme", condition=Q(code="rib", etat=EtatPiece.CONFORME)),
        ]

    def __str__(self) -> str:
        return self.libelle

    @property
    def est_medicale(self) -> bool:
        return self.visibilite == Visibilite.M

    @property
    def est_attendue(self) -> bool:
        """What the collectivité still owes."""
        return self.requise and self.etat in (EtatPiece.DEMANDEE, EtatPiece.REFUSEE)

    def tue_jusqu_au(self, departement: str) -> dt.datetime | None:
        """Until when a missing pièce is not asked for again, the collectivité having said that it sent it; None when it is."""
        if self.dite_envoyee_le is None or not self.est_attendue or self.dite_envoyee_le < self.attendue_depuis:
            return None
        fin = fin_du_silence(self.dite_envoyee_le, departement)
        return fin if fin > timezone.now() else None

    @property
    def attendue_depuis(self) -> dt.datetime:
        """Since when it is awaited: documents.attentes.DEPUIS says the same to the database."""
        if self.etat == EtatPiece.REFUSEE and self.decidee_le is not None:
            return max(self.demandee_le, self.decidee_le)
        return self.demandee_le
