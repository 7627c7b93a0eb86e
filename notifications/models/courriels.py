"""The outbox of e-mails: one row per e-mail, its text as it left, and what became of it."""

from __future__ import annotations

from email.utils import parseaddr

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from cases.models import Sinistre
from notifications.enums import EN_DEFAUT, OUVERTS, EtatCourriel, GenreCourriel


def message_id_of(cle: str) -> str:
    """The Message-ID of an intent: always the same, so that a receiver who gets it twice can tell. It says nothing of the dossier.

    Under the installation's key: whoever could reckon it could forge the bounce that silences an address.
    """
    domaine = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{salted_hmac('notifications.message_id', cle, algorithm='sha256').hexdigest()[:40]}@{domaine}>"


def _un_recapitulatif(name: str, destinataire: str, *more: str, connu: bool, condition: Q) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=[destinataire, *more],
        condition=Q(genre=GenreCourriel.RECAPITULATIF, destinataire__isnull=not connu) & condition,
        name=name,
    )


class Courriel(models.Model):
    """One e-mail to one address: it carries one annonce, or those of a person's day (RECAPITULATIF).

    It is written at the moment it leaves (`objet`, `texte`, `html` are empty before), from what still holds then. `transmis_le` is
    committed just before the server is asked to accept: a relay that dies earlier has sent nothing. `jour` is the day a digest left on:
    the database allows a person one.
    """

    cle = models.CharField("clé de l’intention", max_length=150, unique=True)
    genre = models.CharField(max_length=30, choices=GenreCourriel.choices)
    destinataire = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="courriels")
    adresse = models.EmailField()
    sinistre = models.ForeignKey(Sinistre, on_delete=models.PROTECT, null=True, related_name="courriels")
    objet = models.CharField(max_length=200, blank=True)
    texte = models.TextField(blank=True)
    html = models.TextField(blank=True)

    etat = models.CharField("état", max_length=20, choices=EtatCourriel.choices, default=EtatCourriel.A_ENVOYER)
    message_id = models.CharField("Message-ID", max_length=150, unique=True)
    tentatives = models.PositiveSmallIntegerField(default=0)
    cree_le = models.DateTimeField("créé le", default=timezone.now)
    prochaine_le = models.DateTimeField("prochain essai", default=timezone.now)
    bail = models.UUIDField(null=True)
    bail_jusqu_a = models.DateTimeField("bail jusqu’à", null=True)
    transmis_le = models.DateTimeField("remis au serveur le", null=True)
    jour = models.DateField("jour du récapitulatif", null=True)
    envoye_le = models.DateTimeField("envoyé le", null=True)
    conserve = models.BooleanField("conservé sans partir", default=False)
    erreur = models.CharField("dernier échec", max_length=200, blank=True)
    renvoi_de = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="renvois")
    vu_le = models.DateTimeField("défaut traité le", null=True)
    vu_par = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    vu_motif = models.CharField("ce qui a été fait, ou pourquoi renvoyer", max_length=200, blank=True)

    class Meta:
        verbose_name = "courriel"
        constraints = [
            models.CheckConstraint(
                name="courriel_envoye_date",
                condition=Q(etat=EtatCourriel.ENVOYE, envoye_le__isnull=False)
                | Q(etat=EtatCourriel.REJETE)
                | (~Q(etat__in=[EtatCourriel.ENVOYE, EtatCourriel.REJETE]) & Q(envoye_le__isnull=True)),
                violation_error_message="Un courriel envoyé, et lui seul, a une date d’envoi.",
            ),
            models.CheckConstraint(
                name="courriel_en_cours_bail",
                condition=Q(etat=EtatCourriel.EN_COURS, bail__isnull=False, bail_jusqu_a__isnull=False)
                | (~Q(etat=EtatCourriel.EN_COURS) & Q(bail__isnull=True, bail_jusqu_a__isnull=True)),
                violation_error_message="Un courriel en cours d’envoi, et lui seul, est sous bail.",
            ),
            _un_recapitulatif("recapitulatif_ouvert_personne", "destinataire", connu=True, condition=Q(etat__in=OUVERTS)),
            _un_recapitulatif("recapitulatif_ouvert_adresse", "adresse", connu=False, condition=Q(etat__in=OUVERTS)),
            _un_recapitulatif("recapitulatif_du_jour_personne", "destinataire", "jour", connu=True, condition=Q(jour__isnull=False)),
            _un_recapitulatif("recapitulatif_du_jour_adresse", "adresse", "jour", connu=False, condition=Q(jour__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["prochaine_le", "id"], name="courriel_a_envoyer", condition=Q(etat=EtatCourriel.A_ENVOYER)),
            models.Index(fields=["bail_jusqu_a"], name="courriel_en_cours", condition=Q(etat=EtatCourriel.EN_COURS)),
            models.Index(fields=["sinistre", "-id"], name="courriel_par_sinistre", condition=Q(sinistre__isnull=False)),
            models.Index(fields=["etat", "-id"], name="courriel_par_etat"),
            models.Index(fields=["-id"], name="courriel_a_traiter", condition=Q(etat__in=EN_DEFAUT, vu_le__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} ({self.pk})"
