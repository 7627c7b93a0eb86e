"""Forms of accounts, remises and bank returns: shapes only, rules stand in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Collectivite
from indemnities.services.comptes import Rib
from portal.gestion.formulaires import DateField

CDG = "Le centre de gestion lui-même"


class CompteForm(forms.Form):
    """A RIB. The owner left empty is the CDG."""

    collectivite = forms.ModelChoiceField(
        label="À qui est ce compte", queryset=Collectivite.objects.none(), required=False, empty_label=CDG
    )
    titulaire = forms.CharField(label="Titulaire", max_length=70, help_text="Comme sur le RIB : la banque du bénéficiaire le compare.")
    iban = forms.CharField(label="IBAN", max_length=42, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))
    bic = forms.CharField(label="BIC", max_length=14, required=False)
    rue = forms.CharField(label="Rue", max_length=70, required=False)
    code_postal = forms.CharField(label="Code postal", max_length=16, required=False)
    ville = forms.CharField(label="Ville", max_length=35, required=False, help_text="Une adresse commencée a au moins sa ville.")
    pays = forms.CharField(label="Pays", max_length=2, required=False, help_text="Deux lettres : FR s’il est laissé vide.")

    def __init__(self, *args: Any, collectivites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collectivite"].queryset = collectivites  # type: ignore[attr-defined]

    def rib(self) -> Rib:
        return Rib(**{nom: valeur for nom, valeur in self.cleaned_data.items() if nom != "collectivite"})


class RemiseForm(forms.Form):
    """The bordereaux are ticked in the table beside."""

    execution = DateField(label="À exécuter le")
    alertes_assumees = forms.CharField(label="Pourquoi continuer", required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["execution"].initial = timezone.localdate()


class ConstatForm(forms.Form):
    """What the bank has said of a transfer otherwise than by a file."""

    sort = forms.ChoiceField(label="La banque l’a", choices=[("", "Choisir…"), ("EXECUTE", "exécuté"), ("REJETE", "rejeté, ou rendu")])
    le = DateField(label="Le")
    motif = forms.CharField(label="Motif du rejet", max_length=200, required=False)


class RetourForm(forms.Form):
    fichier = forms.FileField(
        label="Fichier", help_text="pain.002 ou camt.053 de la banque (XML), avis de règlement de l’assureur (CSV). 20 Mo au plus."
    )
