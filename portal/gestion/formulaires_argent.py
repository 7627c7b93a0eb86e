"""Forms of money, late paper and declarations: shapes only, rules stand in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Collectivite
from cases.models import Arret, Sinistre
from contracts.enums import Nature
from documents.enums import Canal
from indemnities.enums import DispenseConnue
from indemnities.models import FaitsDroits
from portal.gestion.formulaires import DateField
from workflows.declaration import Declaration
from workflows.demande import ArretDemande


class MontantField(forms.DecimalField):
    """An amount as people write it: « 1 234,56 »."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, localize=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("€", "").replace(",", ".")
        return super().to_python(value)


class DecompteForm(forms.Form):
    """A décompte typed by hand for one arrêt, or the correction of another."""

    arret = forms.ModelChoiceField(
        label="Arrêt", queryset=Arret.objects.none(), required=False, empty_label="Sans arrêt (frais, capital décès)"
    )
    debut = DateField(label="Premier jour payé")
    fin = DateField(label="Dernier jour payé")
    montant = MontantField(label="Montant, en euros")
    explication = forms.CharField(
        label="D’où vient ce montant",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        help_text="Règle, jours, base, franchise, niveau : ce que lira qui demandera « Pourquoi ? ».",
    )

    def __init__(self, *args: Any, sinistre: Sinistre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["arret"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Arret.objects.filter(sinistre=sinistre, actif=True).order_by("debut")


FAITS_DE: dict[str, tuple[str, ...]] = {
    Nature.CMO: ("dispense",),
    Nature.MAT: ("naissance", "rang", "enfants"),
    Nature.PAT: ("naissance", "enfants"),
    Nature.ADO: ("naissance", "enfants", "a_charge", "partage"),
    Nature.PATHO: ("naissance", "postnatal"),
    Nature.NAI: ("naissance",),
    Nature.DORS: ("quatrieme_annee",),
    Nature.AIT: ("groupe",),
}
"""What rights depend on, by nature, that no certificate says."""
REFUS = ("refus_debut", "refus_fin")


class FaitsDroitsForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable when it runs
    """The facts that this dossier's rights depend on, and no others; days refused, once a part of it was."""

    class Meta:
        model = FaitsDroits
        fields = ("dispense", "naissance", "rang", "enfants", "a_charge", "partage", "postnatal", "groupe", "quatrieme_annee", *REFUS)
        field_classes = dict.fromkeys(("naissance", *REFUS), DateField)

    def __init__(self, data: Any = None, *, sinistre: Sinistre) -> None:
        super().__init__(data, instance=FaitsDroits.objects.filter(sinistre=sinistre).first())
        natures = {sinistre.nature, *sinistre.episodes.values_list("nature", flat=True)}
        voulus = {champ for nature in natures for champ in FAITS_DE.get(nature, ())} | (set(REFUS) if sinistre.motif_refus else set())
        for nom in [nom for nom in self.fields if nom not in voulus]:
            del self.fields[nom]
        if "dispense" in self.fields:
            self.fields["dispense"].choices = [("", "Aucune"), *DispenseConnue.choices]  # type: ignore[attr-defined]


class ReglementForm(forms.Form):
    le = DateField(label="Réglé le")
    reference = forms.CharField(label="Référence de l’avis de règlement", max_length=60)


class CourrierForm(forms.Form):
    """Late paper: how it came, from whom, what it is, and its scan when there is one."""

    canal = forms.ChoiceField(label="Arrivé par", choices=[("", "Choisir…"), *Canal.choices])
    recu_le = DateField(label="Reçu le")
    expediteur = forms.CharField(label="Expéditeur", max_length=200, help_text="La collectivité ou la personne qui l’envoie.")
    objet = forms.CharField(label="Objet", max_length=200, help_text="Jamais de diagnostic.")
    collectivite = forms.ModelChoiceField(
        label="Collectivité", queryset=Collectivite.objects.none(), required=False, empty_label="Inconnue"
    )
    depot = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, collectivites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["collectivite"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = collectivites
        self.fields["recu_le"].initial = timezone.localdate()


class DeclarationForm(forms.Form):
    """A whole declaration on one page, for whoever types twenty a day; the collectivité has steps instead."""

    nature = forms.ChoiceField(label="Nature", choices=[("", "Choisir…"), *Nature.choices])
    survenance = DateField(label="Date de survenance", help_text="Le premier jour de l’arrêt initial, ou le jour de l’accident.")
    arret_debut = DateField(label="Premier jour de l’arrêt", required=False)
    arret_fin = DateField(label="Dernier jour de l’arrêt", required=False)
    arret_certificat = DateField(label="Certificat établi le", required=False)
    arret_quotite = forms.ChoiceField(
        label="Quotité travaillée",
        choices=[("", "sans objet"), *((str(q), f"{q} %") for q in (50, 60, 70, 80, 90))],
        required=False,
        help_text="Pour un temps partiel thérapeutique seulement.",
    )
    circonstances = forms.CharField(
        label="Circonstances", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=4000,
        help_text="Faits, lieu, heure. Jamais de lésion ni de diagnostic.",
    )  # fmt: skip
    tiers_possible = forms.ChoiceField(
        label="Un tiers peut-il être responsable ?", choices=[("", "sans objet"), ("oui", "oui"), ("non", "non")], required=False
    )
    declare_le = DateField(label="Déclaration reçue le", required=False, help_text="Aujourd’hui, sauf courrier arrivé plus tôt.")
    alertes_assumees = forms.CharField(label="Pourquoi continuer", required=False, max_length=500)

    def declaration(self) -> Declaration:
        lu = self.cleaned_data
        debut, fin = lu["arret_debut"], lu["arret_fin"]
        arret = None
        if debut is not None and fin is not None:
            quotite = int(lu["arret_quotite"]) if lu["arret_quotite"] else None
            arret = ArretDemande(debut, fin, lu["arret_certificat"] or debut, quotite)
        return Declaration(
            nature=lu["nature"],
            survenance=lu["survenance"],
            arret=arret,
            circonstances=lu["circonstances"],
            tiers_possible={"oui": True, "non": False}.get(lu["tiers_possible"]),
            declare_le=lu["declare_le"],
            alertes_assumees=lu["alertes_assumees"],
        )

    def clean(self) -> dict[str, Any]:
        lu = super().clean() or {}
        if bool(lu.get("arret_debut")) != bool(lu.get("arret_fin")) and not self.errors:
            self.add_error("arret_fin" if lu.get("arret_debut") else "arret_debut", "Un arrêt a un premier et un dernier jour.")
        return lu
