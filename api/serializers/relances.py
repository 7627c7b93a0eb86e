"""A suspension of reminders as the API reads and writes it."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Entree, Jour, Sortie, Texte
from cases.services.relances import MAX_MOTIF


class SuspensionEntree(Entree):
    motif = Texte(max_length=MAX_MOTIF, help_text="Pourquoi : les gestionnaires le lisent. Jamais d’information de santé.")
    jusqu_au = Jour(
        required=False, allow_null=True, help_text="Dernier jour de la suspension ; sans date, une personne reprend les relances."
    )


class SuspensionSortie(Sortie):
    depuis = serializers.DateTimeField()
    jusqu_au = serializers.DateField(allow_null=True, help_text="Dernier jour ; null : jusqu’à ce qu’une personne les reprenne.")
    motif = serializers.CharField()
