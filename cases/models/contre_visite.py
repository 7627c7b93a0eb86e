"""The contre-visite: a leave controlled by a médecin agréé, and what its employer decides (domain: §5.1). Nothing medical stands here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from cases.enums_contre_visite import (
    DATES_POSSIBLES,
    DATES_REQUISES,
    MANQUES,
    AuteurContestation,
    LieuContreVisite,
    MotifContreVisite,
    ResultatContreVisite,
    SuiteContreVisite,
)
from cases.models.branche import Branche
from cases.models.medecins import MedecinAgree
from cases.models.sinistre import Arret, Sinistre


class ContreVisite(models.Model):
    """The business of one branch: what is controlled, by whom and when, what came out of it, what the employer decided."""

    branche = models.OneToOneField(Branche, on_delete=models.PROTECT, related_name="contre_visite")
    arret = models.ForeignKey(Arret, on_delete=models.PROTECT, related_name="+")
    motif = models.CharField(max_length=20, choices=MotifContreVisite.choices)
    obligatoire = models.BooleanField("contrôle imposé par les textes", default=False)
    lieu_souhaite = models.CharField("lieu souhaité", max_length=10, choices=LieuContreVisite.choices, default=LieuContreVisite.CABINET)
    adresse_visite = models.CharField("adresse de visite", max_length=300, blank=True, help_text="Jamais dans le journal ni un courriel.")
    souhaits = models.CharField("souhaits de la collectivité", max_length=200, blank=True)

    medecin = models.ForeignKey(MedecinAgree, on_delete=models.PROTECT, null=True, related_name="+")
    designe_le = models.DateTimeField("désigné le", null=True)
    hors_departement = models.CharField("pourquoi un médecin d’un autre département", max_length=200, blank=True)
    recuse_le = models.DateTimeField("récusé le", null=True, help_text="Le médecin désigné s’est récusé : un autre est à désigner.")
    recuses = models.ManyToManyField(MedecinAgree, related_name="+", help_text="Ceux qui se sont récusés.")
    rendez_vous_le = models.DateTimeField("rendez-vous le", null=True)
    mode = models.CharField("lieu du contrôle", max_length=10, choices=LieuContreVisite.choices, blank=True)
    reports = models.PositiveSmallIntegerField("reports demandés par l’agent", default=0)
    escalade_le = models.DateTimeField("responsable prévenu le", null=True)

    avis_oral_le = models.DateTimeField("avis oral reçu le", null=True)
    avis_recu_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    resultat = models.CharField("résultat", max_length=25, choices=ResultatContreVisite.choices, blank=True)
    resultat_date = models.DateField("date du résultat", null=True)
    conclusions = models.TextField("conclusions écrites", blank=True, help_text="Administratives : aucun motif médical.")
    conclusions_recues_le = models.DateField("conclusions reçues le", null=True)

    suite = models.CharField("décision de l’employeur", max_length=25, choices=SuiteContreVisite.choices, blank=True)
    decision_le = models.DateField("décision du", null=True)
    decision_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    a_compter_du = models.DateField("à compter du", null=True)
    demande_justification_le = models.DateField("justification demandée le", null=True)
    volonte_etablie = models.BooleanField("la volonté de se soustraire au contrôle est établie", default=False)
    mise_en_demeure_le = models.DateField("mise en demeure du", null=True)

    contestee_le = models.DateField("contestée le", null=True)
    contestee_par = models.CharField("contestée par", max_length=15, choices=AuteurContestation.choices, blank=True)

    class Meta:
        verbose_name = "contre-visite"
        verbose_name_plural = "contre-visites"
        constraints = [
            models.CheckConstraint(
                name="contre_visite_resultat_date",
                condition=(~Q(resultat__in=sorted(DATES_REQUISES)) | Q(resultat_date__isnull=False))
                & (Q(resultat__in=sorted(DATES_POSSIBLES)) | Q(resultat_date__isnull=True)),
                violation_error_message="Ce résultat porte une date, ou n’en porte pas.",
            ),
            models.CheckConstraint(
                name="contre_visite_avis_date",
                condition=Q(resultat="", avis_oral_le__isnull=True) | (~Q(resultat="") & Q(avis_oral_le__isnull=False)),
                violation_error_message="Un avis oral est daté.",
            ),
            models.CheckConstraint(
                name="contre_visite_conclusions_datees",
                condition=Q(conclusions="", conclusions_recues_le__isnull=True)
                | (~Q(conclusions="") & Q(conclusions_recues_le__isnull=False)),
                violation_error_message="Des conclusions écrites sont datées.",
            ),
            models.CheckConstraint(
                name="contre_visite_domicile_adresse",
                condition=~Q(mode=LieuContreVisite.DOMICILE) | ~Q(adresse_visite=""),
                violation_error_message="Une visite à domicile demande une adresse.",
            ),
            models.CheckConstraint(
                name="contre_visite_decision_datee",
                condition=Q(suite="", decision_le__isnull=True) | (~Q(suite="") & Q(decision_le__isnull=False)),
                violation_error_message="Une décision est datée.",
            ),
            models.CheckConstraint(
                name="contre_visite_interruption_fondee",
                condition=~Q(suite=SuiteContreVisite.INTERRUPTION_VERSEMENT)
                | (
                    Q(a_compter_du__isnull=False)
                    & (
                        Q(resultat=ResultatContreVisite.NON_JUSTIFIE_REPRISE)
                        | Q(resultat__in=sorted(MANQUES), demande_justification_le__isnull=False, volonte_etablie=True)
                    )
                ),
                violation_error_message="Le versement ne s’interrompt qu’après un arrêt non justifié, ou un contrôle auquel l’agent a "
                "voulu se soustraire et dont il a été invité à se justifier.",
            ),
            models.CheckConstraint(
                name="contre_visite_contestation_datee",
                condition=Q(contestee_par="", contestee_le__isnull=True) | (~Q(contestee_par="") & Q(contestee_le__isnull=False)),
                violation_error_message="Une contestation a son auteur et sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"Contre-visite {self.branche_id}"

    @property
    def est_manque(self) -> bool:
        """Whether the control could not take place."""
        return self.resultat in MANQUES


class InterruptionVersement(models.Model):
    """Days that are not paid, by the employer's own decision: from `a_compter_du`, to the eve of `reprise_le` once it is lifted."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="interruptions")
    branche = models.ForeignKey(Branche, on_delete=models.PROTECT, related_name="interruptions")
    a_compter_du = models.DateField("à compter du")
    posee_le = models.DateTimeField("posée le", default=timezone.now)
    reprise_le = models.DateField("versement repris à compter du", null=True)
    levee_le = models.DateTimeField("levée le", null=True)
    levee_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    motif_levee = models.CharField("pourquoi elle est levée", max_length=200, blank=True)

    class Meta:
        verbose_name = "interruption du versement"
        verbose_name_plural = "interruptions du versement"
        constraints = [
            models.UniqueConstraint(
                fields=["branche"],
                condition=Q(levee_le__isnull=True),
                name="interruption_une_par_procedure",
                violation_error_message="Le versement est déjà interrompu par cette procédure.",
            ),
            models.CheckConstraint(
                name="interruption_levee_datee",
                condition=Q(levee_le__isnull=True, reprise_le__isnull=True)
                | Q(levee_le__isnull=False, reprise_le__isnull=False, reprise_le__gte=F("a_compter_du")),
                violation_error_message="Une interruption levée dit depuis quand le versement reprend, jamais avant son début.",
            ),
        ]
        indexes = [models.Index(fields=["sinistre", "a_compter_du"], name="interruption_par_sinistre")]

    def __str__(self) -> str:
        return f"{self.sinistre_id} {self.a_compter_du:%d/%m/%Y}"
