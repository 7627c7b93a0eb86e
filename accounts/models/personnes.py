"""People, the organisations they act for, and the dated rights that tie one to the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.enums import MEDICAL_ROLES, GenreOrganisme, Role
from accounts.history import historise
from accounts.models.bulle import IdentifiantBulle
from accounts.validators import validate_siret


@historise()
class Collectivite(models.Model):
    """A local employer: commune, CCAS, syndicat, communauté. Every sinistre belongs to one."""

    siret = models.CharField("SIRET", max_length=14, unique=True, validators=[validate_siret])
    nom = models.CharField(max_length=200)
    departement = models.CharField("département", max_length=3, help_text="Fixe les jours fériés : 57, 67 et 68 ont les leurs.")
    email = models.EmailField("adresse de contact", blank=True)

    class Meta:
        verbose_name = "collectivité"
        verbose_name_plural = "collectivités"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom


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


def in_the_bulle() -> bool:
    return bool(settings.PROCESS == "bulle")


class User(AbstractBaseUser):
    """A person who signs in. People are deactivated, never deleted: the journal and viewflow name them for ever.

    In the bulle's process a person has the roles to which the bulle has admitted him, and the password he has set there; what stands in
    `public`, which the web's login may write, is not enough to be anybody there (ADR 0012).
    """

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

    @cached_property
    def roles_habilites(self) -> frozenset[str]:
        """What the administrator has given, whatever the bulle thinks of it."""
        return frozenset(h.role for h in self.habilitations_actives)

    @property
    def roles(self) -> frozenset[str]:
        """What the person may be in this process: at the bulle, a medical role counts only once admitted and enrolled."""
        medicaux = self.roles_habilites & MEDICAL_ROLES
        if not medicaux or not in_the_bulle():
            return self.roles_habilites
        identifiant = self.identifiant_bulle
        enrole = identifiant is not None and identifiant.enrole_le is not None
        return self.roles_habilites - MEDICAL_ROLES | (self.roles_admis if enrole else frozenset())

    def keep_medical_roles_only(self) -> None:
        """Whoever stands at the bulle's door is nothing but what the bulle has made him; for the rest of the request."""
        self.habilitations_actives = [h for h in self.habilitations_actives if h.role in MEDICAL_ROLES]
        self.__dict__.pop("roles_habilites", None)

    @cached_property
    def identifiant_bulle(self) -> IdentifiantBulle | None:
        """The credentials and admissions of the person at the bulle, read once per request; only the bulle's login can read them."""
        return IdentifiantBulle.objects.avec_roles().filter(user_id=self.pk).first()

    def forget_identifiant_bulle(self) -> None:
        """Read it anew when next asked."""
        self.__dict__.pop("identifiant_bulle", None)

    @property
    def roles_admis(self) -> frozenset[str]:
        """Medical roles both given by the administrator and acknowledged by the bulle. In the bulle's process only."""
        identifiant = self.identifiant_bulle
        return frozenset() if identifiant is None else self.roles_habilites.intersection(identifiant.roles_admis) & MEDICAL_ROLES

    @property
    def enrolement_en_cours(self) -> bool:
        """Admitted in the bulle, password set, second factor still to come: his roles do not count yet."""
        if not in_the_bulle() or self.identifiant_bulle is None or self.identifiant_bulle.enrole_le is not None:
            return False
        return is_password_usable(self.identifiant_bulle.password) and bool(self.roles_admis)

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

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """At the bulle the password goes to the bulle's own table, and the column that the web may write is never touched."""
        if not in_the_bulle():
            super().save(update_fields=update_fields, **options)
            return
        if self._state.adding:
            self.password, self._password_bulle = make_password(None), None
            super().save(update_fields=update_fields, **options)
            return
        named = {f.name for f in self._meta.concrete_fields if not f.primary_key} if update_fields is None else set(update_fields)
        nouveau = self._password_bulle if "password" in named else None
        with transaction.atomic():
            super().save(update_fields=sorted(named - {"password"}), **options)
            if nouveau is not None:
                IdentifiantBulle.objects.filter(user_id=self.pk).update(password=nouveau, modifie_le=timezone.now())
        if nouveau is not None:
            self._password_bulle = None
            self.forget_identifiant_bulle()

    # -- the password, one for each process ----------------------------------------------------------------------------

    _password_bulle: str | None = None
    """A digest set and not saved yet."""

    @property
    def empreinte_bulle(self) -> str:
        """The digest of the password at the bulle; empty for who has none there."""
        if self._password_bulle is not None:
            return self._password_bulle
        return self.identifiant_bulle.password if self.pk and self.identifiant_bulle is not None else ""

    @property
    def works_at_the_bulle_only(self) -> bool:
        """Every role of his is medical: he has no password at the web's address."""
        return bool(self.pk) and bool(self.roles_habilites) and self.roles_habilites <= MEDICAL_ROLES

    def set_password(self, raw_password: str | None) -> None:
        if not in_the_bulle():
            super().set_password(raw_password)
            return
        self._password_bulle = make_password(raw_password)
        self._password = raw_password

    def set_unusable_password(self) -> None:
        if in_the_bulle():
            self._password_bulle = make_password(None)
        else:
            super().set_unusable_password()

    def check_password(self, raw_password: str | None) -> bool:
        if not in_the_bulle():
            # The digest is compared all the same: the answer takes as long for everybody.
            return super().check_password(raw_password) and not self.works_at_the_bulle_only

        def upgrade(raw: str) -> None:
            IdentifiantBulle.objects.filter(user_id=self.pk).update(password=make_password(raw))

        return check_password(raw_password, self.empreinte_bulle or make_password(None), upgrade)

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await sync_to_async(self.check_password)(raw_password)

    def has_usable_password(self) -> bool:
        if in_the_bulle():
            return bool(self.empreinte_bulle) and is_password_usable(self.empreinte_bulle)
        return super().has_usable_password() and not self.works_at_the_bulle_only

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session of the bulle ends with the password that opened it, not with the other one."""
        if not in_the_bulle():
            digest: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
            return digest
        return salted_hmac("accounts.User.bulle", self.empreinte_bulle, secret=secret, algorithm="sha256").hexdigest()

    # -- names and rights ----------------------------------------------------------------------------------------------

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
        """That hold on that day (today)."""
        jour = le or timezone.localdate()
        return self.en_cours(jour).filter(debut__lte=jour)

    def en_cours(self, le: dt.date | None = None) -> HabilitationQuerySet:
        """That hold on that day or later."""
        jour = le or timezone.localdate()
        return self.filter(Q(fin__isnull=True) | Q(fin__gte=jour))


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
    confirme_le = models.DateTimeField(
        "identité confirmée le", null=True, editable=False, help_text="Pour les actes qui engagent de l’argent, pendant quelques minutes."
    )

    class Meta:
        verbose_name = "jeton d’API"
        verbose_name_plural = "jetons d’API"

    def __str__(self) -> str:
        return self.libelle


class SessionOuverte(models.Model):
    """A place where somebody is signed in, for his own list of sessions. Holds the digest of the session's key, which opens nothing.

    Each process keeps its sessions where the other does not read them: `fermee_le` is how one closes a session of the other.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions_ouvertes", verbose_name="compte")
    empreinte = models.CharField(max_length=40, unique=True, editable=False)
    processus = models.CharField(max_length=10)
    ip = models.GenericIPAddressField("adresse", null=True)
    navigateur = models.CharField(max_length=200)
    ouverte_le = models.DateTimeField("ouverte le", default=timezone.now, editable=False)
    vue_le = models.DateTimeField("vue le", default=timezone.now)
    expire_le = models.DateTimeField("expire le", default=timezone.now)
    fermee_le = models.DateTimeField("fermée le", null=True, editable=False)

    class Meta:
        verbose_name = "session ouverte"
        verbose_name_plural = "sessions ouvertes"

    def __str__(self) -> str:
        return f"{self.user_id} {self.processus} {self.ouverte_le:%Y-%m-%d %H:%M}"
