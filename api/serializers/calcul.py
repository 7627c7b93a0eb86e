"""Décomptes computed for a dossier."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Booleen, Choix, Entier, Entree, Jour, Sortie
from api.serializers.argent import DecompteSortie
from api.serializers.simulations import LigneSortie
from indemnities.enums import DispenseConnue


class ProjetSortie(Sortie):
    """A décompte that could be written now."""

    debut = serializers.DateField()
    fin = serializers.DateField()
    arret = serializers.IntegerField(allow_null=True)
    corrige = serializers.IntegerField(allow_null=True, help_text="Le décompte dont celui-ci serait la correction.")
    du = serializers.CharField(help_text="Ce que donnent les lignes, en euros.")
    deja = serializers.CharField(help_text="Ce qui est déjà décompté pour ces jours.")
    montant = serializers.CharField(help_text="La différence : négative, c’est un indu.")
    explication = serializers.CharField()
    lignes = LigneSortie(many=True)


class CalculSortie(Sortie):
    a_remplacer = serializers.ListField(child=serializers.IntegerField(), help_text="Décomptes encore à approuver que ce calcul écarte.")
    projets = ProjetSortie(many=True)
    total = serializers.CharField()
    reserves = serializers.ListField(child=serializers.CharField(), help_text="Ce qui attend malgré des pièces conformes.")


class DecomptesEcrits(Sortie):
    decomptes = DecompteSortie(many=True)


class FaitsDroitsEntree(Entree):
    """Only what is sent changes."""

    dispense = Choix(choices=[("", "Aucune"), *DispenseConnue.choices], required=False, help_text="Dispense de jour de carence.")
    naissance = Jour(required=False, allow_null=True)
    rang = Entier(required=False, min_value=1, max_value=20)
    enfants = Entier(required=False, min_value=1, max_value=9)
    a_charge = Entier(required=False, min_value=1, max_value=20)
    partage = Booleen(required=False)
    postnatal = Booleen(required=False)
    groupe = Entier(required=False, min_value=1, max_value=3)
    quatrieme_annee = Booleen(required=False)
    refus_debut = Jour(required=False, allow_null=True)
    refus_fin = Jour(required=False, allow_null=True)


class FaitsDroitsSortie(Sortie):
    dispense = serializers.CharField()
    naissance = serializers.DateField(allow_null=True)
    rang = serializers.IntegerField()
    enfants = serializers.IntegerField()
    a_charge = serializers.IntegerField()
    partage = serializers.BooleanField()
    postnatal = serializers.BooleanField()
    groupe = serializers.IntegerField()
    quatrieme_annee = serializers.BooleanField()
    refus_debut = serializers.DateField(allow_null=True)
    refus_fin = serializers.DateField(allow_null=True)
