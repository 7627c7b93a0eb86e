"""Forms of subscriptions of other programs: shapes only, rules stand in the services."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Collectivite
from notifications.webhooks.catalogue import TYPES

TOUTES = "Toutes les collectivités"


class AbonnementForm(forms.Form):
    """What a person decides of a subscription. Whose dossiers it is told of is chosen once."""

    nom = forms.CharField(label="Nom du logiciel", max_length=80, help_text="Pour le reconnaître : « SIRH de Saint-Martin ».")
    url = forms.CharField(
        label="Adresse appelée",
        max_length=300,
        widget=forms.TextInput(attrs={"type": "url", "autocomplete": "off", "spellcheck": "false", "placeholder": "https://"}),
        help_text="En https, sans mot de passe. Elle doit mener à un serveur joignable depuis internet.",
    )
    collectivite = forms.ModelChoiceField(
        label="Dossiers de", queryset=Collectivite.objects.none(), required=False, empty_label=TOUTES,
        help_text="Le logiciel d’une collectivité n’apprend que ce qui concerne ses dossiers. Ce choix ne change plus ensuite.",
    )  # fmt: skip
    types = forms.MultipleChoiceField(
        label="Événements",
        choices=[(un.code, f"{un.libelle} ({un.code})") for un in TYPES.values()],
        widget=forms.CheckboxSelectMultiple,
        help_text="Rien de médical, aucun nom ni aucune nature d’arrêt n’est dit : le logiciel lit la suite par l’API, avec son jeton.",
    )

    def __init__(self, *args: Any, collectivites: Any = None, **kwargs: Any) -> None:
        """Without `collectivites` the form changes a subscription."""
        super().__init__(*args, **kwargs)
        if collectivites is None:
            del self.fields["collectivite"]
        else:
            self.fields["collectivite"].queryset = collectivites  # type: ignore[attr-defined]


class RejouerForm(forms.Form):
    """Which calls to make again."""

    depuis = forms.DateTimeField(
        label="Depuis le",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Les appels écrits à partir de cet instant.",
    )
    numero = forms.CharField(label="Numéro de dossier", max_length=20, required=False, help_text="Ceux de ce dossier seulement.")
