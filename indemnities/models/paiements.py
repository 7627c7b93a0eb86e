"""Décomptes and bordereaux. Amounts are never edited: a correction is a new line that names the one it corrects."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import FSMField, transition

from accounts.models import Collectivite, User
from cases.models import Arret, Sinistre
from contracts.models import ContratGroupe, dates_in_order, no_overlap
from indemnities.enums import EtatBordereau, EtatDecompte, GenreDecompte, OrigineDecompte

PASSAGES_DECOMPTE: dict[str, tuple[tuple[str, ...], str]] = {
    "approuver": ((EtatDecompte.CALCULE,), EtatDecompte.APPROUVE),
    "transmettre": ((EtatDecompte.APPROUVE,), EtatDecompte.TRANSMIS),
    "regler": ((EtatDecompte.TRANSMIS,), EtatDecompte.REGLE),
    "rejeter": ((EtatDecompte.CALCULE, EtatDecompte.APPROUVE, EtatDecompte.TRANSMIS, EtatDecompte.REGLE), EtatDecompte.REJETE),
}
"""A settled décompte can still be rejected: the bank may send the money back."""

DECOMPTE_PAIRS = sorted({(str(a), str(cible)) for sources, cible in PASSAGES_DECOMPTE.values() for a in sources})


SOMME_DES_LIGNES = """
    IF (SELECT d.du IS DISTINCT FROM (SELECT coalesce(sum(l.montant), 0) FROM indemnities_lignedecompte l WHERE l.decompte_id = d.id)
        FROM indemnities_decompte d WHERE d.id = {cle}) THEN
        RAISE EXCEPTION 'décompte % : le dû n''est pas la somme des lignes', {cle} USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
"""At commit, the lines of a computed décompte add up to what it says is owed."""


