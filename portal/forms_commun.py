"""Forms of the pages that all doors share."""

from __future__ import annotations

from django import forms

from accounts.services import JOURS_DU_JETON, JOURS_DU_JETON_MAXIMUM


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
