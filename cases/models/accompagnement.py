"""The accompagnement of an agent back to work. What the psychologue hears stays with him; nothing medical stands here."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cases.enums import EtatBranche
from cases.enums_accompagnement import FormeAccompagnement, IssueAccompagnement, ObjectifAccompagnement, RecueilAccord
from cases.models.branche import Branche


class Accompagnement(models.Model):
    """The business of one branch: its form and aims, the agent's answer, who takes part, what came of it."""

    branche = models.OneToOneField(Branche, on_delete=models.PROTECT, related_name="accompagnement")
    forme = models.CharField(max_length=20, choices=FormeAccompagnement.choices)
    objectifs = ArrayField(models.CharField(max_length=15, choices=ObjectifAccompagnement.choices))
    precisions = models.CharField("précisions", max_length=500, blank=True)

    accord = models.BooleanField("accord de l’agent", null=True)
    accord_le = models.DateField("accord recueilli le", null=True)
    accord_recueil = models.CharField("recueilli par", max_length=10, choices=RecueilAccord.choices, blank=True)

    psychologue = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    psychologue_nom = models.CharField("psychologue clinicien", max_length=160, blank=True)
    referent = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    referent_nom = models.CharField("référent maintien dans l’emploi", max_length=160, blank=True)
    psychologue_travail_nom = models.CharField("psychologue du travail", max_length=160, blank=True)
    designes_le = models.DateTimeField("intervenants désignés le", null=True)

    issue = models.CharField(max_length=20, choices=IssueAccompagnement.choices, blank=True)
    bilan = models.CharField("bilan", max_length=1000, blank=True)
    bilan_le = models.DateField("bilan du", null=True)

    class Meta:
        verbose_name = "accompagnement"
        indexes = [models.Index(fields=["psychologue"], name="accompagnement_de", condition=Q(psychologue__isnull=False))]
        constraints = [
            models.CheckConstraint(
                name="accompagnement_a_un_objectif",
                condition=Q(objectifs__len__gte=1),
                violation_error_message="Un accompagnement a au moins un objectif.",
            ),
            models.CheckConstraint(
                name="accompagnement_accord_date",
                condition=Q(accord__isnull=True, accord_le__isnull=True, accord_recueil="")
                | (Q(accord__isnull=False, accord_le__isnull=False) & ~Q(accord_recueil="")),
                violation_error_message="La réponse de l’agent est datée, et l’on sait comment elle a été recueillie.",
            ),
            models.CheckConstraint(
                name="accompagnement_designe_avec_accord",
                condition=Q(designes_le__isnull=True) | Q(accord__isnull=False, accord=True),
                violation_error_message="Personne n’est désigné sans l’accord de l’agent.",
            ),
            models.CheckConstraint(
                name="accompagnement_designe_nomme",
                condition=Q(designes_le__isnull=True)
                | (Q(forme=FormeAccompagnement.RETOUR_EMPLOI) & ~Q(psychologue_nom=""))
                | (Q(forme=FormeAccompagnement.SITUATION_COMPLEXE) & ~Q(referent_nom="") & ~Q(psychologue_travail_nom="")),
                violation_error_message="Chaque intervenant de la forme choisie est nommé.",
            ),
        ]

    def __str__(self) -> str:
        return f"accompagnement {self.branche_id}"

    @property
    def collectivite_id(self) -> int | None:
        return self.branche.collectivite_id

    @property
    def compte_agent_id(self) -> int | None:
        return self.branche.compte_agent_id

    def est_refere_a(self, user: User) -> bool:
        """Whether this programme is entrusted to that psychologue, while it runs."""
        return self.psychologue_id == user.pk and self.branche.etat == EtatBranche.EN_COURS


class ActionAccompagnement(models.Model):
    """One line of the plan: what is to be done, by whom, before when."""

    accompagnement = models.ForeignKey(Accompagnement, on_delete=models.PROTECT, related_name="actions")
    action = models.CharField("action", max_length=200)
    responsable = models.CharField("qui s’en charge", max_length=160)
    prevue_le = models.DateField("avant le")
    creee_le = models.DateField("inscrite le")
    faite_le = models.DateField("faite le", null=True)

    class Meta:
        verbose_name = "action d’un accompagnement"
        constraints = [
            models.CheckConstraint(
                name="action_accompagnement_prevue",
                condition=Q(prevue_le__gte=F("creee_le")),
                violation_error_message="Une action est prévue pour un jour à venir.",
            ),
        ]

    def __str__(self) -> str:
        return self.action
