"""What is to be told: one row per fact and recipient, whichever e-mail carries it in the end."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Collectivite, User
from cases.models import Sinistre
from notifications.enums import Cadence, EtatAnnonce, GenreCourriel
from notifications.models.courriels import Courriel


class Annonce(models.Model):
    """One thing to tell one recipient. `cle` is the intent: deriving the same event twice finds the row already there.

    Only ids, codes and dates are kept here: what the e-mail says is read again at the moment it leaves.
    """

    cle = models.CharField("clé de l’intention", max_length=200, unique=True)
    genre = models.CharField(max_length=30, choices=GenreCourriel.choices)
    destinataire = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="annonces")
    adresse = models.EmailField("adresse de contact, faute de personne", blank=True)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, related_name="+")
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, null=True, related_name="annonces")
    evenement_id = models.BigIntegerField("événement d’origine", null=True)
    donnees = models.JSONField("données", default=dict)
    echeance = models.DateField("à faire pour le", null=True)
    cadence = models.CharField(max_length=20, choices=Cadence.choices)
    etat = models.CharField("état", max_length=20, choices=EtatAnnonce.choices, default=EtatAnnonce.EN_ATTENTE)
    cree_le = models.DateTimeField("créée le", default=timezone.now)
    prevue_le = models.DateTimeField("pas avant", default=timezone.now)
    courriel = models.ForeignKey(Courriel, on_delete=models.PROTECT, null=True, related_name="annonces")

    class Meta:
        verbose_name = "annonce"
        constraints = [
            models.CheckConstraint(
                name="annonce_confiee_courriel",
                condition=Q(etat=EtatAnnonce.CONFIEE, courriel__isnull=False)
                | Q(etat=EtatAnnonce.SANS_OBJET)
                | Q(etat__in=[EtatAnnonce.EN_ATTENTE, EtatAnnonce.NON_VOULUE], courriel__isnull=True),
                violation_error_message="Une annonce confiée l’est à un courriel.",
            ),
            models.CheckConstraint(
                name="annonce_a_quelqu_un",
                condition=Q(destinataire__isnull=False) | ~Q(adresse=""),
                violation_error_message="Une annonce s’adresse à quelqu’un.",
            ),
        ]
        indexes = [
            models.Index(fields=["cadence", "prevue_le", "id"], name="annonce_a_dire", condition=Q(etat=EtatAnnonce.EN_ATTENTE)),
            models.Index(fields=["sinistre", "-id"], name="annonce_par_sinistre", condition=Q(sinistre__isnull=False)),
            models.Index(fields=["courriel"], name="annonce_par_courriel", condition=Q(courriel__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} ({self.pk})"

    @property
    def intention(self) -> str:
        """The fact, whoever is told: `cle` without its recipient."""
        return self.cle.rpartition(":")[0]


class Preference(models.Model):
    """How soon one person wants to be told things of one kind, where he has said so."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="preferences_courriel")
    genre = models.CharField(max_length=30, choices=GenreCourriel.choices)
    cadence = models.CharField(max_length=20, choices=Cadence.choices)

    class Meta:
        verbose_name = "préférence de courriel"
        verbose_name_plural = "préférences de courriel"
        constraints = [models.UniqueConstraint(fields=["user", "genre"], name="preference_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.genre} {self.cadence}"
