"""Pièces, work items and agents."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Choix, Entier, Entree, Identifiant, Pagine, Sortie, Texte
from api.serializers.sinistres import PieceResume, TacheResume
from cases.enums import FileTravail
from contracts.enums import Regime
from documents.enums import Condition, EtatDepot, Fait, MotifRefusPiece, Visibilite
from documents.models import MAX_BYTES
from documents.scan import ACCEPTED


class DepotEntree(Entree):
    code = Texte(max_length=40, help_text="Code de la pièce, lu dans « pieces » du dossier.")
    nom = Texte(max_length=255, help_text="Nom du fichier.")
    type = Choix(choices=list(ACCEPTED.items()), help_text="Type MIME, vérifié ensuite par le contenu.")
    taille = Entier(min_value=1, max_value=MAX_BYTES, help_text="Octets.")
    sha256 = serializers.RegexField(
        r"^[0-9a-fA-F]{64}\Z", required=False, help_text="Empreinte du fichier, 64 chiffres hexadécimaux ; comparée à l’arrivée.",
        error_messages={"invalid": "L’empreinte SHA-256 s’écrit en 64 chiffres hexadécimaux."},
    )  # fmt: skip
    arret = Identifiant(
        required=False, allow_null=True, help_text="L’arrêt que la pièce justifie, quand le même code est demandé pour plusieurs."
    )
    alternative = Texte(required=False, allow_blank=True, max_length=40, help_text="Code du document, quand un seul de plusieurs suffit.")
    remplacer = serializers.BooleanField(
        required=False, help_text="true : à la place des fichiers qui attendent leur contrôle, qui restent lisibles."
    )
    version_vue = Entier(
        required=False,
        min_value=1,
        max_value=1000,
        help_text="Avec « remplacer », la version remplacée : les pages suivantes la rejoignent.",
    )


class EnvoiSortie(Sortie):
    methode = serializers.CharField()
    url = serializers.CharField(help_text="Adresse signée, à usage immédiat.")
    entetes = serializers.DictField(child=serializers.CharField(), help_text="En-têtes à envoyer exactement.")
    expire = serializers.IntegerField(help_text="Secondes avant que l’adresse ne se ferme.")


class DepotAnnonce(Sortie):
    id = serializers.IntegerField(help_text="La pièce.")
    depot = EnvoiSortie()


class FichierSortie(Sortie):
    id = serializers.IntegerField()
    nom = serializers.CharField()
    type = serializers.CharField()
    taille = serializers.IntegerField()
    etat = serializers.ChoiceField(choices=EtatDepot.choices)
    motif = serializers.CharField(help_text="Pourquoi il attend ou a été écarté.")
    sha256 = serializers.CharField(source="sha256_verifie", help_text="Empreinte vérifiée, une fois le fichier disponible.")
    version = serializers.IntegerField(help_text="La version de la pièce à laquelle il appartient.")
    alternative = serializers.CharField(help_text="Code du document, parmi ceux dont un seul suffit ; ou vide.")
    remplace_le = serializers.DateTimeField(allow_null=True, help_text="Quand une version plus récente a pris sa place, ou null.")
    sans_antivirus = serializers.BooleanField(help_text="Accepté sans antivirus : démonstration seulement.")


class AlternativeSortie(Sortie):
    code = serializers.CharField()
    libelle = serializers.CharField()
    regimes = serializers.ListField(
        child=serializers.ChoiceField(choices=Regime.choices), required=False, help_text="Absent : vaut pour tous les régimes de la pièce."
    )


class FaitsEntree(Entree):
    faits = serializers.ListField(
        child=Choix(choices=Fait.choices), max_length=len(Fait), help_text="Tout ce qui est vrai du dossier ; ce qui manque ne l’est pas."
    )


class PieceSortie(PieceResume):
    visibilite = serializers.ChoiceField(choices=Visibilite.choices, help_text="A administrative, AS sensible, M médicale.")
    arret = serializers.IntegerField(source="arret_id", allow_null=True)
    condition = serializers.ChoiceField(
        source="exigence.condition", choices=Condition.choices, help_text="Ce qui fait demander cette pièce, outre la nature et le stade."
    )
    alternatives = AlternativeSortie(source="exigence.alternatives", many=True, help_text="Documents dont un seul suffit ; ou vide.")
    aide = serializers.CharField(source="exigence.aide")
    a_ne_pas_envoyer = serializers.CharField(source="exigence.a_ne_pas_envoyer")
    dite_envoyee_le = serializers.DateTimeField(
        allow_null=True, help_text="Quand la collectivité a dit l’avoir envoyée par une autre voie, si elle l’a dit."
    )
    motif_refus = serializers.CharField(help_text="Code du motif, ou vide.")
    message_refus = serializers.CharField(help_text="Message à la collectivité.")
    fichiers = FichierSortie(many=True, source="depots.all", help_text="Du plus récent au plus ancien ; vide pour qui ne peut les lire.")


class DecisionEntree(Entree):
    decision = Choix(choices=[("conforme", "Conforme"), ("refusee", "Refusée")])
    motif = Choix(choices=MotifRefusPiece.choices, required=False, help_text="Obligatoire pour un refus.")
    message = Texte(required=False, allow_blank=True, max_length=500, help_text="Ce que lira la collectivité, mot pour mot.")

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if attrs["decision"] == "refusee" and not attrs.get("motif"):
            raise serializers.ValidationError({"motif": ["Choisissez un motif de la liste."]})
        if attrs["decision"] == "conforme" and (attrs.get("motif") or attrs.get("message")):
            raise serializers.ValidationError({"motif": ["Une pièce conforme n’a ni motif ni message de refus."]})
        return attrs


class FiltreFichier(Entree):
    fichier = Identifiant(required=False, help_text="Un fichier de la pièce ; le dernier disponible de la version en cours si absent.")


class AdresseFichier(Sortie):
    nom = serializers.CharField()
    type = serializers.CharField()
    taille = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField(help_text="Adresse signée ; sa remise est inscrite au journal.")
    expire = serializers.IntegerField(help_text="Secondes avant que l’adresse ne se ferme : 60 au plus.")


class Vide(Entree):
    """An operation that takes no document."""


class FiltreTaches(Pagine):
    file = Choix(choices=FileTravail.choices, required=False, help_text="Une file de travail ; toutes celles de l’appelant si absent.")
    porteur = Choix(choices=[("moi", "Les miennes"), ("aucun", "Non attribuées")], required=False)


class RendreEntree(Entree):
    motif = Texte(required=False, allow_blank=True, max_length=500)


class TacheSortie(TacheResume):
    sinistre = serializers.CharField(source="sinistre.numero", default=None, allow_null=True, help_text="Numéro du dossier, ou null.")
    collectivite = serializers.CharField(source="collectivite.siret", default=None, allow_null=True, help_text="SIRET, ou null.")
    objet_type = serializers.CharField()
    objet_id = serializers.IntegerField()
    priorite = serializers.IntegerField()
    prise_le = serializers.DateTimeField(source="pris_le", allow_null=True)
    ressort_le = serializers.DateField(allow_null=True)


class PageTaches(Sortie):
    reference = serializers.DateTimeField(help_text="Instant de la première page : les retards se comptent d’après lui.")
    resultats = TacheSortie(many=True)
    suivant = serializers.URLField(allow_null=True)


class RechercheAgents(Entree):
    texte = Texte(min_length=2, max_length=100, help_text="Nom, prénom ou matricule.")
    collectivite = Texte(required=False, max_length=14, help_text="SIRET.")


class AgentSortie(Sortie):
    collectivite = serializers.CharField(source="collectivite.siret", help_text="SIRET.")
    matricule = serializers.CharField()
    nom = serializers.CharField()
    prenom = serializers.CharField()


class ResultatAgents(Sortie):
    resultats = AgentSortie(many=True)
    tronque = serializers.BooleanField(help_text="true : il y en a d’autres, précisez la recherche.")
