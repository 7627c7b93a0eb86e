"""What is known besides the dossier."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Choix, Entree, Jour, Montant, Sortie, Texte
from indemnities.enums import DispenseConnue, GenreMontant, OrigineConstat
from indemnities.models import ArretConnu
from indemnities.rules_constats import MOTIF_MAX, REFERENCE_MAX

NATURES = ArretConnu._meta.get_field("nature").flatchoices


class AgentEntree(Entree):
    collectivite = Texte(max_length=14, help_text="SIRET.")
    agent = Texte(max_length=30, help_text="Matricule.")


class ArretConnuEntree(AgentEntree):
    nature = Choix(choices=NATURES)
    debut = Jour()
    fin = Jour(help_text="Dernier jour, compris.")
    certificat_du = Jour(required=False, allow_null=True, help_text="« debut » si absent.")
    dispense = Choix(choices=DispenseConnue.choices, required=False, help_text="De jour de carence. Jamais le motif médical.")


class MontantConstateEntree(Entree):
    genre = Choix(choices=GenreMontant.choices)
    debut = Jour()
    fin = Jour(help_text="Dernier jour, compris.")
    montant = Montant(help_text="Euros bruts de toute la période, jamais négatifs.")
    reference = Texte(max_length=REFERENCE_MAX, help_text="Du décompte ou du bulletin.")


class AnnulationEntree(Entree):
    motif = Texte(max_length=MOTIF_MAX)


class ConstatSortie(Sortie):
    """Common to both: an annulled row stays, with its motive."""

    id = serializers.IntegerField()
    debut = serializers.DateField()
    fin = serializers.DateField()
    origine = serializers.ChoiceField(choices=OrigineConstat.choices)
    saisi_le = serializers.DateTimeField()
    annule_le = serializers.DateTimeField(allow_null=True)
    motif_annulation = serializers.CharField()


class ArretConnuSortie(ConstatSortie):
    collectivite = serializers.CharField(source="agent.collectivite.siret", help_text="SIRET.")
    agent = serializers.CharField(source="agent.matricule", help_text="Matricule.")
    nature = serializers.ChoiceField(choices=NATURES)
    certificat_du = serializers.DateField()
    dispense = serializers.CharField(help_text="Vide si un jour de carence s’applique.")


class MontantConstateSortie(ConstatSortie):
    sinistre = serializers.CharField(source="sinistre.numero")
    genre = serializers.ChoiceField(choices=GenreMontant.choices)
    montant = serializers.DecimalField(max_digits=10, decimal_places=2)
    reference = serializers.CharField()


class ArretsConnusSortie(Sortie):
    resultats = ArretConnuSortie(many=True)


class MontantsConstatesSortie(Sortie):
    resultats = MontantConstateSortie(many=True)
