"""The e-mails of a dossier."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Choix, Pagine, Sortie, Texte
from notifications.enums import EtatCourriel, GenreCourriel


class FiltreCourriels(Pagine):
    sinistre = Texte(required=False, max_length=20, help_text="Numéro du dossier ; les récapitulatifs qui en parlent sont compris.")
    etat = Choix(choices=EtatCourriel.choices, required=False)


class CourrielSortie(Sortie):
    id = serializers.IntegerField()
    sinistre = serializers.CharField(source="sinistre.numero", allow_null=True, default=None, help_text="Nul pour un récapitulatif.")
    genre = serializers.ChoiceField(choices=GenreCourriel.choices)
    etat = serializers.ChoiceField(choices=EtatCourriel.choices)
    adresse = serializers.CharField()
    cree_le = serializers.DateTimeField()
    tentatives = serializers.IntegerField()
    transmis_le = serializers.DateTimeField(allow_null=True, help_text="Remis au serveur de messagerie.")
    envoye_le = serializers.DateTimeField(allow_null=True, help_text="Accepté par lui ; un courriel rejeté garde cette date.")
    conserve = serializers.BooleanField(help_text="Vrai quand l’installation garde les courriels au lieu de les envoyer.")
    erreur = serializers.CharField(help_text="Dernier échec, sans adresse.")
    message_id = serializers.CharField()
    traite_le = serializers.DateTimeField(source="vu_le", allow_null=True, help_text="Quand quelqu’un a décidé d’un courriel non arrivé.")


class PageCourriels(Sortie):
    resultats = CourrielSortie(many=True)
    suivant = serializers.URLField(allow_null=True)
