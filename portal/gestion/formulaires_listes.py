"""Forms of the lists of required pièces. They check shapes; documents/services/listes.py has the rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify

from contracts.enums import Nature, Regime
from documents.enums import Condition, Stade, Visibilite
from documents.models import Exigence, ListePieces
from portal.gestion.formulaires import DateField

TO_ANSWER = [(c.value, c.label) for c in Condition if c not in (Condition.TOUJOURS, Condition.SI_LE_CAS)]
"""The conditions that a preview asks about: which of them hold for the dossier one has in mind."""


def read_alternatives(texte: str) -> list[dict[str, Any]]:
    """« code | libellé | régimes », one document a line; the code may be left out, the régimes too."""
    found = []
    for row in texte.splitlines():
        parts = [part.strip() for part in row.split("|")]
        if not any(parts):
            continue
        if len(parts) == 1:
            parts = [slugify(parts[0])[:40], parts[0]]
        une: dict[str, Any] = {"code": parts[0], "libelle": parts[1]}
        regimes = [r.strip().upper() for r in ",".join(parts[2:]).split(",") if r.strip()]
        if regimes:
            une["regimes"] = regimes
        found.append(une)
    return found


def write_alternatives(alternatives: list[dict[str, Any]]) -> str:
    return "\n".join(" | ".join([a["code"], a["libelle"], *([", ".join(a["regimes"])] if "regimes" in a else [])]) for a in alternatives)


class LigneForm(forms.Form):
    """One line of a draft."""

    libelle = forms.CharField(label="Libellé", max_length=200)
    code = forms.SlugField(
        label="Code",
        max_length=40,
        help_text="Nom stable de la pièce, sans accent ni espace : les logiciels et les versions suivantes s’y tiennent.",
    )
    stade = forms.ChoiceField(label="Demandée au stade", choices=Stade.choices)
    condition = forms.ChoiceField(label="Condition", choices=Condition.choices)
    natures = forms.MultipleChoiceField(label="Natures", choices=Nature.choices, widget=forms.CheckboxSelectMultiple)
    regimes = forms.MultipleChoiceField(label="Régimes", choices=Regime.choices, widget=forms.CheckboxSelectMultiple)
    visibilite = forms.ChoiceField(
        label="Visibilité", choices=Visibilite.choices, help_text="Une pièce médicale part à la bulle : le gestionnaire ne la lit jamais."
    )
    requise = forms.BooleanField(label="Requise : le dossier attend cette pièce", required=False)
    par_periode = forms.BooleanField(label="Une par arrêt", required=False)
    alternatives = forms.CharField(
        label="Documents dont un seul suffit",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Un par ligne : code | libellé | régime, le régime si ce document ne vaut que pour lui. "
        "Exemple : volet-2 | Volet 2 du certificat | CNRACL",
    )
    aide = forms.CharField(label="À quoi ressemble le document", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    a_ne_pas_envoyer = forms.CharField(
        label="Ce qu’il ne faut pas envoyer", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    ordre = forms.IntegerField(label="Rang dans la liste", min_value=0, max_value=9999, initial=100)

    @classmethod
    def of(cls, ligne: Exigence) -> LigneForm:
        champs = {nom: getattr(ligne, nom) for nom in cls.base_fields}
        return cls(initial=champs | {"alternatives": write_alternatives(ligne.alternatives)})

    def valeurs(self) -> dict[str, Any]:
        return self.cleaned_data | {"alternatives": read_alternatives(self.cleaned_data["alternatives"])}


class PublierForm(forms.Form):
    debut = DateField(
        label="Premier jour",
        help_text="Les dossiers survenus à partir de ce jour s’y tiendront ; la version précédente finit la veille.",
    )


class ApercuForm(forms.Form):
    """The dossier one has in mind."""

    nature = forms.ChoiceField(label="Nature", choices=Nature.choices)
    regime = forms.ChoiceField(label="Régime", choices=Regime.choices)
    si = forms.MultipleChoiceField(
        label="Ce qui est vrai du dossier", choices=TO_ANSWER, required=False, widget=forms.CheckboxSelectMultiple
    )

    def lignes(self, liste: ListePieces) -> list[Exigence]:
        """The lines that such a dossier would meet in its life, in the list's order."""
        lu = self.cleaned_data
        true = {Condition.TOUJOURS, Condition.SI_LE_CAS, *lu["si"]}
        lignes = liste.exigences.filter(natures__contains=[lu["nature"]], regimes__contains=[lu["regime"]])
        return [ligne for ligne in lignes.order_by("ordre", "pk") if ligne.condition in true]
