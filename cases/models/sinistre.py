"""The sinistre, its épisodes and its arrêts.

A transition is declared here and called by workflows/lifecycle.py alone, on a row it has just locked and read afresh: django-fsm
checks no right by itself, `QuerySet.update()` passes a protected field (the trigger below refuses it), and `refresh_from_db` is never
used under protection.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import RETURN_VALUE, FSMField, transition

from accounts.models import Collectivite, User
from cases.enums import (
    Etat,
    GenreArret,
    GenreEpisode,
    MotifAnnulation,
    MotifCloture,
    MotifRefus,
    PorteeRefus,
)
from cases.states import PASSAGES, STATE_PAIRS
from contracts.enums import IMPUTABLES, Nature, Regime
from contracts.models import Agent, ContratGroupe, FormuleAnnee, dates_in_order, no_overlap

if TYPE_CHECKING:
    from collections.abc import Sequence


def _sources(nom: str) -> Sequence[str]:
    return [etat.value for etat in PASSAGES[nom].depuis]


class Sinistre(models.Model):
    """A case. Its terms (contract, formule of the year) are pinned by the date of survenance and never change."""

    numero = models.CharField("numéro", max_length=20, unique=True, editable=False)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, related_name="sinistres")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="sinistres")
    contrat = models.ForeignKey(ContratGroupe, on_delete=models.PROTECT, related_name="sinistres")
    termes = models.ForeignKey(FormuleAnnee, on_delete=models.PROTECT, related_name="sinistres")
    nature = models.CharField(max_length=8, choices=Nature.choices)
    regime = models.CharField("régime", max_length=10, choices=Regime.choices)
    survenance = models.DateField("date de survenance")
    declare_le = models.DateField("déclaré le")
    limite_declaration = models.DateField("dernier jour pour déclarer")
    jours_de_retard = models.PositiveIntegerField(default=0)
    circonstances = models.TextField(blank=True, help_text="Faits, lieu, heure : jamais de lésion ni de diagnostic.")
    tiers_possible = models.BooleanField("un tiers est peut-être responsable", null=True)

    etat = FSMField("état", max_length=20, choices=Etat.choices, default=Etat.DECLARE, protected=True)
    etat_depuis = models.DateTimeField("dans cet état depuis", default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    transmis_assureur_le = models.DateTimeField("transmis à l’assureur le", null=True, blank=True)

    motif_cloture = models.CharField(max_length=20, choices=MotifCloture.choices, blank=True)
    date_cloture = models.DateField("date d’effet de la clôture", null=True, blank=True)
    motif_annulation = models.CharField(max_length=20, choices=MotifAnnulation.choices, blank=True)
    motif_refus = models.CharField(max_length=20, choices=MotifRefus.choices, blank=True)
    portee_refus = models.CharField("portée du refus", max_length=20, choices=PorteeRefus.choices, blank=True)
    etat_avant_mediation = models.CharField(max_length=20, choices=Etat.choices, blank=True)
    reprise_effective = models.DateField("reprise effective", null=True, blank=True)
    consolidation = models.DateField(
        "consolidation ou guérison",
        null=True,
        blank=True,
        help_text="Date retenue par l’employeur, d’où court la prescription d’un recours (C. civ. 2226).",
    )
    origine = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suites",
        help_text="Pour un décès : le sinistre en cours.",
    )

    class Meta:
        verbose_name = "sinistre"
        indexes = [
            models.Index(fields=["collectivite", "-id"], name="sinistre_par_collectivite"),
            models.Index(fields=["etat", "-id"], name="sinistre_par_etat"),
            models.Index(fields=["agent", "nature", "survenance"], name="sinistre_double"),
            models.Index(fields=["contrat", "-id"], name="sinistre_par_contrat"),
        ]
        constraints = [
            models.CheckConstraint(
                name="sinistre_clos_motive",
                condition=~Q(etat=Etat.CLOS) | (~Q(motif_cloture="") & Q(date_cloture__isnull=False)),
                violation_error_message="Un dossier clos a un motif et une date d’effet.",
            ),
            models.CheckConstraint(
                name="sinistre_clos_reprise",
                condition=~Q(etat=Etat.CLOS, motif_cloture=MotifCloture.REPRISE) | Q(reprise_effective__isnull=False),
                violation_error_message="Une clôture pour reprise donne la date de reprise effective.",
            ),
            models.CheckConstraint(
                name="sinistre_annule_motive",
                condition=~Q(etat=Etat.ANNULE) | ~Q(motif_annulation=""),
                violation_error_message="Un dossier annulé a un motif.",
            ),
            models.CheckConstraint(
                name="sinistre_refus_motive",
                condition=~Q(etat__in=[Etat.EN_MEDIATION, Etat.REFUSE]) | (~Q(motif_refus="") & ~Q(portee_refus="")),
                violation_error_message="Un refus, même proposé, a un motif et une portée.",
            ),
            models.CheckConstraint(
                name="sinistre_mediation_origine",
                condition=~Q(etat=Etat.EN_MEDIATION) | ~Q(etat_avant_mediation=""),
                violation_error_message="La médiation garde l’état d’où elle vient.",
            ),
            models.CheckConstraint(
                name="sinistre_etat_connu",
                condition=Q(etat__in=[etat.value for etat in Etat]),
                violation_error_message="État inconnu.",
            ),
            models.CheckConstraint(
                name="sinistre_reprise_apres_survenance",
                condition=Q(reprise_effective__isnull=True) | Q(reprise_effective__gte=F("survenance")),
                violation_error_message="La reprise ne précède pas la survenance.",
            ),
            models.CheckConstraint(
                name="sinistre_consolidation_apres_survenance",
                condition=Q(consolidation__isnull=True) | Q(consolidation__gte=F("survenance")),
                violation_error_message="La consolidation ne précède pas la survenance.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="sinistre_passages", field="etat", transitions=STATE_PAIRS),
            pgtrigger.Protect(
                name="sinistre_nait_declare", operation=pgtrigger.Insert, condition=~pgtrigger.Q(new__etat=Etat.DECLARE.value)
            ),
        ]

    def __str__(self) -> str:
        return self.numero

    @property
    def organismes_ids(self) -> tuple[int, ...]:
        """The insurer and broker to whom the dossier has been transmitted: what the gate compares."""
        if self.transmis_assureur_le is None:
            return ()
        return tuple(pk for pk in (self.contrat.assureur_id, self.contrat.courtier_id) if pk is not None)

    @property
    def compte_agent_id(self) -> int | None:
        """The agent's own account, where he has one: nobody handles his own dossier."""
        return self.agent.compte_id

    @property
    def est_imputable(self) -> bool:
        return self.nature in IMPUTABLES

    def est_refere_a(self, user: User) -> bool:
        """Whether this dossier is entrusted to that médecin conseil, by itself or as an earlier one of the agent."""
        avis = self.avis_medecin.model.objects.confies_a(user)
        earlier = Q(avec_anterieurs=True, sinistre__agent=self.agent_id, sinistre__gt=self.pk)
        return bool(avis.filter(Q(sinistre=self.pk) | earlier).exists())

    # -- Conditions on own columns --------------------------------------------------------------------------------------------

    def has_closing_reason(self) -> bool:
        return bool(self.motif_cloture) and self.date_cloture is not None

    def has_refusal_reason(self) -> bool:
        return bool(self.motif_refus) and bool(self.portee_refus)

    def has_cancel_reason(self) -> bool:
        return bool(self.motif_annulation)

    def can_relapse(self) -> bool:
        return self.est_imputable

    # -- Transitions ----------------------------------------------------------------------------------------------------------

    @transition(etat, source=_sources("demander_pieces"), target=Etat.PIECES_EN_ATTENTE)
    def demander_pieces(self) -> None:
        """At least one required pièce of a period is missing."""

    @transition(etat, source=_sources("valider"), target=Etat.VALIDE)
    def valider(self) -> None:
        """The pièces of the period to pay are conformes; the dossier is from now on transmitted to the insurer."""
        self.transmis_assureur_le = self.transmis_assureur_le or timezone.now()

    @transition(etat, source=_sources("rembourser"), target=Etat.REMBOURSE)
    def rembourser(self) -> None:
        """Nothing validated is left unpaid."""

    @transition(etat, source=_sources("rejeter_reglement"), target=Etat.VALIDE)
    def rejeter_reglement(self) -> None:
        """The payer or the bank rejects."""

    @transition(etat, source=_sources("prolonger"), target=Etat.PIECES_EN_ATTENTE)
    def prolonger(self) -> None:
        """A new arrêt of the same sinistre; approved décomptes go on."""

    @transition(etat, source=_sources("requalifier"), target=Etat.PIECES_EN_ATTENTE)
    def requalifier(self, nature: str) -> None:
        """Another nature from a date on; survenance and contract are kept."""
        self.nature = nature
        self._forget_closing()

    @transition(etat, source=_sources("regulariser"), target=None)
    def regulariser(self) -> None:
        """Late IJSS, facture, indu, recovery: the state does not change."""

    @transition(etat, source=_sources("proposer_refus"), target=Etat.EN_MEDIATION, conditions=[has_refusal_reason])
    def proposer_refus(self) -> None:
        """The CDG mediates before any refusal."""
        self.etat_avant_mediation = self.etat

    @transition(
        etat,
        source=_sources("lever_refus"),
        target=RETURN_VALUE(*(etat.value for etat in PASSAGES["lever_refus"].vers)),
    )
    def lever_refus(self) -> str:
        """Back to the state the dossier came from."""
        retour = self.etat_avant_mediation
        self._forget_refusal()
        return retour

    @transition(etat, source=_sources("refuser"), target=Etat.REFUSE, conditions=[has_refusal_reason])
    def refuser(self) -> None:
        """Nothing accepted."""

    @transition(etat, source=_sources("refuser_partie"), target=Etat.VALIDE, conditions=[has_refusal_reason])
    def refuser_partie(self) -> None:
        """Something accepted; refused amounts already paid become indu."""

    @transition(etat, source=_sources("annuler"), target=Etat.ANNULE, conditions=[has_cancel_reason])
    def annuler(self) -> None:
        """A double or an error; no décompte approved."""

    @transition(etat, source=_sources("clore"), target=Etat.CLOS, conditions=[has_closing_reason])
    def clore(self) -> None:
        """What really ended the leave, on its effective date."""
        if self.motif_cloture == MotifCloture.REPRISE:
            self.reprise_effective = self.date_cloture

    @transition(etat, source=_sources("rouvrir_rechute"), target=Etat.ROUVERT, conditions=[can_relapse])
    def rouvrir_rechute(self) -> None:
        """A new épisode of the same sinistre, under its original survenance and contract."""
        self._forget_closing()

    @transition(etat, source=_sources("rouvrir"), target=Etat.ROUVERT)
    def rouvrir(self) -> None:
        """A prolongation received late, a contestation won."""
        self._forget_closing()
        self._forget_refusal()

    def _forget_closing(self) -> None:
        self.motif_cloture, self.date_cloture, self.reprise_effective = "", None, None

    def _forget_refusal(self) -> None:
        self.motif_refus, self.portee_refus, self.etat_avant_mediation = "", "", ""


