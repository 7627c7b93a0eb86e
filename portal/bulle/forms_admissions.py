"""Forms of admission to the bulle."""

from __future__ import annotations

from django import forms


class AdmissionForm(forms.Form):
    debut = forms.DateField(
        label="À partir du",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Donnez le premier jour.", "invalid": "Donnez une date."},
    )
    fin = forms.DateField(
        label="Jusqu’au",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Inclus. Sans date\u00a0: jusqu’à ce qu’on la retire.",
        error_messages={"invalid": "Donnez une date."},
    )


class ExclusionForm(forms.Form):
    motif = forms.CharField(
        label="Pourquoi retirer cette admission\u00a0?",
        max_length=200,
        help_text="Inscrit au journal\u00a0: rien de médical.",
        error_messages={"required": "Dites pourquoi."},
    )


class EnrolementForm(forms.Form):
    secret = forms.CharField(
        label="Code du lien",
        max_length=100,
        help_text="Il se remplit seul quand vous ouvrez le lien\u00a0; sinon, recopiez ce qui suit le signe «\u00a0#\u00a0».",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Ouvrez le lien qu’on vous a remis, ou recopiez son code."},
    )
    password1 = forms.CharField(
        label="Mot de passe",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choisissez un mot de passe."},
    )
    password2 = forms.CharField(
        label="Le même, une seconde fois",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Répétez le mot de passe."},
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("password1") and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", "Les deux mots de passe diffèrent.")
        return data
