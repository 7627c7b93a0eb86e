"""Group contracts, formules, adhésions and staff. Everything is dated: terms are pinned by the date of survenance."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.enums import GenreOrganisme
from accounts.history import historise
from accounts.models import Collectivite, Organisme, User
from contracts.enums import (
    DecompteDroits,
    DepartContreVisite,
    Diviseur,
    GenreFranchise,
    ModeReglement,
    Nature,
    Regime,
    RegimeGestion,
    RepartitionRecours,
    Statut,
)

NIVEAU = re.compile(r"0\.\d{2}|1\.00", re.ASCII)
"""A level as it is kept by nature."""


class Period(Func):
    """`daterange(debut, fin, '[]')`: both days included, an empty end meaning « still »."""

    function = "daterange"
    output_field = DateRangeField()

    def __init__(self, debut: str = "debut", fin: str = "fin", **extra: Any) -> None:
        super().__init__(debut, fin, RangeBoundary(inclusive_lower=True, inclusive_upper=True), **extra)


def no_overlap(name: str, *keys: str, message: str, condition: Q | None = None) -> ExclusionConstraint:
    """Two rows with the same `keys` never share a day."""
    return ExclusionConstraint(
        name=name,
        expressions=[*((key, RangeOperators.EQUAL) for key in keys), (Period(), RangeOperators.OVERLAPS)],
        condition=condition,
        violation_error_message=message,
    )


def dates_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
        violation_error_message="La fin précède le début.",
    )


class DatedQuerySet(models.QuerySet[Any]):
    def en_vigueur(self, le: dt.date) -> DatedQuerySet:
        """Rows that hold on that day, both ends included."""
        return self.filter(Q(debut__lte=le), Q(fin__isnull=True) | Q(fin__gte=le))


@historise()
class ContratGroupe(models.Model):
    """The contract a CDG signs for its collectivités with an insurer, often through a broker."""

    numero = models.CharField("numéro", max_length=40, unique=True)
    libelle = models.CharField("libellé", max_length=150)
    assureur = models.ForeignKey(
        Organisme, on_delete=models.PROTECT, related_name="contrats_assures", limit_choices_to={"genre": GenreOrganisme.ASSUREUR}
    )
    courtier = models.ForeignKey(
        Organisme,
        on_delete=models.PROTECT,
        related_name="contrats_courtes",
        null=True,
        blank=True,
        limit_choices_to={"genre": GenreOrganisme.COURTIER},
    )
    debut = models.DateField("début")
    fin = models.DateField()
    regime_gestion = models.CharField("gestion", max_length=20, choices=RegimeGestion.choices)
    delai_declaration_jours = models.PositiveSmallIntegerField("délai de déclaration, en jours calendaires", default=120)
    dernier_jour_compris = models.BooleanField("le dernier jour du délai est dans le délai", default=True)
    diviseur = models.CharField("diviseur journalier", max_length=4, choices=Diviseur.choices, default=Diviseur.J360)
    rechutes_apres_terme = models.BooleanField("couvre les rechutes après son terme", default=True)
    mode_reglement = models.CharField("mode de règlement", max_length=10, choices=ModeReglement.choices, default=ModeReglement.ASSUREUR)
    depart_contre_visite = models.CharField(
        "les 48 heures de la contre-visite courent depuis",
        max_length=10,
        choices=DepartContreVisite.choices,
        default=DepartContreVisite.DEMANDE,
    )
    repartition_recours = models.CharField(
        "répartition d’un recours partiel", max_length=12, choices=RepartitionRecours.choices, default=RepartitionRecours.PRORATA
    )
    decompte_droits = models.CharField(
        "les jours de droits se comptent en", max_length=10, choices=DecompteDroits.choices, default=DecompteDroits.CALENDAIRE
    )
    delai_remboursement_jours = models.PositiveSmallIntegerField(
        "délai de remboursement promis, en jours calendaires", null=True, blank=True
    )

    class Meta:
        verbose_name = "contrat groupe"
        verbose_name_plural = "contrats groupe"
        constraints = [dates_in_order("contrat_dates")]

    def __str__(self) -> str:
        return f"{self.numero} — {self.libelle}"


class Formule(models.Model):
    """One of the covers a contract offers to its collectivités, for one regime."""

    contrat = models.ForeignKey(ContratGroupe, on_delete=models.PROTECT, related_name="formules")
    code = models.CharField(max_length=20)
    libelle = models.CharField("libellé", max_length=150)
    regime = models.CharField("régime", max_length=10, choices=Regime.choices)

    class Meta:
        verbose_name = "formule"
        constraints = [models.UniqueConstraint(fields=["contrat", "code"], name="formule_unique")]

    def __str__(self) -> str:
        return f"{self.code} — {self.libelle}"


@historise()
class FormuleAnnee(models.Model):
    """The terms of a formule for the sinistres that occur in one calendar year."""

    formule = models.ForeignKey(Formule, on_delete=models.PROTECT, related_name="annees")
    annee = models.PositiveSmallIntegerField("année")
    natures = ArrayField(models.CharField(max_length=8, choices=Nature.choices), verbose_name="natures couvertes")
    genre_franchise = models.CharField("franchise", max_length=20, choices=GenreFranchise.choices, default=GenreFranchise.AUCUNE)
    franchise_jours = models.PositiveSmallIntegerField("jours de franchise", default=0)
    niveau = models.DecimalField(
        "niveau de remboursement (1,00 = 100 %)",
        max_digits=4,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    niveaux = models.JSONField(
        "niveaux propres à une nature",
        default=dict,
        blank=True,
        help_text="Par code de nature, de « 0.00 » à « 1.00 ».",
    )
    niveau_ircantec = models.BooleanField(
        "le niveau réduit vaut aussi pour l’IRCANTEC", default=False, help_text="S002 en exempte les agents du régime général."
    )
    franchise_carence_comprise = models.BooleanField("le jour de carence est dans la franchise", default=True)
    franchise_ecart = models.PositiveSmallIntegerField(
        "écart, en jours, qui ne rouvre pas de franchise", default=0, help_text="Entre deux arrêts d’un même dossier."
    )
    plafond_jour = models.DecimalField(
        "plafond par jour, en euros", max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    taux = models.DecimalField("taux de cotisation (%)", max_digits=5, decimal_places=2, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = "termes annuels d’une formule"
        verbose_name_plural = "termes annuels des formules"
        constraints = [
            models.UniqueConstraint(fields=["formule", "annee"], name="formule_annee_unique"),
            models.CheckConstraint(
                name="formule_annee_franchise",
                condition=Q(genre_franchise=GenreFranchise.AUCUNE, franchise_jours=0)
                | (~Q(genre_franchise=GenreFranchise.AUCUNE) & Q(franchise_jours__gt=0)),
                violation_error_message="Une franchise a un nombre de jours ; l’absence de franchise n’en a pas.",
            ),
            models.CheckConstraint(
                name="formule_annee_niveau",
                condition=Q(niveau__gte=0, niveau__lte=1),
                violation_error_message="Le niveau de remboursement est compris entre 0 et 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.formule_id} / {self.annee}"

    def clean(self) -> None:
        """A level of its own is a share of one, of a nature that is covered."""
        for nature, niveau in (self.niveaux or {}).items():
            juste = isinstance(niveau, str) and NIVEAU.fullmatch(niveau) is not None
            if nature not in (self.natures or ()) or not juste:
                raise ValidationError({"niveaux": "Un niveau propre va de « 0.00 » à « 1.00 », et sa nature est couverte."})

    def niveau_de(self, nature: str) -> Decimal:
        """The level of reimbursement of a nature: its own where one is fixed, else that of the formule."""
        propre = self.niveaux.get(nature)
        return self.niveau if propre is None else Decimal(propre)


@historise()
class CalendrierRelances(models.Model):
    """When a missing pièce is asked for again: working days of the collectivité's département, counted from the day it was asked.

    Of a contract, or of the CDG without one; for one stage of pièces, or for all without one. The nearest to the case holds, on the
    day on which a reminder is decided: contract and stage, contract, stage, neither.
    """

    contrat = models.ForeignKey(ContratGroupe, on_delete=models.PROTECT, null=True, blank=True, related_name="calendriers_relances")
    stade = models.CharField("stade des pièces (tous, si vide)", max_length=20, blank=True)
    debut = models.DateField("début")
    fin = models.DateField(null=True, blank=True)
    jours = ArrayField(models.PositiveSmallIntegerField(), verbose_name="jours ouvrés après la demande")
    appel = models.PositiveSmallIntegerField("jour ouvré où appeler la collectivité")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "calendrier de relances"
        verbose_name_plural = "calendriers de relances"
        constraints = [
            dates_in_order("calendrier_dates"),
            no_overlap(
                "calendrier_du_contrat",
                "contrat",
                "stade",
                message="Un autre calendrier vaut déjà pour ce contrat et ce stade sur ces dates.",
                condition=Q(contrat__isnull=False),
            ),
            no_overlap(
                "calendrier_du_cdg",
                "stade",
                message="Un autre calendrier vaut déjà pour ce stade sur ces dates.",
                condition=Q(contrat__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contrat_id or 'CDG'} {self.stade or 'tous stades'} {self.jours}"


@historise()
class Adhesion(models.Model):
    """A collectivité's membership of a contract, for one regime, under one formule."""

    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, related_name="adhesions")
    formule = models.ForeignKey(Formule, on_delete=models.PROTECT, related_name="adhesions")
    regime = models.CharField("régime", max_length=10, choices=Regime.choices)
    debut = models.DateField("début")
    fin = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "adhésion"
        constraints = [
            dates_in_order("adhesion_dates"),
            no_overlap(
                "adhesion_sans_recouvrement",
                "collectivite",
                "regime",
                message="Cette collectivité a déjà une adhésion pour ce régime sur ces dates.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collectivite_id} {self.regime}"


@historise()
class BaseAssurance(models.Model):
    """Which pay components a collectivité insures in one year: cotisation and prestation use the same (domain: §4.1)."""

    adhesion = models.ForeignKey(Adhesion, on_delete=models.PROTECT, related_name="bases")
    annee = models.PositiveSmallIntegerField("année")
    nbi = models.BooleanField("NBI", default=True)
    sft = models.BooleanField("supplément familial de traitement", default=False)
    indemnite_residence = models.BooleanField("indemnité de résidence", default=False)
    primes = models.BooleanField("indemnités accessoires maintenues", default=False)
    charges_patronales = models.DecimalField("charges patronales (% du TIB et de la NBI)", max_digits=5, decimal_places=2, default=0)

    class Meta:
        verbose_name = "base d’assurance"
        verbose_name_plural = "bases d’assurance"
        constraints = [
            models.UniqueConstraint(fields=["adhesion", "annee"], name="base_unique"),
            models.CheckConstraint(
                name="base_charges",
                condition=Q(charges_patronales=0) | Q(charges_patronales__gte=10, charges_patronales__lte=60),
                violation_error_message="Les charges patronales sont un forfait de 10 %% à 60 %%, ou nulles.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adhesion_id} / {self.annee}"


class Agent(models.Model):
    """A public servant as one collectivité knows him: (collectivité, matricule). No NIR, ever."""

    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, related_name="agents")
    matricule = models.CharField(max_length=30)
    nom = models.CharField(max_length=80)
    prenom = models.CharField("prénom", max_length=80)
    naissance = models.DateField("date de naissance")
    compte = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="Quand l’agent a aussi un compte ici : il ne traite jamais son propre dossier.",
    )
    recherche = models.GeneratedField(
        expression=Func(
            F("nom"),
            Value(" "),
            F("prenom"),
            Value(" "),
            F("matricule"),
            function="vigie_recherche",
            template="%(function)s(%(expressions)s)",
            arg_joiner=" || ",
        ),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
    )

    class Meta:
        verbose_name = "agent"
        constraints = [models.UniqueConstraint(fields=["collectivite", "matricule"], name="agent_unique")]
        indexes = [GinIndex(OpClass(F("recherche"), name="gin_trgm_ops"), name="agent_recherche_trgm")]

    def __str__(self) -> str:
        return f"{self.nom} {self.prenom}"

    def nom_court(self) -> str:
        """« Durand M. »: what lists and timelines show."""
        return f"{self.nom} {self.prenom[:1]}."

    def initiales(self) -> str:
        """« J.-M. D. » for Jean-Marc Durand: what leaves the house, beside the matricule."""
        prenoms = "-".join(f"{part[0]}." for part in re.split(r"[-\s]+", self.prenom.strip()) if part)
        return f"{prenoms} {self.nom.strip()[:1]}.".upper().strip()


class SituationAgent(models.Model):
    """An agent's statut and regime between two dates."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="situations")
    debut = models.DateField("début")
    fin = models.DateField(null=True, blank=True)
    statut = models.CharField(max_length=20, choices=Statut.choices)
    regime = models.CharField("régime", max_length=10, choices=Regime.choices)
    heures_hebdomadaires = models.DecimalField("heures par semaine", max_digits=4, decimal_places=2, default=35)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "situation d’agent"
        verbose_name_plural = "situations d’agents"
        constraints = [
            dates_in_order("situation_dates"),
            no_overlap("situation_sans_recouvrement", "agent", message="Deux situations de cet agent se recouvrent."),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.statut}"


class Remuneration(models.Model):
    """An agent's pay components between two dates, annual gross amounts in euros."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="remunerations")
    debut = models.DateField("début")
    fin = models.DateField(null=True, blank=True)
    tib = models.DecimalField("traitement indiciaire brut", max_digits=10, decimal_places=2)
    nbi = models.DecimalField("NBI", max_digits=10, decimal_places=2, default=0)
    sft = models.DecimalField("supplément familial", max_digits=10, decimal_places=2, default=0)
    indemnite_residence = models.DecimalField("indemnité de résidence", max_digits=10, decimal_places=2, default=0)
    primes = models.DecimalField("indemnités accessoires", max_digits=10, decimal_places=2, default=0)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "rémunération"
        constraints = [
            dates_in_order("remuneration_dates"),
            no_overlap("remuneration_sans_recouvrement", "agent", message="Deux rémunérations de cet agent se recouvrent."),
            models.CheckConstraint(
                name="remuneration_positive",
                condition=Q(tib__gte=0, nbi__gte=0, sft__gte=0, indemnite_residence__gte=0, primes__gte=0),
                violation_error_message="Une rémunération n’est pas négative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.debut}"
