"""The form of the words of an e-mail. It checks nothing: notifications/verification.py does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from notifications.enums import GenreCourriel
from notifications.gabarits import Mots
from notifications.models import Gabarit
from notifications.verification import CORPS_MAX, LIGNE_MAX, OBJET_MAX

PERIME = "Rouvrez la page\u00a0: ce formulaire ne dit plus ce que vous aviez lu."


class VuForm(forms.Form):
    """`vu`: when the draft was written, as its reader saw it."""

    vu = forms.CharField(widget=forms.HiddenInput)

    def clean_vu(self) -> dt.datetime:
        try:
            vu = dt.datetime.fromisoformat(self.cleaned_data["vu"])
        except ValueError as error:
            raise forms.ValidationError(PERIME) from error
        if vu.tzinfo is None:
            raise forms.ValidationError(PERIME)
        return vu


class ModeleForm(VuForm):
    """The words of a draft, and what their author had read."""

    objet = forms.CharField(label="Objet", help_text=f"Une ligne, {OBJET_MAX} caractères au plus.")
    corps = forms.CharField(
        label="Corps",
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=f"Une ligne vide sépare deux paragraphes\u202f; {CORPS_MAX} caractères au plus. «\u202fBonjour\u202f», le lien et la "
        "signature sont ajoutés par l’application.",
    )
    ligne = forms.CharField(
        label="Ligne du récapitulatif",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=f"Sous le numéro du dossier et l’agent, qu’elle n’a pas à répéter\u202f; {LIGNE_MAX} caractères au plus.",
    )

    def __init__(self, *args: Any, gabarit: Gabarit, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {"vu": gabarit.ecrit_le.isoformat(), "objet": gabarit.objet, "corps": gabarit.corps, "ligne": gabarit.ligne},
        )
        super().__init__(*args, **kwargs)
        if gabarit.genre == GenreCourriel.RECAPITULATIF:
            del self.fields["ligne"]

    def mots(self) -> Mots:
        lu = self.cleaned_data
        return Mots(lu["objet"], lu["corps"], lu.get("ligne", ""))
