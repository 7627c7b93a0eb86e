"""What is known besides the dossier: arrêts never declared to the insurer, allowances the CPAM really paid, pay really maintained.

Facts, each with its author: never edited nor deleted. A wrong one is annulled with its motive, and another is entered.
"""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from contracts.enums import Nature
from contracts.models import Agent, dates_in_order, no_overlap
from indemnities.calcul.modele import Montant
from indemnities.droits import modele
from indemnities.enums import NATURES_CONNUES, DispenseConnue, GenreMontant, OrigineConstat

ANNULATION = ("annule_par", "annule_le", "motif_annulation")


def annulation_entiere(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(annule_par__isnull=True, annule_le__isnull=True, motif_annulation="")
        | (Q(annule_par__isnull=False, annule_le__isnull=False) & ~Q(motif_annulation="")),
        violation_error_message="Une annulation a son auteur, sa date et son motif.",
    )


def fige(prefix: str) -> list[pgtrigger.Protect]:
    """Nothing changes but the annulment, which is final; nothing is deleted."""
    return [
        pgtrigger.Protect(name=f"{prefix}_fige", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=list(ANNULATION))),
        pgtrigger.Protect(name=f"{prefix}_annule_fige", operation=pgtrigger.Update, condition=pgtrigger.Q(old__annule_le__isnull=False)),
        pgtrigger.Protect(name=f"{prefix}_garde", operation=pgtrigger.Delete),
    ]


class ArretConnu(models.Model):
    """A leave of an agent that no dossier declares: it counts in his rights (domain: §1.7), and is never paid."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="arrets_connus")
    nature = models.CharField(max_length=8, choices=[(n.value, n.label) for n in Nature if n in NATURES_CONNUES])
    debut = models.DateField("début")
    fin = models.DateField()
    certificat_du = models.DateField("certificat établi le")
    dispense = models.CharField("dispense de carence", max_length=12, choices=DispenseConnue.choices, blank=True)
    origine = models.CharField(max_length=8, choices=OrigineConstat.choices)
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saisi_le = models.DateTimeField("saisi le", default=timezone.now)
    annule_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    annule_le = models.DateTimeField("annulé le", null=True)
    motif_annulation = models.CharField("pourquoi il est annulé", max_length=200, blank=True)

    class Meta:
        verbose_name = "arrêt connu"
        verbose_name_plural = "arrêts connus"
        constraints = [
            dates_in_order("arret_connu_dates"),
            no_overlap(
                "arret_connu_sans_recouvrement",
                "agent",
                condition=Q(annule_le__isnull=True) & ~Q(nature=Nature.TPT),
                message="Cette période recouvre un autre arrêt connu de l’agent.",
            ),
            models.CheckConstraint(
                name="arret_connu_nature",
                condition=Q(nature__in=sorted(NATURES_CONNUES)),
                violation_error_message="Cette nature n’a pas d’arrêt.",
            ),
            models.CheckConstraint(
                name="arret_connu_dispense_cmo",
                condition=Q(dispense="") | Q(nature=Nature.CMO),
                violation_error_message="Seule une maladie ordinaire a un jour de carence.",
            ),
            annulation_entiere("arret_connu_annulation"),
        ]
        indexes = [models.Index(fields=["agent", "debut"], name="arret_connu_par_agent", condition=Q(annule_le__isnull=True))]
        triggers = fige("arret_connu")

    def __str__(self) -> str:
        return f"{self.debut:%d/%m/%Y} – {self.fin:%d/%m/%Y}"

    @property
    def collectivite_id(self) -> int:
        return self.agent.collectivite_id

    @property
    def compte_agent_id(self) -> int | None:
        return self.agent.compte_id

    @property
    def jours(self) -> int:
        """Calendar days, both ends included."""
        return (self.fin - self.debut + dt.timedelta(days=1)).days

    def en_droit(self) -> modele.Arret:
        """As the engine of rights takes it."""
        return modele.Arret(
            debut=self.debut,
            fin=self.fin,
            certificat=self.certificat_du,
            nature=modele.Nature(self.nature),
            dispense=DispenseConnue(self.dispense).en_droit if self.dispense else None,
        )


class MontantConstate(models.Model):
    """Euros for a run of days of a dossier, as a paper says: IJSS of a décompte of the CPAM, or pay maintained of a bulletin.

    PAIE is gross, for the components that are insured; it caps what is owed. CPAM exists for IRCANTEC dossiers only.
    """

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="montants_constates")
    genre = models.CharField(max_length=4, choices=GenreMontant.choices)
    debut = models.DateField("début")
    fin = models.DateField()
    montant = models.DecimalField(max_digits=10, decimal_places=2)
    reference = models.CharField("référence du décompte ou du bulletin", max_length=60)
    origine = models.CharField(max_length=8, choices=OrigineConstat.choices)
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saisi_le = models.DateTimeField("saisi le", default=timezone.now)
    annule_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    annule_le = models.DateTimeField("annulé le", null=True)
    motif_annulation = models.CharField("pourquoi il est annulé", max_length=200, blank=True)

    class Meta:
        verbose_name = "montant constaté"
        verbose_name_plural = "montants constatés"
        constraints = [
            dates_in_order("montant_constate_dates"),
            no_overlap(
                "montant_constate_sans_recouvrement",
                "sinistre",
                "genre",
                condition=Q(annule_le__isnull=True),
                message="Un autre montant de ce dossier couvre déjà une partie de cette période.",
            ),
            models.CheckConstraint(
                name="montant_constate_positif",
                condition=Q(montant__gte=0),
                violation_error_message="Le montant n’est pas négatif.",
            ),
            models.CheckConstraint(
                name="montant_constate_reference",
                condition=~Q(reference=""),
                violation_error_message="Donnez la référence du décompte ou du bulletin.",
            ),
            annulation_entiere("montant_constate_annulation"),
        ]
        indexes = [models.Index(fields=["sinistre", "debut"], name="montant_constate_par_sinistre")]
        triggers = fige("montant_constate")

    def __str__(self) -> str:
        return f"{self.get_genre_display()} {self.debut:%d/%m/%Y} – {self.fin:%d/%m/%Y}"

    @property
    def collectivite_id(self) -> int:
        return self.sinistre.collectivite_id

    @property
    def organismes_ids(self) -> tuple[int, ...]:
        return self.sinistre.organismes_ids

    @property
    def compte_agent_id(self) -> int | None:
        return self.sinistre.compte_agent_id

    def en_calcul(self) -> Montant:
        """As the engine of indemnities takes it."""
        return Montant(self.debut, self.fin, self.montant)
