"""The dated lists of required pièces, and the one that each sinistre is held to."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.history import historise
from accounts.models import User
from cases.models import Sinistre
from contracts.enums import Nature, Regime
from contracts.models import ContratGroupe, DatedQuerySet, dates_in_order
from documents.enums import Condition, Fait, Stade, Visibilite


@historise()
class ListePieces(models.Model):
    """A version of the list of required pièces, of one contract or (no contract) of the CDG, in force between two dates.

    Without `publiee_le` it is a draft: no dossier is held to it and its lines may change. Published, they never do.
    """

    contrat = models.ForeignKey(ContratGroupe, on_delete=models.PROTECT, null=True, blank=True, related_name="listes_pieces")
    version = models.PositiveIntegerField()
    debut = models.DateField("début")
    fin = models.DateField(null=True, blank=True)
    libelle = models.CharField("libellé", max_length=150)
    publiee_le = models.DateTimeField("publiée le", null=True, blank=True)
    publiee_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "liste de pièces"
        verbose_name_plural = "listes de pièces"
        constraints = [
            models.UniqueConstraint(fields=["contrat", "version"], name="liste_version", nulls_distinct=False),
            dates_in_order("liste_dates"),
            models.UniqueConstraint(
                fields=["contrat"],
                condition=Q(publiee_le__isnull=True),
                name="liste_un_brouillon",
                nulls_distinct=False,
                violation_error_message="Un brouillon de liste est déjà en cours.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="liste_publiee",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__publiee_le__isnull=False),
                func="""
                    IF (NEW.publiee_le, NEW.contrat_id, NEW.version, NEW.debut, NEW.libelle)
                       IS DISTINCT FROM (OLD.publiee_le, OLD.contrat_id, OLD.version, OLD.debut, OLD.libelle) THEN
                        RAISE EXCEPTION 'Une liste publiée ne change plus, sinon de dernier jour.';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.libelle} (version {self.version})"

    @property
    def est_publiee(self) -> bool:
        return self.publiee_le is not None


@historise()
class Exigence(models.Model):
    """One line of a list: a pièce that natures of a regime require at a stage."""

    liste = models.ForeignKey(ListePieces, on_delete=models.PROTECT, related_name="exigences")
    code = models.SlugField(max_length=40)
    libelle = models.CharField("libellé", max_length=200)
    aide = models.TextField("à quoi ressemble le document, ce qui en tient lieu", blank=True)
    a_ne_pas_envoyer = models.TextField("ce qu’il ne faut pas envoyer", blank=True)
    natures = ArrayField(models.CharField(max_length=8, choices=Nature.choices))
    regimes = ArrayField(models.CharField(max_length=10, choices=Regime.choices))
    stade = models.CharField(max_length=20, choices=Stade.choices)
    condition = models.CharField(max_length=20, choices=Condition.choices, default=Condition.TOUJOURS)
    alternatives = models.JSONField(
        "documents dont un seul suffit", default=list, blank=True, help_text="[{« code », « libelle », « regimes » facultatif}]"
    )
    visibilite = models.CharField("visibilité", max_length=2, choices=Visibilite.choices)
    requise = models.BooleanField(default=True)
    par_periode = models.BooleanField("une par arrêt", default=False)
    ordre = models.PositiveSmallIntegerField(default=100)

    class Meta:
        verbose_name = "exigence de pièce"
        verbose_name_plural = "exigences de pièces"
        ordering = ["ordre", "pk"]
        constraints = [models.UniqueConstraint(fields=["liste", "code", "stade"], name="exigence_unique")]
        triggers = [
            pgtrigger.Trigger(
                name="exigence_publiee",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM documents_listepieces l
                        WHERE l.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.liste_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.liste_id END)
                          AND l.publiee_le IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'Une liste publiée ne change plus : des dossiers s’y tiennent.';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.libelle


class DossierPieces(models.Model):
    """The list that a sinistre is held to, pinned at its declaration, and what was said of it that lists ask about."""

    sinistre = models.OneToOneField(Sinistre, on_delete=models.PROTECT, primary_key=True, related_name="dossier_pieces")
    liste = models.ForeignKey(ListePieces, on_delete=models.PROTECT, null=True, related_name="+")
    faits = ArrayField(models.CharField(max_length=20, choices=Fait.choices), default=list, blank=True)
    epinglee_le = models.DateTimeField("épinglée le", default=timezone.now)

    class Meta:
        verbose_name = "liste d’un dossier"
        verbose_name_plural = "listes des dossiers"

    def __str__(self) -> str:
        return f"{self.sinistre_id} : {self.liste_id}"
