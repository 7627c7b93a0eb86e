"""Admin of the dated lists of required pièces. Pièces and files are cases' content: never here."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ConfigurationAdmin
from documents.models import Exigence, ListePieces


@admin.register(ListePieces)
class ListeAdmin(ConfigurationAdmin):
    list_display = ("libelle", "version", "contrat", "debut", "fin")
    list_select_related = ("contrat",)


@admin.register(Exigence)
class ExigenceAdmin(ConfigurationAdmin):
    list_display = ("libelle", "code", "stade", "visibilite", "requise", "liste")
    list_select_related = ("liste",)
    list_filter = ("liste", "stade", "visibilite")
    search_fields = ("libelle", "code")
