"""How long reimbursements take."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Sortie


class DelaiContratSortie(Sortie):
    contrat = serializers.CharField(source="numero")
    delai_promis = serializers.IntegerField(source="promis", allow_null=True, help_text="Jours calendaires ; nul : aucun n’est promis.")
    regles = serializers.IntegerField(help_text="Décomptes réglés depuis douze mois.")
    delai_median = serializers.DecimalField(
        source="mediane", max_digits=7, decimal_places=1, allow_null=True, help_text="Jours, du calcul du décompte à son règlement."
    )
    dans_delai = serializers.IntegerField(allow_null=True)
    part_dans_delai = serializers.DecimalField(source="part", max_digits=4, decimal_places=1, allow_null=True, help_text="En %.")
    en_attente = serializers.IntegerField(help_text="Décomptes qui ne sont pas réglés.")
    hors_delai = serializers.IntegerField(allow_null=True, help_text="Ceux qui attendent depuis plus que le délai promis.")


class DelaisSortie(Sortie):
    resultats = DelaiContratSortie(many=True)
