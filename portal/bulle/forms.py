"""Forms of the bulle."""

from __future__ import annotations

from django import forms

from cases.enums import SensAvis
from medical.services import Finalite


class AvisForm(forms.Form):
    """The half of an opinion that leaves the bulle."""

    sens = forms.ChoiceField(
        label="Sens de l’avis",
        choices=SensAvis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le sens de l’avis."},
    )
    conclusion = forms.CharField(
        label="Conclusion administrative",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Ce que l’employeur a besoin de savoir pour décider : jamais de diagnostic, de lésion, de traitement ni d’examen.",
        error_messages={"required": "Écrivez la conclusion que lira l’employeur."},
    )


class FinaliteForm(forms.Form):
    finalite = forms.ChoiceField(
        label="Pourquoi ouvrez-vous ce dossier ?",
        choices=Finalite.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites pourquoi vous ouvrez ce dossier."},
    )


class RechercheForm(forms.Form):
    q = forms.CharField(label="Numéro, nom ou matricule", max_length=100, required=False)
