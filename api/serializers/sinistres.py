"""Sinistres as the API reads and writes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Booleen, Choix, Entier, Entree, Jour, Pagine, Sortie, Texte
from api.serializers.relances import SuspensionSortie
from cases.enums import Etat, FileTravail, GenreArret, GenreTache
from cases.models import Sinistre, Tache
from cases.selectors_relances import Suspension
from cases.states import PASSAGES
from contracts.enums import Nature, Regime
from documents.enums import EtatPiece, Stade
from workflows.demande import ArretDemande

NATURE = "Code de la nature."
NEW_KINDS = [(g.value, g.label) for g in (GenreArret.PROLONGATION, GenreArret.TPT)]
MAX_TEXT = 5000


class ArretEntree(Entree):
    """A certified period, both days included."""

    debut = Jour(help_text="Premier jour de l’arrêt.")
    fin = Jour(help_text="Dernier jour de l’arrêt, compris.")
    certificat = Jour(help_text="Jour où le certificat a été établi.")
    quotite = Entier(
        required=False, allow_null=True, min_value=1, max_value=100, help_text="Temps partiel thérapeutique : 50, 60, 70, 80 ou 90 %."
    )


def arret_demande(valeurs: dict[str, Any]) -> ArretDemande:
    return ArretDemande(**{"quotite": None} | valeurs)


class DeclarationEntree(Entree):
    collectivite = Texte(max_length=14, help_text="SIRET de la collectivité.")
    agent = Texte(max_length=30, help_text="Matricule de l’agent dans cette collectivité.")
    nature = Choix(choices=Nature.choices, help_text=NATURE)
    survenance = Jour(help_text="Jour de l’accident, de la première constatation, ou premier jour de l’arrêt initial.")
    arret = ArretEntree(required=False, allow_null=True)
    circonstances = Texte(
        required=False, allow_null=True, allow_blank=True, max_length=MAX_TEXT,
        help_text="Date, heure, lieu, faits ; jamais de lésion ni de diagnostic. Obligatoires pour un accident ou une maladie imputable.",
    )  # fmt: skip
    tiers_possible = Booleen(required=False, allow_null=True, help_text="Un tiers est-il peut-être responsable ? null : sans réponse.")
    alertes_assumees = Texte(
        required=False, allow_blank=True, max_length=500, help_text="Pourquoi continuer malgré les alertes d’une réponse 409."
    )


class TransitionEntree(Entree):
    """The union of what transitions ask; each takes its own fields and refuses the others."""

    motif = Texte(required=False, allow_blank=True, max_length=20, help_text="Code du motif : clôture, annulation, refus.")
    date_effet = Jour(required=False, allow_null=True)
    portee = Texte(required=False, allow_blank=True, max_length=20, help_text="Sur quoi porte le refus.")
    nature = Texte(required=False, allow_blank=True, max_length=8, help_text="La nouvelle nature, pour « requalifier ».")
    commentaire = Texte(required=False, allow_blank=True, max_length=MAX_TEXT)
    arret = ArretEntree(required=False, allow_null=True)
    alertes_assumees = Texte(required=False, allow_blank=True, max_length=500)


class NouvelArretEntree(Entree):
    arret = ArretEntree()
    genre = Choix(choices=NEW_KINDS, required=False, help_text="PROLONGATION si absent.")
    alertes_assumees = Texte(required=False, allow_blank=True, max_length=500)


class RepriseEntree(Entree):
    le = Jour(help_text="Jour de la reprise effective, passé ou présent.")


class CriteresEntree(Entree):
    """What narrows a list of sinistres without telling anything personal."""

    etat = serializers.ListField(child=Choix(choices=Etat.choices), required=False, max_length=len(Etat))
    nature = serializers.ListField(child=Choix(choices=Nature.choices), required=False, max_length=len(Nature))
    collectivite = Texte(required=False, max_length=14, help_text="SIRET.")
    survenance_de = Jour(required=False, help_text="Survenance à partir de ce jour.")
    survenance_a = Jour(required=False, help_text="Survenance jusqu’à ce jour, compris.")


class FiltreSinistresEntree(CriteresEntree, Pagine):
    """The same in an address."""


class DeclarationSortie(Sortie):
    le = serializers.DateField(source="declare_le")
    limite = serializers.DateField(source="limite_declaration", help_text="Dernier jour pour déclarer, d’après le contrat.")
    jours_de_retard = serializers.IntegerField(help_text="Jours calendaires au-delà de la limite ; 0 dans les temps.")


class ArretSortie(Sortie):
    id = serializers.IntegerField()
    genre = serializers.ChoiceField(choices=GenreArret.choices)
    debut = serializers.DateField()
    fin = serializers.DateField()
    certificat = serializers.DateField(source="certificat_du")
    quotite = serializers.IntegerField(allow_null=True)
    actif = serializers.BooleanField(help_text="false : écarté par un arrêt plus récent.")


class PieceResume(Sortie):
    id = serializers.IntegerField()
    code = serializers.CharField()
    libelle = serializers.CharField()
    stade = serializers.ChoiceField(choices=Stade.choices)
    etat = serializers.ChoiceField(choices=EtatPiece.choices)
    requise = serializers.BooleanField()


class TacheResume(Sortie):
    id = serializers.IntegerField()
    file = serializers.ChoiceField(choices=FileTravail.choices)
    genre = serializers.ChoiceField(choices=GenreTache.choices)
    libelle = serializers.CharField(source="get_genre_display")
    echeance = serializers.DateTimeField(source="due_at")
    suspendue = serializers.BooleanField()
    porteur = serializers.SerializerMethodField(help_text="Qui la porte, ou null.")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_porteur(self, tache: Tache) -> str | None:
        return tache.porteur.get_full_name() if tache.porteur is not None else None


class SinistreResume(Sortie):
    """A line of a list."""

    numero = serializers.CharField()
    etat = serializers.ChoiceField(choices=Etat.choices)
    nature = serializers.ChoiceField(choices=Nature.choices)
    regime = serializers.ChoiceField(choices=Regime.choices)
    collectivite = serializers.CharField(source="collectivite.siret", help_text="SIRET.")
    agent = serializers.CharField(source="agent.matricule", help_text="Matricule.")
    survenance = serializers.DateField()
    declaration = DeclarationSortie(source="*")
    version = serializers.IntegerField()


class SinistreSortie(Sortie):
    """The whole dossier, as far as the caller may see it."""

    numero = serializers.CharField()
    etat = serializers.ChoiceField(choices=Etat.choices)
    nature = serializers.ChoiceField(choices=Nature.choices)
    regime = serializers.ChoiceField(choices=Regime.choices)
    collectivite = serializers.CharField(source="collectivite.siret", help_text="SIRET.")
    agent = serializers.CharField(source="agent.matricule", help_text="Matricule.")
    survenance = serializers.DateField()
    declaration = DeclarationSortie(source="*")
    arrets = serializers.SerializerMethodField()
    pieces = serializers.SerializerMethodField()
    taches = serializers.SerializerMethodField(help_text="Les tâches ouvertes que l’appelant peut voir.")
    transitions = serializers.SerializerMethodField(help_text="Ce que l’état et les droits de l’appelant permettent, conditions à part.")
    relances_suspendues = serializers.SerializerMethodField(
        help_text="La suspension des relances en cours, pour qui lit les notes internes ; null sans suspension, et pour les autres."
    )
    version = serializers.IntegerField(help_text="À renvoyer dans « If-Match ».")

    @extend_schema_field(ArretSortie(many=True))
    def get_arrets(self, sinistre: Sinistre) -> Any:
        return ArretSortie(self.context["arrets"], many=True).data

    @extend_schema_field(PieceResume(many=True))
    def get_pieces(self, sinistre: Sinistre) -> Any:
        return PieceResume(self.context["pieces"], many=True).data

    @extend_schema_field(TacheResume(many=True))
    def get_taches(self, sinistre: Sinistre) -> Any:
        return TacheResume(self.context["taches"], many=True).data

    @extend_schema_field(SuspensionSortie(allow_null=True))
    def get_relances_suspendues(self, sinistre: Sinistre) -> Any:
        suspension: Suspension | None = self.context["suspension"]
        return SuspensionSortie(suspension).data if suspension is not None else None

    @extend_schema_field({"type": "array", "items": {"type": "string", "enum": list(PASSAGES)}})
    def get_transitions(self, sinistre: Sinistre) -> list[str]:
        transitions: list[str] = self.context["transitions"]
        return transitions


class PageSinistres(Sortie):
    resultats = SinistreResume(many=True)
    suivant = serializers.URLField(allow_null=True, help_text="Adresse de la page suivante, ou null.")


class RechercheSinistres(CriteresEntree):
    """A search by name: POSTed, since nothing personal stands in an address."""

    texte = Texte(min_length=2, max_length=100, help_text="Nom, prénom ou matricule de l’agent, ou début d’un numéro.")
    curseur = Texte(required=False, max_length=200, help_text="Le « curseur » de la réponse précédente.")
    taille = Entier(required=False, min_value=1, max_value=200)


class ResultatRecherche(Sortie):
    resultats = SinistreResume(many=True)
    curseur = serializers.CharField(allow_null=True, help_text="À renvoyer pour la page suivante, ou null.")
