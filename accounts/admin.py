"""Admin of configuration data, for whoever the gate lets modify it. No sinistre, no pièce, no journal here.

Every save goes through a service (accounts/services.py): the gate, the journal and the history of the row come with it.
Nothing is deleted here: rights end, accounts close, contracts have dates.
"""

from __future__ import annotations

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils.text import capfirst

from accounts import services
from accounts.enums import MEDICAL_ROLES
from accounts.gate import peut
from accounts.models import Collectivite, Habilitation, Organisme, User

admin.site.site_header = "Vigie\u00a0: configuration"
admin.site.site_title = "Vigie"
admin.site.index_title = "Données de configuration"
admin.site.site_url = "/mon-compte/"
# The admin's own form would let somebody in without his second factor, and uncounted by the lock-out.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class GatedAdmin:
    """What the gate decides instead of Django's permissions. `action_required` names the line of the rights table."""

    action_required = "configuration_modifier"

    def _may(self, request: HttpRequest) -> bool:
        return peut(cast(User, request.user), self.action_required)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A list of codes is ticked, not typed."""
        if isinstance(db_field, ArrayField) and db_field.base_field.choices:
            return forms.TypedMultipleChoiceField(
                label=capfirst(db_field.verbose_name),
                choices=db_field.base_field.choices,
                widget=forms.CheckboxSelectMultiple,
                help_text=db_field.help_text,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class ConfigurationAdmin(GatedAdmin, admin.ModelAdmin):
    """A configuration table: saved by the one service, its lines too."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.enregistrer_configuration(acteur=cast(User, request.user), objet=obj, champs=list(form.changed_data))

    def save_formset(self, request: HttpRequest, form: Any, formset: BaseModelFormSet, change: bool) -> None:
        formset.save(commit=False)
        changed = {id(obj): fields for obj, fields in formset.changed_objects}
        for obj in [*formset.new_objects, *(obj for obj, _ in formset.changed_objects)]:
            services.enregistrer_configuration(acteur=cast(User, request.user), objet=obj, champs=list(changed.get(id(obj), [])))


class ConfigurationInline(GatedAdmin, admin.TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(Collectivite)
class CollectiviteAdmin(ConfigurationAdmin):
    list_display = ("nom", "siret", "departement", "email")
    list_filter = ("departement",)
    search_fields = ("nom", "siret")


@admin.register(Organisme)
class OrganismeAdmin(ConfigurationAdmin):
    list_display = ("nom", "genre", "siret")
    list_filter = ("genre",)
    search_fields = ("nom", "siret")


# -- people --------------------------------------------------------------------------------------------------------------


class CompteForm(forms.ModelForm):
    motif = forms.CharField(
        label="Motif", required=False, help_text="Obligatoire pour fermer ou rouvrir le compte\u00a0; il est inscrit au journal."
    )

    class Meta:
        model = User
        fields = ("email", "prenom", "nom", "is_active")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "is_active" in self.changed_data and self.instance.pk and not data.get("motif", "").strip():
            self.add_error("motif", "Dites pourquoi le compte est fermé ou rouvert.")
        email = data.get("email", "")
        if email and User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            self.add_error("email", "Un compte porte déjà cette adresse.")
        return data


@admin.register(User)
class CompteAdmin(GatedAdmin, admin.ModelAdmin):
    action_required = "comptes_gerer"
    form = CompteForm
    list_display = ("nom", "prenom", "email", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("nom", "prenom", "email")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return ("email", "prenom", "nom", "is_active", "motif") if obj is not None else ("email", "prenom", "nom")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return ("is_active",) if obj is not None and obj.pk == request.user.pk else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        acteur = cast(User, request.user)
        if not change:
            obj.pk = services.creer_compte(acteur=acteur, email=obj.email, prenom=obj.prenom, nom=obj.nom).pk
            messages.info(
                request,
                "Donnez-lui une habilitation. La personne choisit son mot de passe par «\u00a0Première connexion\u00a0», "
                "à la page de connexion.",
            )
            return
        if {"email", "prenom", "nom"} & set(form.changed_data):
            services.modifier_compte(acteur=acteur, user_id=obj.pk, email=obj.email, prenom=obj.prenom, nom=obj.nom)
        if "is_active" in form.changed_data:
            service = services.reactiver_compte if obj.is_active else services.desactiver_compte
            service(acteur=acteur, user_id=obj.pk, motif=form.cleaned_data["motif"])


class HabilitationForm(forms.ModelForm):
    motif = forms.CharField(label="Motif du retrait", required=False)
    acteur_id: int | None = None

    class Meta:
        model = Habilitation
        fields = ("user", "role", "collectivite", "organisme", "debut", "fin")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        holder = self.instance.user_id if self.instance.pk else getattr(data.get("user"), "pk", None)
        if holder is not None and holder == self.acteur_id:
            raise ValidationError("Vous ne pouvez pas modifier vos propres droits\u00a0: demandez-le à un autre administrateur.")
        if self.instance.pk:
            if data.get("fin") is None:
                self.add_error("fin", "Donnez le dernier jour de ce droit\u00a0; pour le prolonger, donnez-en un nouveau.")
            if not data.get("motif", "").strip():
                self.add_error("motif", "Dites pourquoi ce droit est retiré.")
        return data


@admin.register(Habilitation)
class HabilitationAdmin(GatedAdmin, admin.ModelAdmin):
    """Given whole, then only ended: another perimeter is another row."""

    action_required = "comptes_gerer"
    form = HabilitationForm
    list_display = ("user", "role", "collectivite", "organisme", "debut", "fin")
    list_filter = ("role",)
    list_select_related = ("user", "collectivite", "organisme")
    search_fields = ("user__nom", "user__email", "collectivite__nom")
    autocomplete_fields = ("user", "collectivite", "organisme")

    def get_form(self, request: HttpRequest, obj: Habilitation | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("HabilitationForm", (form,), {"acteur_id": request.user.pk})

    def get_fields(self, request: HttpRequest, obj: Habilitation | None = None) -> tuple[str, ...]:
        fields = ("user", "role", "collectivite", "organisme", "debut", "fin")
        return (*fields, "motif") if obj is not None else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Habilitation | None = None) -> tuple[str, ...]:
        return ("user", "role", "collectivite", "organisme", "debut") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Habilitation, form: Any, change: bool) -> None:
        acteur = cast(User, request.user)
        if change:
            services.retirer_habilitation(acteur=acteur, habilitation_id=obj.pk, motif=form.cleaned_data["motif"], dernier_jour=obj.fin)
            return
        obj.pk = services.habiliter(
            acteur=acteur,
            user=obj.user,
            role=obj.role,
            collectivite=obj.collectivite,
            organisme=obj.organisme,
            debut=obj.debut,
            fin=obj.fin,
        ).pk
        if obj.role in MEDICAL_ROLES:
            messages.warning(
                request,
                f"Reste à admettre dans la bulle ({settings.BULLE_URL})\u00a0: un médecin conseil le fait dans "
                "«\u00a0Personnes admises\u00a0» et remet lui-même le lien où cette personne choisit son mot de passe.",
            )
