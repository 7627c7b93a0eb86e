"""Subscriptions of other programs, and their calls."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Choix, Entree, Identifiant, Instant, Pagine, Sortie, Texte
from notifications.enums import EtatLivraison, MotifPause
from notifications.models import Abonnement
from notifications.webhooks.catalogue import TYPES

ETATS = ("ACTIF", "EN_PAUSE", "FERME")


class FiltreLivraisons(Pagine):
    etat = Choix(choices=EtatLivraison.choices, required=False)
    sinistre = Texte(required=False, max_length=20, help_text="Numéro de dossier.")


class RejouerEntree(Entree):
    """One of `livraison`, `depuis`, `sinistre` at least: the service says so."""

    livraison = Identifiant(required=False, help_text="Un seul appel.")
    depuis = Instant(required=False, help_text="Les appels écrits à partir de cet instant.")
    jusqu_a = Instant(required=False, help_text="Et avant celui-ci.")
    sinistre = Texte(required=False, max_length=20, help_text="Numéro d’un dossier : les siens seulement.")


class AbonnementSortie(Sortie):
    id = serializers.UUIDField(source="uid", help_text="Aussi dans le champ « abonnement » de chaque appel.")
    nom = serializers.CharField()
    collectivite = serializers.SerializerMethodField(help_text="SIRET ; null : les dossiers de toutes.")
    types = serializers.ListField(child=serializers.ChoiceField(choices=[(un.code, un.libelle) for un in TYPES.values()]))
    etat = serializers.SerializerMethodField()
    pause_motif = serializers.ChoiceField(choices=[("", "aucun"), *MotifPause.choices])
    attendent = serializers.IntegerField(help_text="Appels à faire.")
    abandonnees = serializers.IntegerField(help_text="Appels abandonnés que personne n’a vus.")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_collectivite(self, abonnement: Abonnement) -> str | None:
        return abonnement.collectivite.siret if abonnement.collectivite is not None else None

    @extend_schema_field({"type": "string", "enum": list(ETATS)})
    def get_etat(self, abonnement: Abonnement) -> str:
        if abonnement.ferme_le is not None:
            return "FERME"
        return "ACTIF" if abonnement.actif else "EN_PAUSE"


class AbonnementsSortie(Sortie):
    resultats = AbonnementSortie(many=True)


class LivraisonSortie(Sortie):
    id = serializers.IntegerField()
    identifiant = serializers.UUIDField(source="uid", help_text="L’en-tête « Webhook-Id », le même à chaque essai.")
    type = serializers.CharField()
    sinistre = serializers.CharField(source="numero", allow_null=True)
    rang = serializers.IntegerField(help_text="Rang dans la suite de son dossier (ou de son bordereau).")
    etat = serializers.ChoiceField(choices=EtatLivraison.choices)
    tentatives = serializers.IntegerField()
    statut_http = serializers.IntegerField(allow_null=True, help_text="Dernière réponse ; null sans réponse.")
    erreur = serializers.CharField()
    cree_le = serializers.DateTimeField()
    prochaine_le = serializers.DateTimeField(help_text="Prochain essai, tant qu’il est à livrer.")
    livree_le = serializers.DateTimeField(allow_null=True)


class PageLivraisons(Sortie):
    resultats = LivraisonSortie(many=True)
    suivant = serializers.URLField(allow_null=True)


class RejouerSortie(Sortie):
    rejouees = serializers.IntegerField(help_text="Appels qui vont repartir ; ceux qui sont en cours restent.")
    gardees_depuis = serializers.DateTimeField(
        help_text="Les appels terminés avant cet instant ne sont plus gardés, sauf le dernier de chaque dossier."
    )
