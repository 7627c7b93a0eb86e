"""The simulator's documents as the schema shows them; the engine reads the request itself (indemnities/*/simulation.py)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Booleen, Choix, Entier, Entree, Jour, Montant, Sortie, Texte
from contracts.enums import Diviseur, GenreFranchise, Nature, Regime, Statut
from indemnities.calcul.modele import Composante, Sort
from indemnities.droits.modele import Decompte, Dispense
from indemnities.droits.modele import Nature as NatureDeDroit

NATURES = [(n.value, Nature(n.value).label) for n in NatureDeDroit]
AMOUNT = r"^\d{1,12}(\.\d{1,6})?$"


class FamilleEntree(Entree):
    rang = Entier(required=False, help_text="Rang de l’enfant qui naît, parmi ceux à charge.")
    enfants = Entier(required=False, help_text="Enfants nés ou adoptés ensemble.")
    a_charge = Entier(required=False, help_text="Enfants à charge une fois l’enfant adopté arrivé.")
    naissance = Jour(required=False)
    partage = Booleen(required=False, help_text="Adoption partagée entre les parents.")
    postnatal = Booleen(required=False, help_text="Congé pathologique après la naissance.")
    taux = serializers.ListField(child=Texte(), required=False, help_text="Fractions des deux mois d’un congé de naissance.")


class ArretSimule(Entree):
    debut = Jour()
    fin = Jour(help_text="Dernier jour, compris.")
    certificat = Jour(required=False, help_text="Date d’effet du certificat ; le premier jour si absente.")
    nature = Choix(choices=NATURES, required=False, help_text="Celle de la demande si absente.")
    dossier = Texte(required=False, max_length=50, help_text="Clé opaque qui relie les arrêts d’une même affection, sans la nommer.")
    dispense = Choix(choices=[(d.value, d.value) for d in Dispense], required=False, help_text="Pourquoi aucun jour de carence.")
    deces_enfant = Jour(required=False)
    attente_avis = Booleen(required=False, help_text="Droits épuisés, avis du conseil médical attendu.")
    prolongation_exceptionnelle = Booleen(required=False)
    groupe = Entier(required=False, help_text="Groupe d’invalidité, de 1 à 3.")
    famille = FamilleEntree(required=False)
    quotite = Entier(required=False, help_text="Part du temps travaillé, en % : nécessaire à l’indemnité d’un temps partiel thérapeutique.")


class DroitsEntree(Entree):
    nature = Choix(choices=NATURES)
    regime = Choix(choices=Regime.choices, required=False)
    statut = Choix(choices=Statut.choices, required=False)
    entree = Jour(required=False, help_text="Entrée en fonctions d’un contractuel.")
    anciennete_mois = Entier(required=False, help_text="Ou ses mois de services au premier arrêt.")
    decompte = Choix(choices=[(d.value, d.value) for d in Decompte], required=False)
    arrets = ArretSimule(many=True, help_text="Tous les arrêts de l’agent, 1 000 au plus, dans n’importe quel ordre.")


class FranchiseEntree(Entree):
    genre = Choix(choices=GenreFranchise.choices, required=False)
    jours = Entier(required=False)
    carence_comprise = Booleen(required=False, help_text="Le jour de carence compte dans la franchise ; vrai si absent.")
    ecart = Entier(required=False, help_text="Jours entre deux arrêts qui n’ouvrent pas de seconde franchise.")


class MontantDate(Entree):
    debut = Jour()
    fin = Jour()
    montant = Montant()


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": AMOUNT},
            {
                "type": "object",
                "properties": {nom: {"type": "string", "pattern": AMOUNT} for nom in ("tib", "nbi", "sft", "ir", "primes", "charges")},
                "required": ["tib"],
                "additionalProperties": False,
            },
        ]
    }
)
class Base(serializers.JSONField):
    """Annual euros by component, charges in %; or the TIB alone."""


class IndemnitesEntree(DroitsEntree):
    base = Base(help_text="Montants annuels en euros par composante (charges en %), ou le traitement indiciaire brut seul.")
    diviseur = Choix(choices=Diviseur.choices, required=False, help_text="360 si absent.")
    franchise = FranchiseEntree(required=False, help_text="Ou un nombre de jours par arrêt, quelle que soit la nature.")
    niveau = Texte(required=False, help_text="De 0 à 1 : « 0.80 » pour 80 %.")
    niveau_ircantec = Booleen(required=False, help_text="Le niveau vaut aussi pour les agents de l’IRCANTEC.")
    survenance = Jour(required=False, help_text="Le premier jour d’arrêt si absente ; jamais après le dernier.")
    ijss = MontantDate(many=True, required=False, help_text="Indemnités journalières versées par la CPAM.")
    maintenu = MontantDate(many=True, required=False, help_text="Rémunération réellement maintenue, selon les bulletins.")
    plafond_jour = Montant(required=False)


class SegmentSortie(Sortie):
    debut = serializers.DateField()
    fin = serializers.DateField()
    jours = serializers.IntegerField()
    fraction = serializers.CharField(help_text="« 1 », « 0.9 », « 0.5 » ou « 0 ».")
    motif = serializers.CharField()


class DroitSortie(Sortie):
    debut = serializers.DateField()
    fin = serializers.DateField()
    segments = SegmentSortie(many=True)


class DroitsSortie(Sortie):
    arrets = DroitSortie(many=True)
    totaux = serializers.DictField(child=serializers.IntegerField(), help_text="Jours de chaque fraction.")


class PartSortie(Sortie):
    composante = serializers.ChoiceField(choices=[(c.value, c.value) for c in Composante])
    annuel = serializers.CharField()
    fraction = serializers.CharField()
    montant = serializers.CharField()


class TraceSortie(Sortie):
    regle = serializers.CharField(help_text="Code de la règle, qui ne change jamais.")
    motif = serializers.CharField()
    source = serializers.CharField(help_text="Le texte de loi.")  # type: ignore[assignment] # a field of that name
    base = PartSortie(many=True)
    diviseur = serializers.CharField()
    niveau = serializers.CharField()
    ijss = serializers.CharField()
    plafond = serializers.CharField(help_text="« MAINTENU », « CONTRAT » ou vide.")


class LigneSortie(Sortie):
    debut = serializers.DateField()
    fin = serializers.DateField()
    jours = serializers.IntegerField()
    nature = serializers.CharField()
    sort = serializers.ChoiceField(choices=[(s.value, s.value) for s in Sort])
    fraction = serializers.CharField()
    montant = serializers.CharField(help_text="Euros, deux décimales.")
    trace = TraceSortie()
    pourquoi = serializers.ListField(child=serializers.CharField())


class TotauxSortie(Sortie):
    jours = serializers.IntegerField()
    jours_payes = serializers.IntegerField()
    montant = serializers.CharField()


class IndemnitesSortie(Sortie):
    droits = DroitsSortie()
    lignes = LigneSortie(many=True)
    totaux = TotauxSortie()
