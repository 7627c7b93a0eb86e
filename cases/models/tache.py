"""The work item: the one row that queues list, claim and count."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Collectivite, User
from cases.enums import FileTravail, GenreTache
from cases.models.avis import delegants_of
from cases.models.sinistre import Sinistre

PERSONNE_A_PREVENIR = "Personne à prévenir par courriel : appeler la collectivité"


class Tache(models.Model):
    """Something a person must do about an object, before an instant. Open items are unique per (genre, object)."""

    file = models.CharField(max_length=30, choices=FileTravail.choices)
    genre = models.CharField(max_length=30, choices=GenreTache.choices)
    objet_type = models.CharField(max_length=40)
    objet_id = models.BigIntegerField()
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, null=True, related_name="taches")
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    destinataire = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Seul à la voir : la bulle ne se partage pas."
    )
    priorite = models.SmallIntegerField("priorité", default=0)
    cree_le = models.DateTimeField("créée le", default=timezone.now, editable=False)
    due_at = models.DateTimeField("échéance")
    suspendue = models.BooleanField(default=False)
    suspendue_depuis = models.DateTimeField(null=True)
    suspendue_motif = models.CharField(max_length=200, blank=True)
    ressort_le = models.DateField("à ressortir le", null=True)
    porteur = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="taches")
    pris_le = models.DateTimeField("prise le", null=True)
    fermee_le = models.DateTimeField("fermée le", null=True)
    issue = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = "tâche"
        constraints = [
            models.UniqueConstraint(
                fields=["genre", "objet_type", "objet_id"], condition=Q(fermee_le__isnull=True), name="tache_ouverte_unique"
            ),
            models.CheckConstraint(
                name="tache_suspendue_motivee",
                condition=Q(suspendue=False) | (Q(suspendue_depuis__isnull=False) & ~Q(suspendue_motif="")),
                violation_error_message="Une tâche suspendue dit pourquoi et depuis quand.",
            ),
            models.CheckConstraint(
                name="tache_prise_datee",
                condition=Q(porteur__isnull=True) | Q(pris_le__isnull=False),
                violation_error_message="Une tâche prise est datée.",
            ),
        ]
        indexes = [
            models.Index(fields=["file", "suspendue", "due_at", "id"], name="tache_file", condition=Q(fermee_le__isnull=True)),
            models.Index(fields=["porteur", "suspendue", "due_at", "id"], name="tache_porteur", condition=Q(fermee_le__isnull=True)),
            models.Index(fields=["suspendue", "due_at", "id"], name="tache_toutes", condition=Q(fermee_le__isnull=True)),
            models.Index(
                fields=["suspendue", "due_at", "id"],
                name="tache_libre",
                condition=Q(fermee_le__isnull=True, porteur__isnull=True),
            ),
            models.Index(fields=["ressort_le"], name="tache_ressort", condition=Q(fermee_le__isnull=True, suspendue=True)),
            models.Index(fields=["sinistre"], name="tache_sinistre_ouverte", condition=Q(fermee_le__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.genre} {self.objet_type}:{self.objet_id}"

    def get_genre_display(self) -> str:  # type: ignore[no-redef]  # Django keeps ours
        """The words of its kind. Where no address was refused, it is that nobody can be written to."""
        if self.genre == GenreTache.CORRIGER_ADRESSE and self.objet_type != "adresse":
            return PERSONNE_A_PREVENIR
        return str(GenreTache(self.genre).label)

    @property
    def est_ouverte(self) -> bool:
        return self.fermee_le is None

    @property
    def compte_agent_id(self) -> int | None:
        return self.sinistre.compte_agent_id if self.sinistre is not None else None

    @property
    def organismes_ids(self) -> tuple[int, ...]:
        return self.sinistre.organismes_ids if self.sinistre is not None else ()

    def est_refere_a(self, user: User) -> bool:
        return self.destinataire_id == user.pk or self.destinataire_id in delegants_of(user)
