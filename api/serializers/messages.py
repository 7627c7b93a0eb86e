"""Messages between the CDG and a collectivité."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Choix, Entree, Identifiant, Sortie, Texte
from cases.enums_message import RaisonMots, SensMessage
from cases.models import Message
from cases.services.messages import MAX_TEXTE


class MessageEntree(Entree):
    texte = Texte(max_length=2 * MAX_TEXTE, help_text=f"{MAX_TEXTE} caractères au plus, jamais d’information de santé.")
    alertes_assumees = Choix(
        choices=RaisonMots.choices, required=False, help_text="Pourquoi continuer malgré les mots que nomme une réponse 409."
    )
    vu = Identifiant(
        required=False,
        help_text="Le dernier message lu avant de répondre : si la collectivité a écrit depuis, la réponse reste attendue.",
    )


class MessageSortie(Sortie):
    id = serializers.IntegerField()
    sens = serializers.ChoiceField(choices=SensMessage.choices)
    auteur = serializers.SerializerMethodField(help_text="« Centre de gestion » pour une collectivité qui lit ce qu’elle a reçu.")
    le = serializers.DateTimeField()
    texte = serializers.CharField()
    lu_le = serializers.DateTimeField(allow_null=True, help_text="Quand quelqu’un, en face, l’a lu sur sa page ; null sinon.")

    @extend_schema_field({"type": "string"})
    def get_auteur(self, message: Message) -> Any:
        if message.sens == SensMessage.VERS_COLLECTIVITE and self.context["de_la_collectivite"]:
            return "Centre de gestion"
        return message.auteur.get_full_name()


class PageMessages(Sortie):
    resultats = MessageSortie(many=True)
    suivant = serializers.URLField(allow_null=True, help_text="Adresse de la page suivante, ou null.")
