"""Recours contre tiers: whom one claims from, how much for each poste, what was recovered and who got it. Amounts are never edited."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.models import Branche, Sinistre
from indemnities.enums import (
    AbandonRecours,
    BeneficiaireRecours,
    EtatRecours,
    MandatRecours,
    PosteRecours,
    QualiteTiers,
    SorteMontant,
    VoieRecours,
)


class RecoursTiers(models.Model):
    """One claim against a third party, in the rights of the insurer and of the collectivité (CGFP L825-1, L825-2)."""

    branche = models.OneToOneField(Branche, on_delete=models.PROTECT, related_name="recours")
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="recours")
    exercice = models.PositiveSmallIntegerField("année de survenance, à laquelle les recouvrements reviennent")
    etat = models.CharField("état", max_length=15, choices=EtatRecours.choices, default=EtatRecours.DETECTE)
    constat = models.TextField("pourquoi un tiers est, ou n’est pas, responsable", blank=True)

    tiers_nom = models.CharField("nom du tiers", max_length=150, blank=True)
    tiers_qualite = models.CharField("qualité", max_length=20, choices=QualiteTiers.choices, default=QualiteTiers.INCONNU)
    tiers_adresse = models.TextField("adresse", blank=True)
    vehicule = models.BooleanField("un véhicule à moteur est impliqué", null=True, help_text="Loi 85-677, art. 1.")
    assureur_nom = models.CharField("assureur du tiers", max_length=150, blank=True)
    reference = models.CharField("référence chez le tiers ou son assureur", max_length=60, blank=True)
    mandat = models.CharField("agit", max_length=15, choices=MandatRecours.choices, blank=True)
    mandat_du = models.DateField("mandat ou convention du", null=True)

    voie = models.CharField(max_length=12, choices=VoieRecours.choices, default=VoieRecours.AMIABLE)
    reclame_le = models.DateField("réclamation adressée le", null=True)
    accord_le = models.DateField("accord du", null=True)
    assigne_le = models.DateField("assignation du", null=True)
    juge_le = models.DateField("jugement du", null=True)
    juridiction = models.CharField(max_length=150, blank=True)

    alerte_vue_le = models.DateField("dernière alerte de prescription vue le", null=True)
    motif_abandon = models.CharField("abandonné parce que", max_length=15, choices=AbandonRecours.choices, blank=True)

    class Meta:
        verbose_name = "recours contre tiers"
        verbose_name_plural = "recours contre tiers"
        constraints = [
            models.CheckConstraint(
                name="recours_mandat_date",
                condition=~Q(mandat=MandatRecours.COMMUN) | Q(mandat_du__isnull=False),
                violation_error_message="Un mandat commun est daté.",
            ),
            models.CheckConstraint(
                name="recours_assigne_judiciaire",
                condition=Q(assigne_le__isnull=True) | Q(voie=VoieRecours.JUDICIAIRE),
                violation_error_message="Une assignation met le recours dans la voie judiciaire.",
            ),
            models.CheckConstraint(
                name="recours_abandon_motive",
                condition=~Q(etat__in=[EtatRecours.ABANDONNE, EtatRecours.PRESCRIT]) | ~Q(motif_abandon=""),
                violation_error_message="Un recours abandonné a un motif.",
            ),
            models.CheckConstraint(
                name="recours_juge_date",
                condition=~Q(etat__in=[EtatRecours.JUGE, EtatRecours.DEBOUTE]) | Q(juge_le__isnull=False),
                violation_error_message="Un jugement est daté.",
            ),
        ]
        indexes = [models.Index(fields=["sinistre", "-id"], name="recours_par_sinistre")]

    def __str__(self) -> str:
        return f"{self.sinistre_id} / {self.etat}"

    @property
    def est_quadriennal(self) -> bool:
        """Whether the four years of public debts run, not the ten of bodily injury (loi 68-1250, art. 1; outside loi 85-677)."""
        return self.tiers_qualite == QualiteTiers.PERSONNE_PUBLIQUE and self.vehicule is not True


class MontantRecours(models.Model):
    """An amount in euros said for one poste and one beneficiary. Corrected by writing another: the last one holds."""

    recours = models.ForeignKey(RecoursTiers, on_delete=models.PROTECT, related_name="montants")
    sorte = models.CharField(max_length=10, choices=SorteMontant.choices)
    poste = models.CharField(max_length=20, choices=PosteRecours.choices)
    beneficiaire = models.CharField("bénéficiaire", max_length=15, choices=BeneficiaireRecours.choices)
    montant = models.DecimalField(max_digits=10, decimal_places=2)
    explication = models.CharField("d’où vient ce montant", max_length=500, blank=True)
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    saisi_le = models.DateTimeField("saisi le", default=timezone.now)

    class Meta:
        verbose_name = "montant de recours"
        verbose_name_plural = "montants de recours"
        constraints = [
            models.CheckConstraint(
                name="montant_recours_positif", condition=Q(montant__gte=0), violation_error_message="Un montant n’est pas négatif."
            ),
        ]
        indexes = [models.Index(fields=["recours", "sorte", "poste", "beneficiaire", "-id"], name="montant_recours_dernier")]
        triggers = [pgtrigger.Protect(name="montant_recours_garde", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.sorte} {self.poste} {self.beneficiaire} {self.montant}"


class EncaissementRecours(models.Model):
    """Money that the third party or his insurer has paid, in euros; `annule`: the negative row that undoes another."""

    recours = models.ForeignKey(RecoursTiers, on_delete=models.PROTECT, related_name="encaissements")
    recu_le = models.DateField("reçu le")
    montant = models.DecimalField(max_digits=10, decimal_places=2)
    poste = models.CharField("pour le poste", max_length=20, choices=PosteRecours.choices, blank=True)
    reference = models.CharField("référence du paiement", max_length=60)
    annule = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="annulation")
    motif = models.CharField("pourquoi l’annuler", max_length=200, blank=True)
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saisi_le = models.DateTimeField("saisi le", default=timezone.now)

    class Meta:
        verbose_name = "encaissement de recours"
        verbose_name_plural = "encaissements de recours"
        constraints = [
            models.CheckConstraint(
                name="encaissement_signe",
                condition=Q(annule__isnull=True, montant__gt=0) | (Q(annule__isnull=False, montant__lt=0) & ~Q(motif="")),
                violation_error_message="Un encaissement est positif ; seule une annulation, motivée, est négative.",
            ),
        ]
        indexes = [models.Index(fields=["recours", "id"], name="encaissement_par_recours")]
        triggers = [pgtrigger.Protect(name="encaissement_garde", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.reference} {self.montant}"


class PartRecours(models.Model):
    """What of an encaissement goes to one beneficiary for one poste, in euros. The parts of an encaissement add up to it exactly."""

    encaissement = models.ForeignKey(EncaissementRecours, on_delete=models.PROTECT, related_name="parts")
    poste = models.CharField(max_length=20, choices=PosteRecours.choices)
    beneficiaire = models.CharField("bénéficiaire", max_length=15, choices=BeneficiaireRecours.choices)
    montant = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = "part de recours"
        verbose_name_plural = "parts de recours"
        constraints = [
            models.UniqueConstraint(
                fields=["encaissement", "poste", "beneficiaire"],
                name="part_recours_unique",
                violation_error_message="Cet encaissement est déjà réparti.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="part_recours_gardee", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.poste} {self.beneficiaire} {self.montant}"
