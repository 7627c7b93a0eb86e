"""The saisine du conseil médical: what is asked, what it answered, what the employer decided (domain: §3). Never a medical reason."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cases.enums_saisine import (
    PIECES_DE,
    PIECES_RECOURS,
    Contestataire,
    DecisionEmployeur,
    FormationConseil,
    InstanceConseil,
    ObjetSaisine,
    PieceSaisine,
    SensConseil,
)
from cases.models.branche import Branche
from cases.rules import add_months

CONTESTER_MOIS = 2
"""Months from its notification within which an opinion of the restricted formation is contested (décret 87-602, art. 5-2)."""


class Saisine(models.Model):
    """The business of one branch. One that goes to the conseil médical supérieur names the saisine whose opinion it contests."""

    branche = models.OneToOneField(Branche, on_delete=models.PROTECT, related_name="saisine")
    objet = models.CharField(max_length=30, choices=ObjetSaisine.choices)
    instance = models.CharField(max_length=15, choices=InstanceConseil.choices, default=InstanceConseil.DEPARTEMENTAL)
    demande_agent_le = models.DateField("demandée par l’agent le", null=True)
    conteste = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="recours", help_text="La saisine dont l’avis est contesté."
    )
    contestee_par = models.CharField("avis contesté par", max_length=10, choices=Contestataire.choices, blank=True)

    pieces = ArrayField(models.CharField(max_length=20, choices=PieceSaisine.choices), default=list, verbose_name="pièces réunies")
    incomplet_motif = models.CharField("pourquoi transmettre sans toutes les pièces", max_length=200, blank=True)
    formation = models.CharField(max_length=12, choices=FormationConseil.choices, blank=True)
    transmise_le = models.DateField("transmise le", null=True)
    relancee_le = models.DateTimeField("avis relancé le", null=True)

    seance_le = models.DateField("séance du", null=True)
    ajournements = models.PositiveSmallIntegerField(default=0)
    sens = models.CharField("avis", max_length=12, choices=SensConseil.choices, blank=True)
    silence = models.BooleanField("avis confirmé par le silence", default=False)
    avis_conforme = models.BooleanField("l’avis lie l’employeur", default=False)
    notifie_le = models.DateField("avis notifié le", null=True)
    periode_debut = models.DateField("période accordée : début", null=True)
    periode_fin = models.DateField("période accordée : fin", null=True)

    decision = models.CharField("décision de l’employeur", max_length=10, choices=DecisionEmployeur.choices, blank=True)
    decision_le = models.DateField("décision du", null=True)
    decision_effet = models.DateField("date d’effet de la décision", null=True)
    decision_motif = models.CharField("pourquoi s’écarter de l’avis", max_length=200, blank=True)

    class Meta:
        verbose_name = "saisine du conseil médical"
        verbose_name_plural = "saisines du conseil médical"
        constraints = [
            models.CheckConstraint(
                name="saisine_recours_complet",
                condition=Q(instance=InstanceConseil.DEPARTEMENTAL, conteste__isnull=True, contestee_par="", silence=False)
                | (Q(instance=InstanceConseil.SUPERIEUR, conteste__isnull=False) & ~Q(contestee_par="")),
                violation_error_message="Le conseil médical supérieur se saisit d’un avis, que quelqu’un conteste.",
            ),
            models.CheckConstraint(
                name="saisine_transmise_a_une_formation",
                condition=Q(transmise_le__isnull=True, formation="") | (Q(transmise_le__isnull=False) & ~Q(formation="")),
                violation_error_message="Une saisine transmise l’est à une formation.",
            ),
            models.CheckConstraint(
                name="saisine_periode_ordonnee",
                condition=Q(periode_debut__isnull=True, periode_fin__isnull=True) | Q(periode_fin__gte=F("periode_debut")),
                violation_error_message="La période accordée a un début et une fin, dans cet ordre.",
            ),
            models.CheckConstraint(
                name="saisine_seance_apres_transmission",
                condition=Q(seance_le__isnull=True) | Q(seance_le__gte=F("transmise_le")),
                violation_error_message="La séance ne précède pas la transmission.",
            ),
            models.CheckConstraint(
                name="saisine_decision_datee",
                condition=Q(decision="", decision_le__isnull=True) | (~Q(decision="") & Q(decision_le__isnull=False)),
                violation_error_message="Une décision est datée.",
            ),
            models.CheckConstraint(
                name="saisine_avis_conforme_suivi",
                condition=Q(avis_conforme=False) | ~Q(sens=SensConseil.DEFAVORABLE, decision=DecisionEmployeur.ACCORDE),
                violation_error_message="Un avis conforme lie l’employeur.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_instance_display()} : {self.get_objet_display().lower()}"

    @property
    def est_superieure(self) -> bool:
        return self.instance == InstanceConseil.SUPERIEUR

    @property
    def pieces_requises(self) -> tuple[str, ...]:
        return PIECES_RECOURS if self.est_superieure else PIECES_DE[self.objet]

    @property
    def pieces_manquantes(self) -> list[str]:
        """Codes of what is still to be gathered, in the order of the list."""
        return [code for code in self.pieces_requises if code not in self.pieces]

    @property
    def limite_contestation(self) -> dt.date | None:
        """The last day to contest, once the opinion has been notified; None where none can be contested."""
        if self.notifie_le is None or self.est_superieure or self.formation != FormationConseil.RESTREINTE:
            return None
        return add_months(self.notifie_le, CONTESTER_MOIS)

    @property
    def s_ecarte(self) -> bool:
        """Whether the employer decided otherwise than the opinion says."""
        return (self.sens, self.decision) in {
            (SensConseil.FAVORABLE, DecisionEmployeur.REFUSE),
            (SensConseil.PARTIEL, DecisionEmployeur.REFUSE),
            (SensConseil.DEFAVORABLE, DecisionEmployeur.ACCORDE),
        }
