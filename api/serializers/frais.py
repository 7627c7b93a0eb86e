"""Frais médicaux, certificates of prise en charge provisoire, capital décès."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Booleen, Choix, Entier, Entree, Identifiant, Jour, Montant, Sortie, Texte
from api.serializers.argent import DecompteSortie
from indemnities.droits.deces import Cause, Lien
from indemnities.services.capital import MAX_PERSONNES
from workflows.frais import FactureSuivie


class FactureEntree(Entree):
    facture = Identifiant(help_text="Numéro de la facture, tel que la liste le donne.")
    alertes_assumees = Texte(required=False, max_length=300, help_text="Pourquoi payer malgré une facture de même date et montant.")


class FactureSoinsSortie(Sortie):
    """What has left the bulle of one invoice, and what is counted of it. Neither care nor practitioner."""

    facture = serializers.IntegerField(source="facture.numero")
    date = serializers.DateField(source="facture.facture_du")
    soins_debut = serializers.DateField(source="facture.debut")
    soins_fin = serializers.DateField(source="facture.fin")
    montant = serializers.DecimalField(source="facture.total", max_digits=10, decimal_places=2)
    tiers_payant = serializers.BooleanField(source="facture.tiers_payant", help_text="Payée au praticien.")
    corrigee = serializers.BooleanField(help_text="Corrigée dans la bulle depuis sa première saisie.")
    decompte = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="Déjà décompté, en euros.")
    reste = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="À décompter ; négatif pour ce qui est à reverser.")
    payable = serializers.BooleanField(source="peut_etre_payee")
    indue = serializers.BooleanField(source="est_indue", help_text="Payée sur un certificat dont l’imputabilité est refusée.")
    titre = serializers.CharField(source="couverture.titre", help_text="Ce qui permet de la payer.")
    obstacles = serializers.ListField(child=serializers.CharField(), help_text="Pourquoi elle ne se paie pas.")
    decomptes = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_decomptes(self, suivie: FactureSuivie) -> list[int]:
        return [decompte.pk for decompte in suivie.decomptes]


class FacturesSoinsSortie(Sortie):
    resultats = FactureSoinsSortie(many=True)


class PriseEnChargeEntree(Entree):
    debut = Jour(help_text="Premier jour des soins couverts.")
    fin = Jour(help_text="Dernier jour, compris.")


class RetraitEntree(Entree):
    au = Jour(required=False, help_text="Ne vaut plus à compter de ce jour ; aujourd’hui si absent.")
    motif = Texte(max_length=200)


class PriseEnChargeSortie(Sortie):
    id = serializers.IntegerField()
    numero = serializers.CharField()
    debut = serializers.DateField()
    fin = serializers.DateField()
    donnee_le = serializers.DateTimeField()
    donnee_par = serializers.CharField(source="donnee_par.get_full_name")
    retiree_au = serializers.DateField(allow_null=True)
    motif_retrait = serializers.CharField()


class PrisesEnChargeSortie(Sortie):
    resultats = PriseEnChargeSortie(many=True)


class ConjointEntree(Entree):
    lien = Choix(choices=[(lien.value, lien.value) for lien in Lien])
    depuis = Jour()
    separe = Booleen(required=False)


class EnfantEntree(Entree):
    naissance = Jour()
    infirme = Booleen(required=False, help_text="A droit sans limite d’âge.")
    impose = Booleen(required=False, help_text="Imposé sur ses propres biens.")


class CapitalEntree(Entree):
    age_legal = Booleen(help_text="L’âge légal de la retraite était atteint.")
    cause = Choix(choices=[(cause.value, cause.value) for cause in Cause], required=False)
    remuneration = Montant(required=False, allow_null=True, help_text="Brute annuelle ; celle des contrats si absente.")
    conjoint = ConjointEntree(required=False, allow_null=True)
    enfants = serializers.ListField(child=EnfantEntree(), required=False, max_length=MAX_PERSONNES)
    ascendants = Entier(required=False, min_value=0, max_value=MAX_PERSONNES)
    essai = Booleen(required=False, help_text="Vrai : calculer sans rien écrire.")


class PartDeCapital(Sortie):
    beneficiaire = serializers.CharField()
    rang = serializers.IntegerField()
    montant = serializers.DecimalField(max_digits=10, decimal_places=2)


class CapitalSortie(Sortie):
    """What the facts give; `decomptes` are those written, none for a trial."""

    du = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="Par versement, en euros.")
    versements = serializers.ListField(child=serializers.DateField())
    parts = PartDeCapital(many=True)
    explication = serializers.CharField()
    decomptes = DecompteSortie(many=True)

    @staticmethod
    def de(proposition: Any, decomptes: Any) -> dict[str, Any]:
        premier = proposition.versements[0]
        parts = [{"beneficiaire": x.trace["beneficiaire"], "rang": x.trace["rang"], "montant": x.montant} for x in premier.lignes]
        return {
            "du": premier.du,
            "versements": [versement.le for versement in proposition.versements],
            "parts": parts,
            "explication": proposition.explication,
            "decomptes": decomptes,
        }