class Bordereau(models.Model):
    """The décomptes of one collectivité sent together to whoever pays; frozen when made, with the digest of its lines."""

    numero = models.CharField("numéro", max_length=20, unique=True, editable=False)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, related_name="bordereaux")
    contrat = models.ForeignKey(ContratGroupe, on_delete=models.PROTECT, related_name="bordereaux")
    cree_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("composé le", default=timezone.now)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    empreinte = models.CharField("empreinte des lignes", max_length=64)
    etat = models.CharField("état", max_length=10, choices=EtatBordereau.choices, default=EtatBordereau.TRANSMIS)
    regle_le = models.DateField("réglé le", null=True, blank=True)
    reference = models.CharField("référence du règlement", max_length=60, blank=True)

    class Meta:
        verbose_name = "bordereau"
        verbose_name_plural = "bordereaux"
        constraints = [
            models.CheckConstraint(
                name="bordereau_regle_date",
                condition=~Q(etat=EtatBordereau.REGLE) | (Q(regle_le__isnull=False) & ~Q(reference="")),
                violation_error_message="Un bordereau réglé a une date et une référence.",
            ),
        ]
        indexes = [models.Index(fields=["collectivite", "-id"], name="bordereau_par_collectivite")]
        triggers = [
            pgtrigger.Protect(
                name="bordereau_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("numero", "collectivite", "contrat", "cree_par", "cree_le", "total", "empreinte"),
            ),
            pgtrigger.Protect(name="bordereau_garde", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.numero

    @property
    def organismes_ids(self) -> tuple[int, ...]:
        return tuple(pk for pk in (self.contrat.assureur_id, self.contrat.courtier_id) if pk is not None)

    @property
    def paye_des_praticiens(self) -> bool:
        """Whether it gathers invoices in tiers payant: nothing of it comes back to the collectivité, which writes no titre de recettes."""
        return self.decomptes.filter(frais__tiers_payant=True).exists()


class Decompte(models.Model):
    """What is owed for one period of a sinistre. Computed: `montant` is what its lines give (`du`) less what stood already (`deja`)."""

    genre = models.CharField(max_length=8, choices=GenreDecompte.choices, default=GenreDecompte.IJ)
    origine = models.CharField(max_length=8, choices=OrigineDecompte.choices, default=OrigineDecompte.SAISI)
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="decomptes")
    arret = models.ForeignKey(Arret, on_delete=models.PROTECT, null=True, blank=True, related_name="decomptes")
    debut = models.DateField("début")
    fin = models.DateField()
    montant = models.DecimalField(max_digits=10, decimal_places=2)
    du = models.DecimalField("dû pour la période", max_digits=10, decimal_places=2, null=True, blank=True)
    deja = models.DecimalField("déjà décompté", max_digits=10, decimal_places=2, default=0)
    explication = models.TextField("d’où vient ce montant")
    corrige = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction")
    etat = FSMField("état", max_length=10, choices=EtatDecompte.choices, default=EtatDecompte.CALCULE, protected=True)
    calcule_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    calcule_le = models.DateTimeField("calculé le", default=timezone.now)
    approuve_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approuve_le = models.DateTimeField("approuvé le", null=True, blank=True)
    bordereau = models.ForeignKey(Bordereau, on_delete=models.PROTECT, null=True, blank=True, related_name="decomptes")
    motif_rejet = models.CharField("motif de rejet", max_length=200, blank=True)
    facture = models.PositiveBigIntegerField("facture", null=True, editable=False)
    """Frais: the invoice, by the id of the first extract that left the bulle (documents stands on the same floor: no foreign key)."""

    class Meta:
        verbose_name = "décompte"
        constraints = [
            dates_in_order("decompte_dates"),
            no_overlap(
                "decompte_periode_payee_une_fois",
                "sinistre",
                condition=Q(genre=GenreDecompte.IJ, corrige__isnull=True) & ~Q(etat=EtatDecompte.REJETE),
                message="Un décompte de ce dossier couvre déjà une partie de cette période.",
            ),
            models.UniqueConstraint(
                fields=["facture"],
                name="decompte_facture_payee_une_fois",
                condition=Q(corrige__isnull=True) & ~Q(etat=EtatDecompte.REJETE),
                violation_error_message="Cette facture a déjà son décompte.",
            ),
            models.UniqueConstraint(
                fields=["sinistre", "debut"],
                name="decompte_capital_paye_une_fois",
                condition=Q(genre=GenreDecompte.CAPITAL, corrige__isnull=True) & ~Q(etat=EtatDecompte.REJETE),
                violation_error_message="Ce versement du capital décès a déjà son décompte.",
            ),
            models.CheckConstraint(
                name="decompte_facture_des_frais",
                condition=Q(genre=GenreDecompte.FRAIS, facture__isnull=False) | (~Q(genre=GenreDecompte.FRAIS) & Q(facture__isnull=True)),
                violation_error_message="Un décompte de frais médicaux paie une facture, et lui seul.",
            ),
            models.CheckConstraint(
                name="decompte_deux_personnes",
                condition=Q(etat__in=[EtatDecompte.CALCULE, EtatDecompte.REJETE])
                | Q(approuve_par__isnull=False, approuve_le__isnull=False),
                violation_error_message="Un décompte approuvé a un approbateur.",
            ),
            models.CheckConstraint(
                name="decompte_approbateur_distinct",
                condition=Q(approuve_par__isnull=True) | ~Q(approuve_par=F("calcule_par")),
                violation_error_message="La personne qui a saisi un décompte ne l’approuve pas.",
            ),
            models.CheckConstraint(
                name="decompte_transmis_par_bordereau",
                condition=~Q(etat__in=[EtatDecompte.TRANSMIS, EtatDecompte.REGLE]) | Q(bordereau__isnull=False),
                violation_error_message="Un décompte transmis appartient à un bordereau.",
            ),
            models.CheckConstraint(
                name="decompte_initial_positif",
                condition=Q(corrige__isnull=False) | Q(montant__gte=0),
                violation_error_message="Seule une correction peut être négative.",
            ),
            models.CheckConstraint(
                name="decompte_calcule_juste",
                condition=Q(origine=OrigineDecompte.SAISI, du__isnull=True, deja=0)
                | Q(origine=OrigineDecompte.CALCULE, du__isnull=False, montant=F("du") - F("deja")),
                violation_error_message="Un décompte calculé est ce que donnent ses lignes, moins ce qui est déjà décompté.",
            ),
            models.CheckConstraint(
                name="decompte_rejete_motive",
                condition=~Q(etat=EtatDecompte.REJETE) | ~Q(motif_rejet=""),
                violation_error_message="Un décompte rejeté a un motif.",
            ),
        ]
        indexes = [models.Index(fields=["sinistre", "debut"], name="decompte_par_sinistre")]
        triggers = [
            pgtrigger.FSM(name="decompte_passages", field="etat", transitions=DECOMPTE_PAIRS),
            pgtrigger.Protect(
                name="decompte_montant_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "genre", "origine", "montant", "du", "deja", "debut", "fin", "sinistre", "calcule_par", "corrige", "facture"
                ),
            ),
            pgtrigger.Protect(
                name="decompte_signe_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__approuve_par__isnull=False, old__approuve_par__df=pgtrigger.F("new__approuve_par")),
            ),
            pgtrigger.Protect(
                name="decompte_envoye_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__bordereau__isnull=False, old__bordereau__df=pgtrigger.F("new__bordereau")),
            ),
            pgtrigger.Protect(name="decompte_garde", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="decompte_somme_des_lignes",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__origine=OrigineDecompte.CALCULE.value),
                func=SOMME_DES_LIGNES.format(cle="NEW.id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debut:%d/%m/%Y} – {self.fin:%d/%m/%Y}"

    @property
    def collectivite_id(self) -> int:
        return self.sinistre.collectivite_id

    @property
    def organismes_ids(self) -> tuple[int, ...]:
        return self.sinistre.organismes_ids

    @property
    def compte_agent_id(self) -> int | None:
        return self.sinistre.compte_agent_id

    @property
    def paye_le_praticien(self) -> bool:
        """Whether it pays an invoice in tiers payant, of which nothing comes back to the collectivité."""
        frais = getattr(self, "frais", None)
        return frais is not None and bool(frais.tiers_payant)

    @transition(etat, source=list(PASSAGES_DECOMPTE["approuver"][0]), target=EtatDecompte.APPROUVE)
    def approuver(self, *, par: User) -> None:
        """By somebody else than its author (constraint)."""
        self.approuve_par, self.approuve_le = par, timezone.now()

    @transition(etat, source=list(PASSAGES_DECOMPTE["transmettre"][0]), target=EtatDecompte.TRANSMIS)
    def transmettre(self, *, bordereau: Bordereau) -> None:
        """Sent to the payer inside a bordereau."""
        self.bordereau = bordereau

    @transition(etat, source=list(PASSAGES_DECOMPTE["regler"][0]), target=EtatDecompte.REGLE)
    def regler(self) -> None:
        """The payer's notice says it is paid."""

    @transition(etat, source=list(PASSAGES_DECOMPTE["rejeter"][0]), target=EtatDecompte.REJETE)
    def rejeter(self, *, motif: str) -> None:
        """The approver, the payer or the bank refuses it; its period may be paid by another line."""
        self.motif_rejet = motif
