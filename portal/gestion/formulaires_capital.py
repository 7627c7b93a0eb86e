"""The facts of a death as a form: shapes only, rules stand in the services. Names are never asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from indemnities.droits.deces import Cause, Conjoint, Enfant, Lien
from indemnities.services.capital import MAX_PERSONNES, FaitsDeces
from portal.gestion.formulaires import DateField
from portal.gestion.formulaires_argent import MontantField

LIGNES = 3
CAUSES = [
    (Cause.ORDINAIRE.value, "Aucune des suivantes"),
    (Cause.SERVICE.value, "Accident de service ou maladie professionnelle"),
    (Cause.DEVOUEMENT.value, "Attentat, lutte dans l’exercice des fonctions, acte de dévouement (trois versements)"),
]
LIENS = [("", "Aucun"), (Lien.MARIAGE.value, "Marié(e)"), (Lien.PACS.value, "Pacsé(e)")]


class CapitalForm(forms.Form):
    remuneration = MontantField(
        label="Dernière rémunération brute annuelle, en euros",
        min_value=0,
        required=False,
        help_text="Traitement, NBI, indemnité de résidence, SFT et indemnités. Celle des contrats est proposée.",
    )
    age_legal = forms.TypedChoiceField(
        label="L’agent avait-il atteint l’âge légal de la retraite ?",
        choices=[("oui", "Oui"), ("non", "Non")],
        widget=forms.RadioSelect,
        coerce=lambda reponse: reponse == "oui",
    )
    cause = forms.ChoiceField(label="Le décès est dû à", choices=CAUSES, widget=forms.RadioSelect, initial=Cause.ORDINAIRE.value)
    conjoint = forms.ChoiceField(label="Conjoint ou partenaire", choices=LIENS, required=False)
    conjoint_depuis = DateField(label="Depuis le", required=False, help_text="Un PACS compte s’il avait deux ans au moins.")
    conjoint_separe = forms.BooleanField(label="Séparé de corps, ou PACS dissous", required=False)
    ascendants = forms.IntegerField(
        label="Ascendants à charge", min_value=0, max_value=MAX_PERSONNES, initial=0, help_text="Servis sans conjoint ni enfant seulement."
    )

    def clean(self) -> dict[str, Any]:
        lu = super().clean() or {}
        if lu.get("conjoint") and not lu.get("conjoint_depuis") and "conjoint_depuis" not in self.errors:
            self.add_error("conjoint_depuis", "Donnez la date du mariage ou du PACS.")
        return lu

    def faits(self, enfants: list[Enfant]) -> FaitsDeces:
        lu = self.cleaned_data
        conjoint = None
        if lu["conjoint"]:
            conjoint = Conjoint(Lien(lu["conjoint"]), lu["conjoint_depuis"], separe=lu["conjoint_separe"])
        return FaitsDeces(
            age_legal=lu["age_legal"],
            cause=Cause(lu["cause"]),
            remuneration=lu["remuneration"],
            conjoint=conjoint,
            enfants=tuple(enfants),
            ascendants=lu["ascendants"],
        )


class EnfantForm(forms.Form):
    naissance = DateField(label="Né(e) le", required=False)
    infirme = forms.BooleanField(label="A droit sans limite d’âge", required=False)
    impose = forms.BooleanField(label="Imposé(e) sur ses propres biens", required=False)

    def enfant(self) -> Enfant | None:
        lu = self.cleaned_data
        return Enfant(lu["naissance"], infirme=lu["infirme"], impose=lu["impose"]) if lu["naissance"] else None

    def clean(self) -> dict[str, Any]:
        lu = super().clean() or {}
        if not lu.get("naissance") and (lu.get("infirme") or lu.get("impose")) and "naissance" not in self.errors:
            self.add_error("naissance", "Donnez la date de naissance.")
        return lu


def enfants_de(data: QueryDict | None, *, plus: bool = False) -> list[EnfantForm]:
    """One small form a child, three at least; `plus` adds as many. What the browser says of their number is bounded."""
    wanted = data.get("enfants", "") if data is not None else ""
    nombre = min(int(wanted), MAX_PERSONNES) if wanted.isdecimal() and len(wanted) < 4 else LIGNES
    nombre = min(max(nombre, LIGNES) + (LIGNES if plus else 0), MAX_PERSONNES)
    return [EnfantForm(data, prefix=f"e{rang}") for rang in range(nombre)]
