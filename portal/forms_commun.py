"""Forms of the pages that all doors share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.services import JOURS_DU_JETON, JOURS_DU_JETON_MAXIMUM
from notifications.selectors_preferences import Choix


class JetonForm(forms.Form):
    libelle = forms.CharField(
        label="À quoi servira-t-il ?", max_length=100, help_text="Le nom du logiciel ou de l’usage, pour le reconnaître plus tard."
    )
    jours = forms.IntegerField(
        label="Durée, en jours",
        initial=JOURS_DU_JETON,
        min_value=1,
        max_value=JOURS_DU_JETON_MAXIMUM,
        help_text=f"Au plus {JOURS_DU_JETON_MAXIMUM} jours.",
    )


class RaccourcisForm(forms.Form):
    actifs = forms.BooleanField(label="Utiliser les raccourcis clavier", required=False)


class CourrielsForm(forms.Form):
    """One group of choices for each kind of news; a kind that leaves no choice is only told (see the page)."""

    def __init__(self, choix: Sequence[Choix], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for un in choix:
            if len(un.options) > 1:
                self.fields[un.genre.code] = forms.ChoiceField(
                    label=un.genre.code.label,
                    choices=[(option.value, option.label) for option in un.options],
                    initial=un.cadence.value,
                    widget=forms.RadioSelect,
                    help_text=un.raison,
                )
