"""What an expertise must establish, asked for outside the bulle or inside: the same goals, the same period."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from cases.enums_expertise import ButExpertise
from cases.models import Arret, Sinistre


class ButsForm(forms.Form):
    """Goals and period of an expertise. `aide_buts`: what is said below the goals."""

    aide_buts: ClassVar[str] = ""

    buts = forms.MultipleChoiceField(
        label="Ce que l’expertise doit établir",
        choices=ButExpertise.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Dites ce que l’expertise doit établir."},
    )
    arret = forms.ModelChoiceField(
        label="Période en question",
        queryset=Arret.objects.none(),
        required=False,
        empty_label="Choisir…",
        help_text="Pour le lien d’une prolongation ou d’une rechute.",
    )
    obligatoire = forms.BooleanField(label="Ce contrôle est imposé par les textes", required=False)

    def __init__(self, sinistre: Sinistre, data: Any = None) -> None:
        super().__init__(data)
        self.fields["buts"].help_text = self.aide_buts
        self.fields["arret"].queryset = sinistre.arrets.filter(actif=True).order_by("debut")  # type: ignore[attr-defined]
