"""Admin of contracts: group contracts, formules and their yearly terms, adhésions and insured pay. Staff are not configuration."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ConfigurationAdmin, ConfigurationInline
from contracts.models import Adhesion, BaseAssurance, ContratGroupe, Formule, FormuleAnnee


class FormuleInline(ConfigurationInline):
    model = Formule


class TermesInline(ConfigurationInline):
    model = FormuleAnnee


class BaseInline(ConfigurationInline):
    model = BaseAssurance


@admin.register(ContratGroupe)
class ContratAdmin(ConfigurationAdmin):
    list_display = ("numero", "libelle", "assureur", "debut", "fin")
    list_select_related = ("assureur",)
    search_fields = ("numero", "libelle")
    inlines = (FormuleInline,)


@admin.register(Formule)
class FormuleAdmin(ConfigurationAdmin):
    list_display = ("code", "libelle", "contrat", "regime")
    list_select_related = ("contrat",)
    list_filter = ("regime", "contrat")
    search_fields = ("code", "libelle")
    inlines = (TermesInline,)


@admin.register(Adhesion)
class AdhesionAdmin(ConfigurationAdmin):
    list_display = ("collectivite", "regime", "formule", "debut", "fin")
    list_select_related = ("collectivite", "formule")
    list_filter = ("regime",)
    search_fields = ("collectivite__nom", "collectivite__siret")
    autocomplete_fields = ("collectivite", "formule")
    inlines = (BaseInline,)
