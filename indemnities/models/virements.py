"""Transfers of the CDG (contracts it settles itself): accounts confirmed by two people, remises signed by two, each bordereau paid once.

Nothing that says who is paid, how much or where is ever edited: an account is replaced, a wrong remise is given up and another made.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Collectivite, User
from indemnities.enums import EtatCompte, EtatRemise, EtatVirement, GenreRetour
from indemnities.models.paiements import Bordereau

VIVANTS = (EtatVirement.PREVU, EtatVirement.EMIS, EtatVirement.EXECUTE)
"""States of a transfer that pays its bordereau, or may still: a bordereau has one at most."""

PASSAGES_COMPTE = [("SAISI", "EN_VIGUEUR"), ("SAISI", "ECARTE"), ("EN_VIGUEUR", "REMPLACE")]
PASSAGES_REMISE = [
    ("BROUILLON", "SIGNEE"), ("BROUILLON", "ABANDONNEE"), ("SIGNEE", "ABANDONNEE"), ("SIGNEE", "EMISE"),
    *((avant, apres) for avant in ("EMISE", "REGLEE", "PARTIELLE") for apres in ("REGLEE", "PARTIELLE", "REJETEE") if avant != apres),
]  # fmt: skip
PASSAGES_VIREMENT = [
    ("PREVU", "EMIS"), ("PREVU", "ABANDONNE"), ("EMIS", "EXECUTE"), ("EMIS", "REJETE"), ("EXECUTE", "REJETE"),
]  # fmt: skip
"""An executed transfer can still come back: the payee's bank returns it."""

