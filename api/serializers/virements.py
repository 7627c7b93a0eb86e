"""Accounts, remises, transfers, and what the bank or an insurer answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Choix, Entree, Identifiant, Jour, Pagine, Sortie, Texte
from indemnities.enums import EtatCompte, EtatRemise, EtatVirement, GenreRetour, IssueRetour
from indemnities.models import CompteBancaire, Remise

CONTENU_MAX = 200_000


class CompteEntree(Entree):
    collectivite = Texte(required=False, allow_null=True, max_length=14, help_text="SIRET ; absent, c’est le compte du centre de gestion.")
    titulaire = Texte(max_length=70)
    iban = Texte(max_length=42)
    bic = Texte(required=False, allow_blank=True, max_length=14)
    rue = Texte(required=False, allow_blank=True, max_length=70)
    code_postal = Texte(required=False, allow_blank=True, max_length=16)
    ville = Texte(required=False, allow_blank=True, max_length=35)
    pays = Texte(required=False, allow_blank=True, max_length=2, help_text="Deux lettres ; FR si une ville est donnée sans pays.")


class MotifEntree(Entree):
    motif = Texte(max_length=200)


class RemiseEntree(Entree):
    bordereaux = serializers.ListField(child=Identifiant(), min_length=1, max_length=500, help_text="Bordereaux transmis à virer.")
    execution = Jour(help_text="D’aujourd’hui à dans soixante jours.")
    alertes_assumees = Texte(required=False, allow_blank=True, max_length=500, help_text="Pourquoi continuer malgré un compte récent.")


class ConstatEntree(Entree):
    sort = Choix(choices=[("EXECUTE", "exécuté"), ("REJETE", "rejeté, ou rendu")])
    le = Jour(help_text="Jour de l’opération, passé ou présent.")
    motif = Texte(required=False, allow_blank=True, max_length=200, help_text="Obligatoire pour un rejet.")


class RetourEntree(Entree):
    contenu = Texte(
        max_length=CONTENU_MAX,
        trim_whitespace=False,
        help_text="Le fichier, en texte : pain.002 ou camt.053 (XML), avis de l’assureur (CSV). Un plus long s’importe par la page.",
    )


class FiltreComptes(Pagine):
    etat = Choix(choices=EtatCompte.choices, required=False)


class FiltreRemises(Pagine):
    etat = Choix(choices=EtatRemise.choices, required=False)


class CompteSortie(Sortie):
    id = serializers.IntegerField()
    collectivite = serializers.SerializerMethodField(help_text="SIRET ; null pour le centre de gestion.")
    etat = serializers.ChoiceField(choices=EtatCompte.choices)
    titulaire = serializers.CharField()
    iban = serializers.CharField()
    bic = serializers.CharField()
    rue = serializers.CharField()
    code_postal = serializers.CharField()
    ville = serializers.CharField()
    pays = serializers.CharField()
    saisi_par = serializers.SerializerMethodField()
    saisi_le = serializers.DateTimeField()
    confirme_par = serializers.SerializerMethodField()
    confirme_le = serializers.DateTimeField(allow_null=True)

    @extend_schema_field({"type": "string", "nullable": True})
    def get_collectivite(self, compte: CompteBancaire) -> str | None:
        return compte.collectivite.siret if compte.collectivite is not None else None

    @extend_schema_field({"type": "string", "nullable": True})
    def get_saisi_par(self, compte: CompteBancaire) -> str | None:
        return compte.saisi_par.get_full_name() if compte.saisi_par is not None else None

    @extend_schema_field({"type": "string", "nullable": True})
    def get_confirme_par(self, compte: CompteBancaire) -> str | None:
        return compte.confirme_par.get_full_name() if compte.confirme_par is not None else None


class PageComptes(Sortie):
    resultats = CompteSortie(many=True)
    suivant = serializers.URLField(allow_null=True)


class VirementSortie(Sortie):
    id = serializers.IntegerField()
    reference = serializers.CharField(help_text="Référence de bout en bout (EndToEndId), unique pour toujours.")
    bordereau = serializers.IntegerField(source="bordereau_id")
    compte = serializers.IntegerField(source="compte_id")
    iban = serializers.CharField(source="compte.iban")
    montant = serializers.DecimalField(max_digits=11, decimal_places=2)
    etat = serializers.ChoiceField(choices=EtatVirement.choices)
    execute_le = serializers.DateField(allow_null=True)
    code_rejet = serializers.CharField()
    motif_rejet = serializers.CharField()


class RemiseResume(Sortie):
    id = serializers.IntegerField()
    numero = serializers.CharField(help_text="Aussi l’identifiant de message (MsgId) du fichier.")
    etat = serializers.ChoiceField(choices=EtatRemise.choices)
    execution = serializers.DateField()
    nombre = serializers.IntegerField()
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    alertes_assumees = serializers.CharField()
    cree_par = serializers.CharField(source="cree_par.get_full_name")
    cree_le = serializers.DateTimeField()
    signe_par = serializers.SerializerMethodField()
    signe_le = serializers.DateTimeField(allow_null=True)
    emis_le = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(help_text="Empreinte du fichier, figée à la signature ; vide avant.")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_signe_par(self, remise: Remise) -> str | None:
        return remise.signe_par.get_full_name() if remise.signe_par is not None else None


class PageRemises(Sortie):
    resultats = RemiseResume(many=True)
    suivant = serializers.URLField(allow_null=True)


class RemiseSortie(RemiseResume):
    virements = serializers.SerializerMethodField()

    @extend_schema_field(VirementSortie(many=True))
    def get_virements(self, remise: Remise) -> Any:
        return VirementSortie(self.context["virements"], many=True).data


class LigneRetour(Sortie):
    reference = serializers.CharField()
    sort = serializers.CharField(help_text="Ce que dit le message : ACCEPTE, REJETE, EXECUTE, RETOURNE.")
    montant = serializers.CharField(help_text="Vide quand le message n’en dit pas.")
    issue = serializers.ChoiceField(choices=IssueRetour.choices, help_text="Ce qui en a été fait.")
    detail = serializers.CharField()


class RetourSortie(Sortie):
    id = serializers.IntegerField()
    genre = serializers.ChoiceField(choices=GenreRetour.choices)
    message = serializers.CharField()
    sha256 = serializers.CharField()
    importe_par = serializers.CharField(source="importe_par.get_full_name")
    importe_le = serializers.DateTimeField()
    traite_le = serializers.DateTimeField(allow_null=True, help_text="Null : en cours, ou des lignes ont été refusées.")
    lignes = LigneRetour(many=True)


class PageRetours(Sortie):
    resultats = RetourSortie(many=True)
    suivant = serializers.URLField(allow_null=True)
