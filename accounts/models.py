"""People, the organisations they act for, and the dated rights that tie one to the other."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.enums import GenreOrganisme, Role
from accounts.history import historise
from accounts.validators import validate_iban, validate_siret


@historise()
class Collectivite(models.Model):
    """A local employer: commune, CCAS, syndicat, communauté. Every sinistre belongs to one."""

    siret = models.CharField("SIRET", max_length=14, unique=True, validators=[validate_siret])
    nom = models.CharField(max_length=200)
    departement = models.CharField("département", max_length=3, help_text="Fixe les jours fériés : 57, 67 et 68 ont les leurs.")
    email = models.EmailField("adresse de contact", blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    iban_depuis = models.DateField("IBAN en vigueur depuis", null=True, blank=True)

    class Meta:
        verbose_name = "collectivité"
        verbose_name_plural = "collectivités"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom

    def clean(self) -> None:
        if self.iban:
            validate_iban(self.iban)


class Organisme(models.Model):
    """The CDG itself, an insurer or a broker."""

    genre = models.CharField(max_length=20, choices=GenreOrganisme.choices)
    nom = models.CharField(max_length=200)
    siret = models.CharField("SIRET", max_length=14, unique=True, validators=[validate_siret])

    class Meta:
        verbose_name = "organisme"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. People are deactivated, never deleted: the journal and viewflow name them for ever."""

    email = models.EmailField("adresse électronique", unique=True)
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField(max_length=80)
    is_active = models.BooleanField("actif", default=True)
    raccourcis = models.BooleanField("raccourcis clavier", default=True)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["prenom", "nom"]

    objects = UserManager()

    class Meta:
        verbose_name = "compte"
        ordering = ["nom", "prenom"]

    def __str__(self) -> str:
        return self.get_full_name()

    @cached_property
    def habilitations_actives(self) -> list[Habilitation]:
        """The rights that hold today, read once per request (the user object is per request)."""
        return list(Habilitation.objects.actives().filter(user=self))

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(h.role for h in self.habilitations_actives)

    @property
    def collectivite_ids(self) -> list[int]:
        return [h.collectivite_id for h in self.habilitations_actives if h.collectivite_id is not None]

    @property
    def organisme_ids(self) -> list[int]:
        return [h.organisme_id for h in self.habilitations_actives if h.organisme_id is not None]

    @property
    def is_staff(self) -> bool:
        """Who may open the admin of configuration data."""
        return self.is_active and Role.ADMINISTRATEUR in self.roles

    is_superuser = False

    def get_full_name(self) -> str:
        return f"{self.prenom} {self.nom}".strip()

    def get_short_name(self) -> str:
        return f"{self.prenom[:1]}. {self.nom}" if self.prenom else self.nom

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Always no: Django's permissions are not used. The admin of our configuration asks the gate (accounts/admin.py), and the
        admin pages that libraries bring stay closed to everybody.
        """
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class HabilitationQuerySet(models.QuerySet["Habilitation"]):
    def actives(self, le: dt.date | None = None) -> HabilitationQuerySet:
        jour = le or timezone.localdate()
        return self.filter(Q(debut__lte=jour), Q(fin__isnull=True) | Q(fin__gte=jour))


@historise()
class Habilitation(models.Model):
    """A role held by a person, for a collectivité or an organisme where the role needs one, between two dates (both included)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="habilitations", verbose_name="compte")
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, blank=True, verbose_name="collectivité")
    organisme = models.ForeignKey(Organisme, on_delete=models.PROTECT, null=True, blank=True)
    debut = models.DateField("début", default=timezone.localdate)
    fin = models.DateField(null=True, blank=True)

    objects = HabilitationQuerySet.as_manager()

    class Meta:
        verbose_name = "habilitation"
        constraints = [
            models.CheckConstraint(
                name="habilitation_perimetre",
                condition=(
                    Q(role=Role.COLLECTIVITE, collectivite__isnull=False, organisme__isnull=True)
                    | Q(role=Role.ASSUREUR, collectivite__isnull=True, organisme__isnull=False)
                    | (~Q(role__in=[Role.COLLECTIVITE, Role.ASSUREUR]) & Q(collectivite__isnull=True, organisme__isnull=True))
                ),
                violation_error_message="Ce rôle ne s’exerce pas sur ce périmètre : une collectivité pour « Collectivité », "
                "un organisme pour « Assureur », rien pour les autres.",
            ),
            models.CheckConstraint(
                name="habilitation_dates",
                condition=Q(fin__isnull=True) | Q(fin__gte=models.F("debut")),
                violation_error_message="La fin précède le début.",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "collectivite", "organisme", "debut"],
                name="habilitation_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} : {self.get_role_display()}"


class JetonApi(models.Model):
    """An API token: only its SHA-256 is kept; it expires and can be revoked."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jetons", verbose_name="compte")
    empreinte = models.CharField(max_length=64, unique=True, editable=False)
    libelle = models.CharField("libellé", max_length=100)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)
    expire_le = models.DateTimeField("expire le")
    revoque_le = models.DateTimeField("révoqué le", null=True, blank=True)

    class Meta:
        verbose_name = "jeton d’API"
        verbose_name_plural = "jetons d’API"

    def __str__(self) -> str:
        return self.libelle


class SessionOuverte(models.Model):
    """A place where somebody is signed in, for his own list of sessions. Holds the digest of the session's key, which opens nothing."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions_ouvertes", verbose_name="compte")
    empreinte = models.CharField(max_length=40, unique=True, editable=False)
    processus = models.CharField(max_length=10)
    ip = models.GenericIPAddressField("adresse", null=True)
    navigateur = models.CharField(max_length=200)
    ouverte_le = models.DateTimeField("ouverte le", default=timezone.now, editable=False)
    vue_le = models.DateTimeField("vue le", default=timezone.now)

    class Meta:
        verbose_name = "session ouverte"
        verbose_name_plural = "sessions ouvertes"

    def __str__(self) -> str:
        return f"{self.user_id} {self.processus} {self.ouverte_le:%Y-%m-%d %H:%M}"
