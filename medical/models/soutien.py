"""Psychological support: known here only. No table outside has a key towards any of these (docs/decisions/0016)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from cases.models import Branche, Programme, Sinistre, SoutienVisible
from medical.enums_soutien import Accord, ActeSoutien, FormeSeance, IssueSoutien, OrigineSoutien, Voie
from medical.models.cles import Cle
from medical.rules_soutien import REGLES

SEANCE_MIN, SEANCE_MAX = 10, 240
"""Minutes."""


class Soutien(models.Model):
    """One agent's support in one programme, from his request to its end. Only here does it meet a sinistre.

    Its branch is opened at a slot, not with the request. What stands in `contact` and `motif` is encrypted.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    branche = models.OneToOneField(Branche, on_delete=models.DO_NOTHING, null=True, related_name="+")
    sinistre = models.ForeignKey(Sinistre, on_delete=models.DO_NOTHING, related_name="+")
    programme = models.CharField(max_length=12, choices=Programme.choices)
    quota = models.PositiveSmallIntegerField("séances au plus")
    origine = models.CharField(max_length=10, choices=OrigineSoutien.choices)
    demande_le = models.DateTimeField("demandé ou proposé le", default=timezone.now)
    propose_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, related_name="+")
    accord = models.CharField(max_length=15, choices=Accord.choices)
    accord_le = models.DateTimeField("accord ou refus le", null=True)
    accord_voie = models.CharField("accord donné", max_length=10, choices=Voie.choices, blank=True)
    accord_note_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, related_name="+")
    cle = models.ForeignKey(Cle, on_delete=models.PROTECT, related_name="+")
    contact = models.BinaryField("comment joindre l’agent, chiffré", null=True)
    psychologue = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, related_name="+")
    affecte_le = models.DateTimeField("confié le", null=True)
    premier_contact_le = models.DateTimeField("premier contact le", null=True)
    seances_finies_le = models.DateTimeField("séances terminées le", null=True)
    social_fini_le = models.DateTimeField("accompagnement social terminé le", null=True)
    visible = models.OneToOneField(SoutienVisible, on_delete=models.DO_NOTHING, null=True, related_name="+")
    visible_donne_le = models.DateTimeField("accepte d’être vu depuis le", null=True)
    visible_retire_le = models.DateTimeField("ne veut plus être vu depuis le", null=True)
    issue = models.CharField(max_length=12, choices=IssueSoutien.choices, blank=True)
    motif = models.BinaryField("pourquoi si tôt, chiffré", null=True)
    clos_le = models.DateTimeField("terminé le", null=True)
    suite_le = models.DateTimeField("le dehors suit à", null=True, help_text="Le créneau où la procédure suivra ce qui s’est passé ici.")

    class Meta:
        verbose_name = "soutien psychologique"
        verbose_name_plural = "soutiens psychologiques"
        constraints = [
            models.UniqueConstraint(
                fields=["sinistre"],
                condition=Q(clos_le__isnull=True),
                name="soutien_un_a_la_fois",
                violation_error_message="Un soutien est déjà demandé ou en cours pour cet agent, sur ce dossier.",
            ),
            models.CheckConstraint(
                name="soutien_quota",
                condition=Q(*(Q(programme=programme, quota=regle.maximum) for programme, regle in REGLES.items()), _connector=Q.OR),
                violation_error_message="Le nombre de séances est celui du programme.",
            ),
            models.CheckConstraint(
                name="soutien_accord_date",
                condition=Q(accord=Accord.A_RECUEILLIR, accord_le__isnull=True)
                | (~Q(accord=Accord.A_RECUEILLIR) & Q(accord_le__isnull=False) & ~Q(accord_voie="")),
                violation_error_message="Un accord ou un refus est daté, avec la voie par laquelle il est venu.",
            ),
            models.CheckConstraint(
                name="soutien_rien_avant_accord",
                condition=Q(accord=Accord.DONNE)
                | Q(psychologue__isnull=True, premier_contact_le__isnull=True, visible_donne_le__isnull=True),
                violation_error_message="Rien ne se fait avant l’accord de l’agent.",
            ),
            models.CheckConstraint(
                name="soutien_clos_explique",
                condition=Q(clos_le__isnull=True) | ~Q(issue=""),
                violation_error_message="Un soutien terminé dit comment.",
            ),
            models.CheckConstraint(
                name="soutien_vu_avec_accord",
                condition=Q(visible__isnull=True)
                | Q(visible_donne_le__isnull=False, visible_retire_le__isnull=True)
                | Q(visible_retire_le__lt=F("visible_donne_le")),
                violation_error_message="Rien ne se voit du dehors sans l’accord de l’agent.",
            ),
        ]
        indexes = [
            models.Index(fields=["psychologue", "-id"], name="soutien_par_psychologue"),
            models.Index(fields=["suite_le"], name="soutien_a_suivre", condition=Q(suite_le__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def collectivite_id(self) -> int:
        return self.sinistre.collectivite_id

    @property
    def compte_agent_id(self) -> int | None:
        return self.sinistre.compte_agent_id

    @property
    def est_clos(self) -> bool:
        return self.clos_le is not None

    @property
    def est_visible(self) -> bool:
        return self.visible_id is not None

    @property
    def est_social(self) -> bool:
        return REGLES[self.programme].mois_social > 0

    def est_refere_a(self, user: User) -> bool:
        """What the gate asks: a psychologue stands in relation with what is confided to him."""
        return self.psychologue_id == user.pk


class Seance(models.Model):
    """One appointment, held or missed. `rang` numbers those held: the last place of the quota is given once.

    That `rang` stays within the programme's quota is held by a trigger of the database (migration 0001).
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    soutien = models.ForeignKey(Soutien, on_delete=models.PROTECT, related_name="seances")
    tenue_le = models.DateField("le")
    absent = models.BooleanField("rendez-vous manqué par l’agent", default=False)
    rang = models.PositiveSmallIntegerField(null=True)
    duree = models.PositiveSmallIntegerField("minutes", null=True)
    forme = models.CharField(max_length=10, choices=FormeSeance.choices)
    cle = models.ForeignKey(Cle, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.BinaryField("note chiffrée", null=True)
    tenue_par = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    saisie_le = models.DateTimeField("saisie le", default=timezone.now)

    class Meta:
        verbose_name = "séance"
        constraints = [
            models.UniqueConstraint(
                fields=["soutien", "rang"], name="seance_rang", violation_error_message="Cette séance vient d’être saisie par ailleurs."
            ),
            models.CheckConstraint(
                name="seance_tenue_ou_manquee",
                condition=Q(absent=True, rang__isnull=True, duree__isnull=True)
                | Q(absent=False, rang__gte=1, duree__gte=SEANCE_MIN, duree__lte=SEANCE_MAX),
                violation_error_message=f"Une séance tenue dure de {SEANCE_MIN} à {SEANCE_MAX} minutes ; un rendez-vous manqué, non.",
            ),
            models.CheckConstraint(
                name="seance_note_et_cle",
                condition=Q(note__isnull=True, cle__isnull=True) | Q(note__isnull=False, cle__isnull=False),
                violation_error_message="Une note est chiffrée sous sa clé.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class TraceSoutien(models.Model):
    """What was done about a soutien, by whom and when: the trail that the public journal, whose instants tell too much, can't keep.

    Never changed nor deleted: a trigger of the database refuses it (migration 0001).
    """

    soutien = models.ForeignKey(Soutien, on_delete=models.PROTECT, related_name="traces")
    le = models.DateTimeField(default=timezone.now)
    acteur = models.ForeignKey(User, on_delete=models.DO_NOTHING, null=True, related_name="+", help_text="Vide : l’agent, ou le système.")
    acte = models.CharField(max_length=15, choices=ActeSoutien.choices)
    voie = models.CharField(max_length=10, choices=Voie.choices, blank=True)

    class Meta:
        verbose_name = "trace d’un soutien"
        verbose_name_plural = "traces de soutiens"

    def __str__(self) -> str:
        return f"{self.soutien_id} {self.acte}"


class SceauTraces(models.Model):
    """Up to which trace the journal outside has sealed the trail, and under which digest."""

    dernier = models.BigIntegerField("dernière trace", unique=True)
    empreinte = models.CharField(max_length=64)

    class Meta:
        verbose_name = "sceau des traces de soutiens"
        verbose_name_plural = "sceaux des traces de soutiens"

    def __str__(self) -> str:
        return str(self.dernier)
