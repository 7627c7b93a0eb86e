"""The journal of acts and the outbox of events.

Both are append-only: the application logins hold INSERT and SELECT on them and nothing else (see their migration), and both carry
the transaction that wrote them (`xid8`), because a reader that goes by id alone skips rows whose transaction commits late.
"""

from __future__ import annotations

from django.db import models


class Xid8Field(models.BigIntegerField):
    """PostgreSQL's 64-bit transaction id, filled by the database; never written by the application."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def get_db_prep_value(self, value: object, connection: object, prepared: bool = False) -> object:
        return None if value is None else str(value)

    def from_db_value(self, value: object, expression: object, connection: object) -> int | None:
        return None if value is None else int(str(value))


class CurrentXid(models.Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    output_field = Xid8Field()


class Entree(models.Model):
    """One act: who, when, on what, why. Its payload lives in `Contenu`, so that retention can erase it and leave the chain whole."""

    xid = Xid8Field(db_default=CurrentXid(), editable=False)
    le = models.DateTimeField("instant")
    acteur_id = models.BigIntegerField("compte", null=True)
    acteur = models.CharField("acteur", max_length=150)
    origine = models.CharField("processus", max_length=20)
    action = models.CharField(max_length=80)
    objet_type = models.CharField(max_length=40)
    objet_id = models.BigIntegerField()
    sinistre_id = models.BigIntegerField(null=True)
    motif = models.TextField(blank=True)
    empreinte = models.BinaryField("empreinte salée du contenu", max_length=32)

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "entrées du journal"
        indexes = [
            models.Index(fields=["sinistre_id", "-id"], name="journal_par_sinistre", condition=models.Q(sinistre_id__isnull=False)),
            models.Index(fields=["xid", "id"], name="journal_ordre_scellement"),
            models.Index(fields=["acteur_id", "-id"], name="journal_par_acteur"),
        ]

    def __str__(self) -> str:
        return f"{self.le:%Y-%m-%d %H:%M} {self.acteur} {self.action} {self.objet_type}:{self.objet_id}"


class Contenu(models.Model):
    """The payload of an entry, and the salt of its digest: erased together by retention, so that nothing can be guessed back."""

    entree = models.OneToOneField(Entree, on_delete=models.PROTECT, primary_key=True, related_name="contenu")
    donnees = models.JSONField(default=dict)
    sel = models.BinaryField(max_length=16)

    class Meta:
        verbose_name = "contenu d’entrée"
        verbose_name_plural = "contenus d’entrées"

    def __str__(self) -> str:
        return f"contenu de {self.entree_id}"


class Sceau(models.Model):
    """A link of the chain: written by the one sealer, some seconds after the entry, in (xid, id) order."""

    rang = models.BigIntegerField(primary_key=True)
    entree = models.OneToOneField(Entree, on_delete=models.PROTECT, related_name="sceau")
    precedent = models.BinaryField(max_length=32)
    empreinte = models.BinaryField(max_length=32)
    scelle_le = models.DateTimeField()

    class Meta:
        verbose_name = "sceau"
        verbose_name_plural = "sceaux"

    def __str__(self) -> str:
        return f"sceau {self.rang}"


class Evenement(models.Model):
    """What a lower room makes known to higher ones, written in the business transaction, consumed later and idempotently."""

    xid = Xid8Field(db_default=CurrentXid(), editable=False)
    le = models.DateTimeField("instant")
    type = models.CharField(max_length=80)
    objet_type = models.CharField(max_length=40)
    objet_id = models.BigIntegerField()
    sinistre_id = models.BigIntegerField(null=True)
    donnees = models.JSONField(default=dict)

    class Meta:
        verbose_name = "événement"
        verbose_name_plural = "événements"
        indexes = [models.Index(fields=["xid", "id"], name="evenement_ordre")]

    def __str__(self) -> str:
        return f"{self.type} {self.objet_type}:{self.objet_id}"


class Curseur(models.Model):
    """How far a consumer has read the outbox: every event at or below (xid, evenement_id) is handled or parked (`EvenementEcarte`)."""

    nom = models.CharField(max_length=60, primary_key=True)
    xid = Xid8Field(default=0)
    evenement_id = models.BigIntegerField(default=0)
    avance_le = models.DateTimeField(auto_now=True)
    tentatives = models.PositiveSmallIntegerField("échecs sur l’événement suivant", default=0)
    reprise_le = models.DateTimeField("prochain essai", null=True)
    erreur = models.CharField("dernier échec", max_length=200, blank=True)

    class Meta:
        verbose_name = "curseur de lecture"
        verbose_name_plural = "curseurs de lecture"

    def __str__(self) -> str:
        return f"{self.nom} → {self.evenement_id}"


class EvenementEcarte(models.Model):
    """An event that one consumer failed to handle time after time: put aside so that the others go on, until somebody replays it."""

    nom = models.CharField("consommateur", max_length=60)
    evenement = models.ForeignKey(Evenement, on_delete=models.PROTECT, related_name="mises_a_l_ecart")
    tentatives = models.PositiveSmallIntegerField()
    erreur = models.CharField(max_length=200)
    ecarte_le = models.DateTimeField("écarté le")
    traite_le = models.DateTimeField("traité le", null=True)

    class Meta:
        verbose_name = "événement écarté"
        verbose_name_plural = "événements écartés"
        constraints = [models.UniqueConstraint(fields=["nom", "evenement"], name="evenement_ecarte_unique")]
        indexes = [models.Index(fields=["nom", "evenement"], name="evenement_ecarte_ouvert", condition=models.Q(traite_le__isnull=True))]

    def __str__(self) -> str:
        return f"{self.nom} : événement {self.evenement_id}"
