"""Forms of the bulle: shapes only, rules stand in the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from cases.enums import SensAvis
from documents.enums import MotifRefusPiece
from documents.models import Piece
from documents.services.decisions import MOTIFS_MEDICAUX
from documents.services.extraits import Extrait
from medical.enums import Finalite, IssueVolet, RaisonConclusion
from medical.services.liens import JOURS, JOURS_MAX

OUI_NON = (("oui", "Oui"), ("non", "Non"))


class DateField(forms.DateField):
    """A day, chosen or typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"required": "Donnez cette date.", "invalid": "Cette date n’existe pas."},
            **kwargs,
        )


class MontantField(forms.DecimalField):
    """An amount as people write it: « 1 234,56 »."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=10,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            error_messages={"required": "Donnez le montant.", "invalid": "Écrivez un montant, par exemple 48,20."},
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("€", "").replace(",", ".")
        return super().to_python(value)


class RechercheForm(forms.Form):
    q = forms.CharField(label="Numéro, nom ou matricule", max_length=100, required=False)


class FinaliteForm(forms.Form):
    """Why a dossier is opened: the purposes that are the visitor's."""

    finalite = forms.ChoiceField(
        label="Pourquoi ouvrez-vous ce dossier ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Dites pourquoi vous ouvrez ce dossier."},
    )
    suite = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, finalites: list[Finalite], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finalite"].choices = [(f.value, f.label) for f in finalites]  # type: ignore[attr-defined]
        if len(finalites) == 1:
            self.fields["finalite"].initial = finalites[0].value


# -- Médecin conseil ------------------------------------------------------------------------------------------------------------


class AvisForm(forms.Form):
    """The two halves of an opinion: what stays, and what leaves. `lue_le` names the version of the inner text that was read."""

    texte = forms.CharField(
        label="Discussion médicale",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Chiffrée, lue par les seuls médecins à qui le dossier est confié, et par l’agent s’il le demande.",
    )
    lue_le = forms.CharField(widget=forms.HiddenInput, required=False)
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

    def clean_lue_le(self) -> dt.datetime | None:
        valeur = self.cleaned_data["lue_le"]
        try:
            lu = parse_datetime(valeur) if valeur else None
        except ValueError as error:
            raise forms.ValidationError("Rechargez la page.") from error
        if valeur and (lu is None or timezone.is_naive(lu)):
            raise forms.ValidationError("Rechargez la page.")
        return lu


class RaisonForm(forms.Form):
    """Why words that look medical leave the bulle all the same."""

    raison = forms.ChoiceField(
        label="Pourquoi les garder ?",
        choices=RaisonConclusion.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites pourquoi ces mots restent, ou corrigez la conclusion."},
    )


class DelegationForm(forms.Form):
    remplacant = forms.ModelChoiceField(
        label="Remplaçant",
        queryset=User.objects.none(),
        empty_label="Choisir…",
        error_messages={"required": "Choisissez votre remplaçant."},
    )
    debut = DateField(label="Premier jour")
    fin = DateField(label="Dernier jour")

    def __init__(self, *args: Any, medecins: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remplacant"].queryset = medecins  # type: ignore[attr-defined]
        self.fields["remplacant"].label_from_instance = User.get_full_name  # type: ignore[attr-defined]


# -- Gestionnaire de bulle --------------------------------------------------------------------------------------------------------


class ConformeForm(forms.Form):
    """A pièce found conforme, with the dates that leave the bulle."""

    etabli_le = DateField(label="Document établi le", required=False)
    debut = DateField(label="Du", required=False)
    fin = DateField(label="Au", required=False)

    def extrait(self) -> Extrait:
        return Extrait(self.cleaned_data["etabli_le"], self.cleaned_data["debut"], self.cleaned_data["fin"])


class RefusForm(forms.Form):
    """A pièce sent back for its form."""

    motif = forms.ChoiceField(
        label="Motif",
        choices=[("", "Choisir…"), *((motif.value, MotifRefusPiece(motif).label) for motif in MOTIFS_MEDICAUX)],
        error_messages={"required": "Choisissez un motif de la liste."},
    )
    message = forms.CharField(
        label="Phrase pour la collectivité",
        required=False,
        max_length=300,
        help_text="Elle la lit telle quelle : rien sur les lésions, les soins, le diagnostic.",
    )


class FactureForm(forms.Form):
    """One invoice: the first two fields stay, the others leave."""

    praticien = forms.CharField(
        label="Praticien", max_length=200, help_text="Reste dans la bulle.", error_messages={"required": "Donnez le nom du praticien."}
    )
    actes = forms.CharField(
        label="Actes", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Restent dans la bulle."
    )
    etabli_le = DateField(label="Date de la facture")
    debut = DateField(label="Soins du", required=False)
    fin = DateField(label="Au", required=False)
    montant = MontantField(label="Montant, en euros")
    tiers_payant = forms.ChoiceField(
        label="Tiers payant (le praticien est payé directement)",
        choices=OUI_NON,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si le praticien est payé directement."},
    )

    def extrait(self) -> Extrait:
        donnees = self.cleaned_data
        return Extrait(donnees["etabli_le"], donnees["debut"], donnees["fin"], donnees["montant"], donnees["tiers_payant"] == "oui")


class ImportFacturesForm(forms.Form):
    """A CSV of invoices, read in memory."""

    fichier = forms.FileField(
        label="Fichier CSV",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text="Un mégaoctet et mille lignes au plus. Tout est enregistré, ou rien.",
        error_messages={"required": "Choisissez un fichier, d’un mégaoctet au plus.", "empty": "Ce fichier est vide."},
    )


class VoletForm(forms.Form):
    """Where a misfiled paper goes: to a pièce of the dossier, or away."""

    place = forms.ChoiceField(
        label="Que devient ce document ?", widget=forms.RadioSelect, error_messages={"required": "Dites ce que devient ce document."}
    )

    def __init__(self, *args: Any, pieces: list[Piece], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = [(f"piece-{piece.pk}", f"C’est : {piece.libelle} ({piece.sinistre.numero})") for piece in pieces]
        self.fields["place"].choices = [*versions, *IssueVolet.choices]  # type: ignore[attr-defined]


class NumeroForm(forms.Form):
    """A dossier by its number."""

    numero = forms.CharField(label="Numéro du dossier", max_length=20, error_messages={"required": "Donnez le numéro du dossier."})


class LienForm(forms.Form):
    """How long a link to his own file waits for the agent."""

    jours = forms.IntegerField(
        label="Valable combien de jours ?",
        min_value=1,
        max_value=JOURS_MAX,
        initial=JOURS,
        error_messages={"min_value": f"De 1 à {JOURS_MAX} jours.", "max_value": f"De 1 à {JOURS_MAX} jours."},
    )


class CodeForm(forms.Form):
    """What an agent gives to open his file: the secret comes from the address, the code by another way."""

    secret = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)
    code = forms.CharField(
        label="Code à 8 chiffres",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": "Tapez le code qui vous a été donné."},
    )
