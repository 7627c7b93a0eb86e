"""Procedures as the API shows them: where each stands, never what it is about."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Pagine, Sortie
from cases.enums import Canal, EtatBranche, FileTravail, GenreBranche, GenreEcheance, OrigineBranche
from cases.models import Branche, Echeance
from workflows.selectors import EtapeVue

GENRES = [(genre.value, genre.label) for genre in GenreBranche if genre != GenreBranche.SOUTIEN]


class ProcedureResume(Sortie):
    uid = serializers.UUIDField(help_text="À employer dans les adresses.")
    sinistre = serializers.CharField(source="sinistre.numero", help_text="Numéro du dossier.")
    genre = serializers.ChoiceField(choices=GENRES)
    libelle = serializers.CharField(source="get_genre_display")
    etat = serializers.ChoiceField(choices=EtatBranche.choices)
    issue = serializers.CharField(help_text="Code de l’issue, propre à chaque genre ; vide tant qu’elle n’est pas connue.")
    origine = serializers.ChoiceField(choices=OrigineBranche.choices)
    canal = serializers.ChoiceField(choices=Canal.choices)
    ouverte_le = serializers.DateTimeField()
    terminee_le = serializers.DateTimeField(allow_null=True)


class PageProcedures(Sortie):
    resultats = ProcedureResume(many=True)
    suivant = serializers.CharField(allow_null=True, help_text="Adresse de la page suivante, ou null.")


class EtapeSortie(Sortie):
    """A step that is done (`faite_le`) or waits. Who did it or holds it is told to whoever works in the queues."""

    nom = serializers.CharField(help_text="Code de l’étape dans son genre de procédure.")
    libelle = serializers.CharField(source="titre")
    faite_le = serializers.DateTimeField(source="fait_le", allow_null=True, help_text="null tant qu’elle est à faire.")
    par = serializers.SerializerMethodField(help_text="Qui l’a faite ou qui la porte ; null si personne ou hors de vos droits.")
    file = serializers.SerializerMethodField(help_text="La file où elle attend, ou null.")
    echeance = serializers.SerializerMethodField(help_text="Pour quand elle est attendue, ou null.")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_par(self, etape: EtapeVue) -> str | None:
        if not self.context["porteurs"]:
            return None
        porteur = etape.tache.porteur if etape.tache is not None else None
        return etape.par or (porteur.get_full_name() if porteur is not None else None)

    @extend_schema_field(serializers.ChoiceField(choices=FileTravail.choices, allow_null=True))
    def get_file(self, etape: EtapeVue) -> str | None:
        return etape.tache.file if etape.tache is not None and self.context["porteurs"] else None

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_echeance(self, etape: EtapeVue) -> Any:
        return serializers.DateTimeField().to_representation(etape.tache.due_at) if etape.tache is not None else None


class EcheanceSortie(Sortie):
    genre = serializers.ChoiceField(choices=GenreEcheance.choices)
    libelle = serializers.CharField(source="get_genre_display")
    echeance = serializers.DateTimeField(source="due_at")
    en_pause = serializers.BooleanField()
    traitee_le = serializers.DateTimeField(allow_null=True, help_text="Quand le délai est passé et ses suites tirées.")
    levee_le = serializers.DateTimeField(allow_null=True, help_text="Quand ce qui était attendu est venu.")


class ProcedureSortie(ProcedureResume):
    motif_abandon = serializers.CharField(help_text="Pourquoi elle a été abandonnée, ou vide.")
    etapes = serializers.SerializerMethodField(help_text="Les étapes faites, puis celles qui attendent.")
    echeances = serializers.SerializerMethodField()

    @extend_schema_field(EtapeSortie(many=True))
    def get_etapes(self, branche: Branche) -> Any:
        return EtapeSortie(self.context["etapes"], many=True, context=self.context).data

    @extend_schema_field(EcheanceSortie(many=True))
    def get_echeances(self, branche: Branche) -> Any:
        rows = Echeance.objects.filter(etape__process=branche.processus_id).order_by("pk")
        return EcheanceSortie(rows, many=True).data


class ListeParametres(Pagine):
    """Newest first."""
