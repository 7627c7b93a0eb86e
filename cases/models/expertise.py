"""The administrative face of an expertise médicale: what is asked, of whom, when, what the employer reads and decides.

Nothing medical stands here. The questions put to the expert, his answers and his report belong to the bulle (medical.Mission); the
right of an expert to read there derives from this row, so that a recusal or a new end takes effect on his next request although the
web's login may write nothing inside.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cases.enums_expertise import (
    DATEES,
    FIXENT_LA_CONSOLIDATION,
    QUOTITES,
    VISENT_UNE_PERIODE,
    ButExpertise,
    CodeReponse,
    DecisionExpertise,
    MotifAbsence,
    SuiteExamen,
)
from cases.models.avis import AvisMedecin
from cases.models.branche import Branche
from cases.models.medecins import MedecinAgree
from cases.models.sinistre import Arret


class Expertise(models.Model):
    """One expertise. `fin`: the last day on which its expert reads the mission, included."""

    branche = models.OneToOneField(Branche, on_delete=models.PROTECT, related_name="expertise")
    avis = models.ForeignKey(
        AvisMedecin, on_delete=models.PROTECT, related_name="expertises", help_text="Par lequel le dossier est confié au médecin conseil."
    )
    avis_a_rendre = models.BooleanField("l’avis n’a été demandé que pour elle", default=False)
    buts = ArrayField(models.CharField(max_length=20, choices=ButExpertise.choices), verbose_name="ce qui est demandé")
    arret = models.ForeignKey(Arret, on_delete=models.PROTECT, null=True, related_name="expertises", verbose_name="période visée")
    obligatoire = models.BooleanField("contrôle imposé par les textes", default=False)
    approuvee_le = models.DateTimeField("mission approuvée le", null=True)

    medecin = models.ForeignKey(MedecinAgree, on_delete=models.PROTECT, null=True, related_name="expertises")
    par_courrier = models.BooleanField("rapport par courrier", default=False)
    recuses = ArrayField(models.BigIntegerField(), default=list, verbose_name="médecins écartés")
    rendez_vous = models.DateTimeField("rendez-vous", null=True)
    lieu = models.CharField(max_length=300, blank=True)
    motif_preavis = models.CharField("pourquoi moins de quinze jours", max_length=200, blank=True)
    convoquee_le = models.DateTimeField("convoquée le", null=True)
    fin = models.DateField("dernier jour de la mission", null=True)
    reports = models.PositiveSmallIntegerField("reports", default=0)
    suite = models.CharField("suite de l’examen", max_length=10, choices=SuiteExamen.choices, blank=True)
    absence = models.CharField(max_length=10, choices=MotifAbsence.choices, blank=True)

    conclusion = models.TextField("conclusions administratives", blank=True)
    conclue_le = models.DateTimeField("conclue le", null=True)
    conclue_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField("décision de l’employeur", max_length=20, choices=DecisionExpertise.choices, blank=True)
    decidee_le = models.DateField("décidée le", null=True)
    motivation = models.TextField("motivation de la décision", blank=True)
    sans_honoraires = models.CharField("pourquoi sans honoraires", max_length=200, blank=True)

    class Meta:
        verbose_name = "expertise"
        constraints = [
            models.CheckConstraint(
                name="expertise_but", condition=Q(buts__len__gt=0), violation_error_message="Une expertise a au moins un but."
            ),
            models.CheckConstraint(
                name="expertise_periode",
                condition=~Q(buts__overlap=sorted(VISENT_UNE_PERIODE)) | Q(arret__isnull=False),
                violation_error_message="Le lien d’une prolongation ou d’une rechute s’apprécie sur une période du dossier.",
            ),
            models.CheckConstraint(
                name="expertise_convoquee",
                condition=Q(convoquee_le__isnull=True) | (Q(rendez_vous__isnull=False, fin__isnull=False) & ~Q(lieu="")),
                violation_error_message="Une convocation dit le jour, l’heure et le lieu.",
            ),
            models.CheckConstraint(
                name="expertise_absence",
                condition=Q(suite__in=[SuiteExamen.REPORT, SuiteExamen.CARENCE]) | Q(absence=""),
                violation_error_message="Seul un examen qui n’a pas eu lieu a un motif d’absence.",
            ),
            models.CheckConstraint(
                name="expertise_conclue",
                condition=Q(conclue_le__isnull=True) | (~Q(conclusion="") & Q(conclue_par__isnull=False)),
                violation_error_message="Une expertise conclue a des conclusions et leur auteur.",
            ),
            models.CheckConstraint(
                name="expertise_decidee",
                condition=Q(decision="", decidee_le__isnull=True) | (~Q(decision="") & Q(decidee_le__isnull=False)),
                violation_error_message="Une décision est datée.",
            ),
        ]

    def __str__(self) -> str:
        return f"expertise {self.branche_id}"

    @property
    def est_conclue(self) -> bool:
        return self.conclue_le is not None

    @property
    def reponses_donnees(self) -> list[ReponseExpertise]:
        """The answers, in the order of what was asked."""
        return sorted(self.reponses.all(), key=lambda reponse: self.buts.index(reponse.but))

    @property
    def mission_ouverte(self) -> bool:
        """Whether its expert may still read and answer: the branch runs, he is designated and convoked, his last day has not passed."""
        return (
            self.branche.est_en_cours
            and self.medecin_id is not None
            and not self.suite
            and self.convoquee_le is not None
            and self.fin is not None
            and self.fin >= timezone.localdate()
        )


class ReponseExpertise(models.Model):
    """The administrative answer to one goal: a code of the list, its day or its share of time where it has one."""

    expertise = models.ForeignKey(Expertise, on_delete=models.PROTECT, related_name="reponses")
    but = models.CharField(max_length=20, choices=ButExpertise.choices)
    code = models.CharField("réponse", max_length=20, choices=CodeReponse.choices)
    le = models.DateField("date", null=True)
    quotite = models.PositiveSmallIntegerField("quotité travaillée (%)", null=True)

    class Meta:
        verbose_name = "réponse d’une expertise"
        verbose_name_plural = "réponses d’une expertise"
        constraints = [
            models.UniqueConstraint(fields=["expertise", "but"], name="reponse_expertise_unique"),
            models.CheckConstraint(
                name="reponse_expertise_datee",
                condition=Q(code__in=sorted(DATEES), le__isnull=False) | (~Q(code__in=sorted(DATEES)) & Q(le__isnull=True)),
                violation_error_message="Cette réponse a une date, ou n’en a pas.",
            ),
            models.CheckConstraint(
                name="reponse_expertise_quotite",
                condition=Q(code=CodeReponse.REPRISE_TPT, quotite__in=QUOTITES, quotite__isnull=False)
                | (~Q(code=CodeReponse.REPRISE_TPT) & Q(quotite__isnull=True)),
                violation_error_message="Un temps partiel thérapeutique a une quotité de 50 à 90 %%, les autres réponses n’en ont pas.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.but} {self.code}"

    @property
    def fixe_la_consolidation(self) -> bool:
        return self.code in FIXENT_LA_CONSOLIDATION
