"""Pièces: the dated lists that ask for them, the asked pièces of a sinistre, and the files that answer."""

from __future__ import annotations

import secrets

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.history import historise
from accounts.models import Collectivite, User
from cases.models import Arret, Sinistre
from contracts.enums import Nature, Regime
from contracts.models import ContratGroupe, DatedQuerySet, dates_in_order
from documents.enums import Canal, EtatDepot, EtatPiece, MotifRefusPiece, Stade, Visibilite

MAX_BYTES = 25 * 1024 * 1024


@historise()
class ListePieces(models.Model):
    """A version of the list of required pièces, of one contract or (no contract) of the CDG, in force between two dates."""

    contrat = models.ForeignKey(ContratGroupe, on_delete=models.PROTECT, null=True, blank=True, related_name="listes_pieces")
    version = models.PositiveIntegerField()
    debut = models.DateField("début")
    fin = models.DateField(null=True, blank=True)
    libelle = models.CharField("libellé", max_length=150)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "liste de pièces"
        verbose_name_plural = "listes de pièces"
        constraints = [
            models.UniqueConstraint(fields=["contrat", "version"], name="liste_version", nulls_distinct=False),
            dates_in_order("liste_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.libelle} (version {self.version})"


@historise()
class Exigence(models.Model):
    """One line of a list: a pièce that natures of a regime require at a stage."""

    liste = models.ForeignKey(ListePieces, on_delete=models.PROTECT, related_name="exigences")
    code = models.SlugField(max_length=40)
    libelle = models.CharField("libellé", max_length=200)
    aide = models.TextField("à quoi ressemble le document, ce qui en tient lieu", blank=True)
    a_ne_pas_envoyer = models.TextField("ce qu’il ne faut pas envoyer", blank=True)
    natures = ArrayField(models.CharField(max_length=8, choices=Nature.choices))
    regimes = ArrayField(models.CharField(max_length=10, choices=Regime.choices))
    stade = models.CharField(max_length=20, choices=Stade.choices)
    visibilite = models.CharField("visibilité", max_length=2, choices=Visibilite.choices)
    requise = models.BooleanField(default=True)
    par_periode = models.BooleanField("une par arrêt", default=False)
    ordre = models.PositiveSmallIntegerField(default=100)

    class Meta:
        verbose_name = "exigence de pièce"
        verbose_name_plural = "exigences de pièces"
        ordering = ["ordre", "pk"]
        constraints = [models.UniqueConstraint(fields=["liste", "code", "stade"], name="exigence_unique")]

    def __str__(self) -> str:
        return self.libelle


class Piece(models.Model):
    """A pièce asked of a sinistre (or of one of its arrêts), and what became of it."""

    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, related_name="pieces")
    arret = models.ForeignKey(Arret, on_delete=models.PROTECT, null=True, blank=True, related_name="pieces")
    exigence = models.ForeignKey(Exigence, on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=40)
    libelle = models.CharField("libellé", max_length=200)
    stade = models.CharField(max_length=20, choices=Stade.choices)
    visibilite = models.CharField("visibilité", max_length=2, choices=Visibilite.choices)
    requise = models.BooleanField(default=True)
    etat = models.CharField("état", max_length=20, choices=EtatPiece.choices, default=EtatPiece.DEMANDEE)
    demandee_le = models.DateTimeField("demandée le", default=timezone.now)
    recue_le = models.DateTimeField("reçue le", null=True, blank=True)
    sur_papier = models.BooleanField("reçue sur papier", default=False)
    decidee_le = models.DateTimeField("décidée le", null=True, blank=True)
    decidee_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    motif_refus = models.CharField("motif de refus", max_length=20, choices=MotifRefusPiece.choices, blank=True)
    message_refus = models.CharField("message à la collectivité", max_length=500, blank=True)

    class Meta:
        verbose_name = "pièce"
        constraints = [
            models.UniqueConstraint(fields=["sinistre", "code", "arret"], name="piece_unique", nulls_distinct=False),
            models.CheckConstraint(
                name="piece_refusee_motivee",
                condition=~Q(etat=EtatPiece.REFUSEE) | ~Q(motif_refus=""),
                violation_error_message="Une pièce refusée a un motif.",
            ),
            models.CheckConstraint(
                name="piece_decidee_par",
                condition=Q(etat__in=[EtatPiece.DEMANDEE, EtatPiece.A_CONTROLER]) | Q(decidee_le__isnull=False, decidee_par__isnull=False),
                violation_error_message="Une décision sur une pièce a un auteur et une date.",
            ),
        ]
        indexes = [
            models.Index(fields=["sinistre", "etat"], name="piece_par_sinistre"),
            models.Index(fields=["etat", "demandee_le"], name="piece_manquante", condition=Q(requise=True)),
        ]

    def __str__(self) -> str:
        return self.libelle

    @property
    def est_medicale(self) -> bool:
        return self.visibilite == Visibilite.M

    @property
    def est_attendue(self) -> bool:
        """What the collectivité still owes."""
        return self.requise and self.etat in (EtatPiece.DEMANDEE, EtatPiece.REFUSEE)


def new_key() -> str:
    """An object key that says nothing: no name, no number, no date."""
    return secrets.token_hex(20)


class Depot(models.Model):
    """One file on its way: announced, put in quarantine by the sender, checked, published. A medical pièce never has one here."""

    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, related_name="depots")
    cle = models.CharField("clé de quarantaine", max_length=64, unique=True, default=new_key, editable=False)
    cle_publiee = models.CharField("clé publiée", max_length=64, blank=True, editable=False)
    nom = models.CharField("nom du fichier", max_length=255)
    type = models.CharField(max_length=100)
    taille = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MAX_BYTES)])
    sha256 = models.CharField("empreinte annoncée", max_length=64, blank=True)
    sha256_verifie = models.CharField("empreinte vérifiée", max_length=64, blank=True)
    etat = models.CharField("état", max_length=20, choices=EtatDepot.choices, default=EtatDepot.ATTENDU)
    motif = models.CharField(max_length=200, blank=True)
    sans_antivirus = models.BooleanField("accepté sans antivirus (démonstration)", default=False)
    depose_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("annoncé le", default=timezone.now)
    confirme_le = models.DateTimeField("confirmé le", null=True)
    controle_le = models.DateTimeField("contrôlé le", null=True)
    tentatives = models.PositiveSmallIntegerField(default=0)
    prochain_essai = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "fichier déposé"
        verbose_name_plural = "fichiers déposés"
        constraints = [
            models.CheckConstraint(
                name="depot_disponible_verifie",
                condition=~Q(etat=EtatDepot.DISPONIBLE) | (~Q(sha256_verifie="") & ~Q(cle_publiee="")),
                violation_error_message="Un fichier disponible a une empreinte vérifiée.",
            ),
            models.CheckConstraint(
                name="depot_ecarte_motive",
                condition=~Q(etat=EtatDepot.ECARTE) | ~Q(motif=""),
                violation_error_message="Un fichier écarté a un motif.",
            ),
        ]
        indexes = [
            models.Index(fields=["piece", "-id"], name="depot_par_piece"),
            models.Index(fields=["prochain_essai"], name="depot_a_controler", condition=Q(etat=EtatDepot.CONTROLE)),
            models.Index(fields=["cree_le"], name="depot_attendu", condition=Q(etat=EtatDepot.ATTENDU)),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def quarantine_name(self) -> str:
        return f"quarantaine/{self.cle}"

    @property
    def final_name(self) -> str:
        return published_name(self.cle_publiee)


def published_name(cle: str) -> str:
    """Where scanned bytes are published, under a key drawn afresh by each attempt to publish."""
    return f"pieces/{cle}"


class Courrier(models.Model):
    """Late paper: what came by post, e-mail or fax, waiting to be filed to a dossier or to become a declaration."""

    recu_le = models.DateField("reçu le", default=timezone.localdate)
    canal = models.CharField(max_length=20, choices=Canal.choices)
    expediteur = models.CharField("expéditeur", max_length=200)
    collectivite = models.ForeignKey(Collectivite, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    objet = models.CharField(max_length=200)
    depot = models.OneToOneField(Depot, on_delete=models.PROTECT, null=True, blank=True, related_name="courrier")
    saisi_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, null=True, blank=True, related_name="courriers")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="courriers")
    classe_le = models.DateTimeField("classé le", null=True, blank=True)
    classe_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sans_suite = models.CharField("sans suite, parce que", max_length=200, blank=True)

    class Meta:
        verbose_name = "courrier"
        constraints = [
            models.CheckConstraint(
                name="courrier_classe",
                condition=Q(classe_le__isnull=True, sinistre__isnull=True, sans_suite="")
                | (Q(classe_le__isnull=False, classe_par__isnull=False) & (Q(sinistre__isnull=False) | ~Q(sans_suite=""))),
                violation_error_message="Un courrier classé rejoint un dossier, ou dit pourquoi il reste sans suite.",
            ),
        ]
        indexes = [models.Index(fields=["recu_le", "id"], name="courrier_a_classer", condition=Q(classe_le__isnull=True))]

    def __str__(self) -> str:
        return self.objet
