"""Décomptes and bordereaux."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Choix, Entree, Identifiant, Jour, Montant, Pagine, Sortie, Texte
from api.serializers.simulations import LigneSortie
from indemnities.enums import EtatBordereau, EtatDecompte, GenreDecompte, GenreFichier, OrigineDecompte
from indemnities.models import Bordereau, Decompte
from workflows.bordereaux_fichiers import fichiers_de


class DecompteEntree(Entree):
    sinistre = Texte(max_length=20, help_text="Numéro du dossier.")
    debut = Jour()
    fin = Jour(help_text="Dernier jour, compris.")
    montant = Montant(help_text="Euros. Négatif seulement pour une correction.")
    explication = Texte(max_length=2000, help_text="D’où vient ce montant.")
    arret = Identifiant(required=False, allow_null=True, help_text="L’arrêt payé.")
    corrige = Identifiant(required=False, allow_null=True, help_text="Le décompte que celui-ci corrige.")


class RejetEntree(Entree):
    motif = Texte(max_length=200)


class BordereauEntree(Entree):
    decomptes = serializers.ListField(child=Identifiant(), min_length=1, max_length=500, help_text="Décomptes approuvés à réunir.")
    collectivite = Texte(required=False, max_length=14, help_text="SIRET ; celui des décomptes si absent.")
    contrat = Texte(required=False, max_length=40, help_text="Numéro du contrat ; celui des décomptes si absent.")


class ReglementEntree(Entree):
    le = Jour(help_text="Jour du règlement, passé ou présent.")
    reference = Texte(max_length=60, help_text="Référence de l’avis de règlement.")


class FiltreDecomptes(Pagine):
    sinistre = Texte(required=False, max_length=20, help_text="Numéro du dossier.")
    etat = Choix(choices=EtatDecompte.choices, required=False)


class FiltreBordereaux(Pagine):
    collectivite = Texte(required=False, max_length=14, help_text="SIRET.")
    etat = Choix(choices=EtatBordereau.choices, required=False)


class DecompteSortie(Sortie):
    id = serializers.IntegerField()
    sinistre = serializers.CharField(source="sinistre.numero")
    etat = serializers.ChoiceField(choices=EtatDecompte.choices)
    debut = serializers.DateField()
    fin = serializers.DateField()
    genre = serializers.ChoiceField(choices=GenreDecompte.choices)
    origine = serializers.ChoiceField(choices=OrigineDecompte.choices)
    montant = serializers.DecimalField(max_digits=10, decimal_places=2)
    explication = serializers.CharField()
    arret = serializers.IntegerField(source="arret_id", allow_null=True)
    corrige = serializers.IntegerField(source="corrige_id", allow_null=True)
    calcule_par = serializers.SerializerMethodField()
    calcule_le = serializers.DateTimeField()
    approuve_par = serializers.SerializerMethodField()
    approuve_le = serializers.DateTimeField(allow_null=True)
    bordereau = serializers.IntegerField(source="bordereau_id", allow_null=True)
    motif_rejet = serializers.CharField()

    def get_calcule_par(self, decompte: Decompte) -> str:
        return decompte.calcule_par.get_full_name()

    @extend_schema_field({"type": "string", "nullable": True})
    def get_approuve_par(self, decompte: Decompte) -> str | None:
        return decompte.approuve_par.get_full_name() if decompte.approuve_par is not None else None


class DecompteDetail(DecompteSortie):
    """One décompte with its lines; none for one typed by hand."""

    lignes = serializers.SerializerMethodField()

    @extend_schema_field(LigneSortie(many=True))
    def get_lignes(self, decompte: Decompte) -> list[dict[str, Any]]:
        return [ligne.rendue() for ligne in decompte.lignes.order_by("rang")]


class PageDecomptes(Sortie):
    resultats = DecompteSortie(many=True)
    suivant = serializers.URLField(allow_null=True)


class BordereauResume(Sortie):
    id = serializers.IntegerField()
    numero = serializers.CharField()
    etat = serializers.ChoiceField(choices=EtatBordereau.choices)
    collectivite = serializers.CharField(source="collectivite.siret", help_text="SIRET.")
    contrat = serializers.CharField(source="contrat.numero")
    cree_le = serializers.DateTimeField()
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    empreinte = serializers.CharField(help_text="SHA-256 des lignes, figées à la composition.")
    regle_le = serializers.DateField(allow_null=True)
    reference = serializers.CharField()


class PageBordereaux(Sortie):
    resultats = BordereauResume(many=True)
    suivant = serializers.URLField(allow_null=True)


class FiltreFichierBordereau(Entree):
    genre = Choix(choices=GenreFichier.choices, required=False, help_text="PDF si absent.")


class FichierBordereauSortie(Sortie):
    genre = serializers.ChoiceField(choices=GenreFichier.choices)
    pret = serializers.BooleanField(help_text="Faux tant qu’il est en préparation : une minute ou deux après la composition.")
    sha256 = serializers.CharField(allow_null=True, help_text="Empreinte du fichier, qui ne change plus.")
    taille = serializers.IntegerField(allow_null=True, help_text="En octets.")
    ecrit_le = serializers.DateTimeField(allow_null=True)
    lien = serializers.CharField(help_text="L’opération qui en donne l’adresse.")


class BordereauSortie(BordereauResume):
    decomptes = serializers.SerializerMethodField()
    fichiers = serializers.SerializerMethodField()

    @extend_schema_field(FichierBordereauSortie(many=True))
    def get_fichiers(self, bordereau: Bordereau) -> Any:
        lien = reverse("api:bordereau-fichier", args=[bordereau.pk])
        return [
            {
                "genre": genre,
                "pret": fichier is not None,
                "sha256": fichier and fichier.sha256,
                "taille": fichier and fichier.taille,
                "ecrit_le": fichier and serializers.DateTimeField().to_representation(fichier.cree_le),
                "lien": f"{lien}?genre={genre}",
            }
            for genre, fichier in fichiers_de(bordereau)
        ]

    @extend_schema_field(DecompteSortie(many=True))
    def get_decomptes(self, bordereau: Bordereau) -> Any:
        return DecompteSortie(self.context["decomptes"], many=True).data