PAYEUR_CDG = """
    IF NOT EXISTS (SELECT 1 FROM indemnities_bordereau b JOIN contracts_contratgroupe c ON c.id = b.contrat_id
                   WHERE b.id = NEW.bordereau_id AND c.mode_reglement = 'CDG') THEN
        RAISE EXCEPTION 'bordereau % : son contrat est réglé par l''assureur', NEW.bordereau_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class CompteBancaire(models.Model):
    """A bank account of a collectivité, or of the CDG itself (`collectivite` empty). Keyed by one person, confirmed by another.

    `saisi_par` is empty on accounts taken over from an earlier version only: those wait for two people.
    """

    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, blank=True, related_name="comptes")
    titulaire = models.CharField(max_length=70)
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11, blank=True)
    rue = models.CharField(max_length=70, blank=True)
    code_postal = models.CharField("code postal", max_length=16, blank=True)
    ville = models.CharField(max_length=35, blank=True)
    pays = models.CharField(max_length=2, blank=True)
    etat = models.CharField("état", max_length=10, choices=EtatCompte.choices, default=EtatCompte.SAISI)
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    saisi_le = models.DateTimeField("saisi le", default=timezone.now)
    confirme_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirme_le = models.DateTimeField("confirmé le", null=True, blank=True)
    fini_le = models.DateTimeField("remplacé ou écarté le", null=True, blank=True)
    motif = models.CharField("écarté parce que", max_length=200, blank=True)

    class Meta:
        verbose_name = "compte bancaire"
        verbose_name_plural = "comptes bancaires"
        constraints = [
            models.CheckConstraint(
                name="compte_deux_personnes",
                condition=Q(etat__in=[EtatCompte.SAISI, EtatCompte.ECARTE])
                | (Q(saisi_par__isnull=False, confirme_par__isnull=False, confirme_le__isnull=False) & ~Q(confirme_par=F("saisi_par"))),
                violation_error_message="Un compte en vigueur a été saisi par une personne et confirmé par une autre.",
            ),
            models.CheckConstraint(
                name="compte_adresse_structuree",
                condition=Q(ville="", pays="", rue="", code_postal="") | (~Q(ville="") & ~Q(pays="")),
                violation_error_message="Une adresse a au moins une ville et un pays.",
            ),
            models.UniqueConstraint(
                name="compte_un_en_vigueur",
                fields=["collectivite"],
                condition=Q(etat=EtatCompte.EN_VIGUEUR),
                nulls_distinct=False,
                violation_error_message="Un autre compte est déjà en vigueur.",
            ),
            models.UniqueConstraint(
                name="compte_un_a_confirmer",
                fields=["collectivite"],
                condition=Q(etat=EtatCompte.SAISI),
                nulls_distinct=False,
                violation_error_message="Un autre compte attend déjà d’être confirmé.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="compte_passages", field="etat", transitions=PASSAGES_COMPTE),
            pgtrigger.Protect(
                name="compte_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "collectivite", "titulaire", "iban", "bic", "rue", "code_postal", "ville", "pays", "saisi_le"
                ),
            ),
            pgtrigger.Protect(
                name="compte_saisi_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__saisi_par__isnull=False, old__saisi_par__df=pgtrigger.F("new__saisi_par")),
            ),
            pgtrigger.Protect(
                name="compte_confirme_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__confirme_par__isnull=False)
                & (
                    pgtrigger.Q(old__confirme_par__df=pgtrigger.F("new__confirme_par"))
                    | pgtrigger.Q(old__confirme_le__df=pgtrigger.F("new__confirme_le"))
                ),
            ),
            pgtrigger.Protect(name="compte_garde", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.titulaire} …{self.iban[-4:]}"

    @property
    def iban_lisible(self) -> str:
        """By groups of four, as on a RIB."""
        return " ".join(self.iban[i : i + 4] for i in range(0, len(self.iban), 4))


class Remise(models.Model):
    """Transfers given to the bank in one file. Its number is the file's message id, for ever.

    At signature the digest of the file (pain.001.001.09) is frozen with the signatory: no other bytes ever leave under this number.
    """

    numero = models.CharField("numéro", max_length=20, unique=True, editable=False)
    compte = models.ForeignKey(CompteBancaire, on_delete=models.PROTECT, related_name="+", verbose_name="compte débité")
    execution = models.DateField("à exécuter le")
    nombre = models.PositiveIntegerField("nombre de virements")
    total = models.DecimalField(max_digits=12, decimal_places=2)
    alertes_assumees = models.CharField("pourquoi continuer malgré les alertes", max_length=500, blank=True)
    etat = models.CharField("état", max_length=10, choices=EtatRemise.choices, default=EtatRemise.BROUILLON)
    cree_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("composée le", default=timezone.now)
    signe_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signe_le = models.DateTimeField("signée le", null=True, blank=True)
    sha256 = models.CharField("empreinte du fichier", max_length=64, blank=True)
    taille = models.PositiveIntegerField("octets", null=True, blank=True)
    ecrit_le = models.DateTimeField("fichier gardé le", null=True, blank=True)
    emis_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    emis_le = models.DateTimeField("émise le", null=True, blank=True)
    motif_abandon = models.CharField("abandonnée parce que", max_length=200, blank=True)

    class Meta:
        verbose_name = "remise"
        constraints = [
            models.CheckConstraint(
                name="remise_deux_personnes",
                condition=Q(etat__in=[EtatRemise.BROUILLON, EtatRemise.ABANDONNEE])
                | (Q(signe_par__isnull=False, signe_le__isnull=False, taille__isnull=False) & ~Q(sha256="") & ~Q(signe_par=F("cree_par"))),
                violation_error_message="Une remise est signée par une autre personne que celle qui l’a composée.",
            ),
            models.CheckConstraint(
                name="remise_emise_par",
                condition=Q(etat__in=[EtatRemise.BROUILLON, EtatRemise.SIGNEE, EtatRemise.ABANDONNEE])
                | Q(emis_par__isnull=False, emis_le__isnull=False, ecrit_le__isnull=False),
                violation_error_message="Une remise émise dit qui a pris son fichier, et quand.",
            ),
            models.CheckConstraint(
                name="remise_abandon_motive",
                condition=~Q(etat=EtatRemise.ABANDONNEE) | ~Q(motif_abandon=""),
                violation_error_message="Une remise abandonnée a un motif.",
            ),
            models.CheckConstraint(
                name="remise_positive",
                condition=Q(total__gt=0, nombre__gt=0),
                violation_error_message="Une remise a au moins un virement.",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="remise_sans_fichier", condition=Q(etat=EtatRemise.SIGNEE, ecrit_le__isnull=True)),
        ]
        triggers = [
            pgtrigger.FSM(name="remise_passages", field="etat", transitions=PASSAGES_REMISE),
            pgtrigger.Protect(
                name="remise_figee",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("numero", "compte", "execution", "nombre", "total", "cree_par", "cree_le"),
            ),
            pgtrigger.Protect(
                name="remise_signee_figee",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__signe_par__isnull=False)
                & (
                    pgtrigger.Q(old__signe_par__df=pgtrigger.F("new__signe_par"))
                    | pgtrigger.Q(old__signe_le__df=pgtrigger.F("new__signe_le"))
                    | pgtrigger.Q(old__sha256__df=pgtrigger.F("new__sha256"))
                    | pgtrigger.Q(old__taille__df=pgtrigger.F("new__taille"))
                    | pgtrigger.Q(old__alertes_assumees__df=pgtrigger.F("new__alertes_assumees"))
                ),
            ),
            pgtrigger.Protect(name="remise_garde", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.numero

    @property
    def nom_fichier(self) -> str:
        """Its object in the store: fixed, so that writing it again after a crash leaves one."""
        return f"remises/{self.numero}.xml"


class Virement(models.Model):
    """One transfer: what one bordereau is owed, on one account. `reference` is its EndToEndId, never used again."""

    remise = models.ForeignKey(Remise, on_delete=models.PROTECT, related_name="virements")
    bordereau = models.ForeignKey(Bordereau, on_delete=models.PROTECT, related_name="virements")
    compte = models.ForeignKey(CompteBancaire, on_delete=models.PROTECT, related_name="+", verbose_name="compte crédité")
    essai = models.PositiveSmallIntegerField()
    reference = models.CharField("référence de bout en bout", max_length=35, unique=True)
    montant = models.DecimalField(max_digits=11, decimal_places=2)
    libelle = models.CharField("libellé", max_length=140)
    etat = models.CharField("état", max_length=10, choices=EtatVirement.choices, default=EtatVirement.PREVU)
    execute_le = models.DateField("exécuté le", null=True, blank=True)
    code_rejet = models.CharField("code du rejet", max_length=10, blank=True)
    motif_rejet = models.CharField("motif du rejet", max_length=200, blank=True)

    class Meta:
        verbose_name = "virement"
        constraints = [
            models.UniqueConstraint(
                name="virement_bordereau_paye_une_fois",
                fields=["bordereau"],
                condition=Q(etat__in=VIVANTS),
                violation_error_message="Ce bordereau a déjà son virement.",
            ),
            models.UniqueConstraint(name="virement_essai_unique", fields=["bordereau", "essai"]),
            models.CheckConstraint(name="virement_positif", condition=Q(montant__gt=0), violation_error_message="Un virement est positif."),
            models.CheckConstraint(
                name="virement_execute_date",
                condition=~Q(etat=EtatVirement.EXECUTE) | Q(execute_le__isnull=False),
                violation_error_message="Un virement exécuté a une date.",
            ),
            models.CheckConstraint(
                name="virement_rejet_motive",
                condition=~Q(etat=EtatVirement.REJETE) | ~Q(motif_rejet=""),
                violation_error_message="Un virement rejeté a un motif.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="virement_passages", field="etat", transitions=PASSAGES_VIREMENT),
            pgtrigger.Protect(
                name="virement_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("remise", "bordereau", "compte", "essai", "reference", "montant", "libelle"),
            ),
            pgtrigger.Trigger(name="virement_payeur_cdg", operation=pgtrigger.Insert, when=pgtrigger.Before, func=PAYEUR_CDG),
            pgtrigger.Protect(name="virement_garde", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.reference


class RetourPaiement(models.Model):
    """A message about payments, as it came: kept with its digest, read once. `lignes` says what was done for each line of it:
    reference, sort, montant (text), issue (IssueRetour), detail."""

    genre = models.CharField(max_length=10, choices=GenreRetour.choices)
    message = models.CharField("référence du message", max_length=60, blank=True)
    sha256 = models.CharField("empreinte", max_length=64, unique=True)
    taille = models.PositiveIntegerField("octets")
    importe_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    importe_le = models.DateTimeField("importé le", default=timezone.now)
    lignes = models.JSONField(default=list)
    traite_le = models.DateTimeField("traité en entier le", null=True, blank=True)

    class Meta:
        verbose_name = "retour de paiement"
        verbose_name_plural = "retours de paiement"
        indexes = [models.Index(fields=["id"], name="retour_a_traiter", condition=Q(traite_le__isnull=True))]
        triggers = [
            pgtrigger.Protect(
                name="retour_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("genre", "message", "sha256", "taille", "importe_par", "importe_le"),
            ),
            pgtrigger.Protect(name="retour_traite_fige", operation=pgtrigger.Update, condition=pgtrigger.Q(old__traite_le__isnull=False)),
            pgtrigger.Protect(name="retour_garde", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} {self.message}"

    @property
    def nom_fichier(self) -> str:
        return f"retours/{self.sha256}"