class Episode(models.Model):
    """A stretch of the sinistre with one nature: the initial one, a rechute, what follows a requalification."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="episodes")
    rang = models.PositiveSmallIntegerField()
    genre = models.CharField(max_length=20, choices=GenreEpisode.choices)
    nature = models.CharField(max_length=8, choices=Nature.choices)
    debut = models.DateField("début")
    fin = models.DateField(null=True, blank=True)
    decision = models.TextField("décision", blank=True)

    class Meta:
        verbose_name = "épisode"
        constraints = [
            models.UniqueConstraint(fields=["sinistre", "rang"], name="episode_rang"),
            dates_in_order("episode_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.sinistre_id} / {self.rang}"


class Arret(models.Model):
    """A period certified by one document. Active arrêts of one sinistre never share a day (TPT apart)."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="arrets")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="arrets")
    genre = models.CharField(max_length=20, choices=GenreArret.choices)
    debut = models.DateField("début")
    fin = models.DateField()
    certificat_du = models.DateField("certificat établi le")
    quotite = models.PositiveSmallIntegerField("quotité travaillée (%)", null=True, blank=True)
    actif = models.BooleanField(default=True)
    cree_le = models.DateTimeField("saisi le", default=timezone.now, editable=False)
    motif_recouvrement = models.TextField("pourquoi maintenir malgré l’alerte", blank=True)

    class Meta:
        verbose_name = "arrêt"
        constraints = [
            dates_in_order("arret_dates"),
            no_overlap(
                "arret_sans_recouvrement",
                "sinistre",
                condition=Q(actif=True) & ~Q(genre=GenreArret.TPT),
                message="Cette période recouvre un autre arrêt du même dossier.",
            ),
            models.CheckConstraint(
                name="arret_tpt_quotite",
                condition=(
                    Q(genre=GenreArret.TPT, quotite__isnull=False, quotite__in=[50, 60, 70, 80, 90])
                    | (~Q(genre=GenreArret.TPT) & Q(quotite__isnull=True))
                ),
                violation_error_message="Un temps partiel thérapeutique a une quotité de 50 à 90 %%, les autres arrêts n’en ont pas.",
            ),
        ]
        indexes = [
            models.Index(fields=["sinistre", "debut"], name="arret_par_sinistre"),
            models.Index(fields=["fin"], name="arret_en_cours", condition=Q(actif=True)),
        ]

    def __str__(self) -> str:
        return f"{self.debut:%d/%m/%Y} – {self.fin:%d/%m/%Y}"

    @property
    def jours(self) -> int:
        """Calendar days, both ends included."""
        return (self.fin - self.debut + dt.timedelta(days=1)).days
