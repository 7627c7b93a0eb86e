"""The simulator's page: a form that becomes the engine's request, its answer in months a person can read. Nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from cases.errors import DonneeInvalide
from contracts.enums import Diviseur, GenreFranchise, Nature, Regime, Statut
from indemnities.calcul import simulation as indemnites
from indemnities.droits import simulation as droits
from indemnities.droits.modele import Decompte, Dispense
from indemnities.droits.modele import Nature as NatureDeDroit
from indemnities.droits.regles import JOUR_CARENCE
from indemnities.francais import euros, nombre
from portal.gestion.calendrier import Plage, genre_de_fraction, jours_des_lignes
from portal.gestion.formulaires import DateField
from portal.presentation import jour

LIGNES, LIGNES_MAX, PAR_AJOUT = 3, 60, 3
VIDE = [("", "La même")]
NATURES = [(n.value, Nature(n.value).label) for n in NatureDeDroit]
DISPENSES = [
    ("", "Aucune"),
    (Dispense.MEME_CAUSE, "Même cause, reprise de 48 heures au plus"),
    (Dispense.ALD, "Même affection de longue durée, depuis moins de trois ans"),
    (Dispense.GROSSESSE, "Grossesse déclarée"),
    (Dispense.INTERRUPTION_GROSSESSE, "Interruption de grossesse"),
    (Dispense.DEVOUEMENT, "Acte de dévouement"),
]
QUOTITES = [("", "Aucun"), *((str(part), f"{part} %") for part in (50, 60, 70, 80, 90))]
ARRET = ("debut", "fin", "certificat", "nature", "dispense", "quotite")
COMMUNS = ("nature", "regime", "statut", "entree", "decompte")
BASE = ("tib", "nbi", "sft", "ir", "primes", "charges")


def euros_par_an(libelle: str, aide: str = "") -> forms.DecimalField:
    return forms.DecimalField(label=libelle, required=False, min_value=0, max_digits=10, decimal_places=2, localize=True, help_text=aide)


@dataclass(frozen=True)
class Rangee:
    """A row of the form: its place, from 0, and its bound fields."""

    place: int
    champs: list[forms.BoundField]


class SimulationForm(forms.Form):
    """One history and, where a pay is given, its indemnity. Rows of arrêts are numbered; empty ones are left out."""

    nature = forms.ChoiceField(label="Nature", choices=NATURES, initial=Nature.CMO)
    regime = forms.ChoiceField(label="Régime", choices=Regime.choices, initial=Regime.CNRACL)
    statut = forms.ChoiceField(label="Statut", choices=Statut.choices, initial=Statut.TITULAIRE)
    entree = DateField(label="Entrée en fonctions", required=False, help_text="Pour un contractuel : ses droits suivent son ancienneté.")
    decompte = forms.ChoiceField(
        label="Décompte des jours",
        choices=[(Decompte.CALENDAIRE, "Jours calendaires"), (Decompte.TRENTIEME, "Mois de trente jours")],
        initial=Decompte.CALENDAIRE,
    )
    tib = euros_par_an("Traitement indiciaire brut annuel", "En euros. Laissez vide pour ne voir que les droits.")
    nbi = euros_par_an("NBI annuelle")
    sft = euros_par_an("Supplément familial annuel")
    ir = euros_par_an("Indemnité de résidence annuelle")
    primes = euros_par_an("Indemnités accessoires annuelles")
    charges = forms.DecimalField(
        label="Charges patronales (%)", required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2, localize=True
    )
    diviseur = forms.ChoiceField(label="Diviseur journalier", choices=Diviseur.choices, initial=Diviseur.J360)
    franchise = forms.ChoiceField(label="Franchise", choices=GenreFranchise.choices, initial=GenreFranchise.AUCUNE)
    franchise_jours = forms.IntegerField(label="Jours de franchise", required=False, min_value=0, max_value=365)
    niveau = forms.DecimalField(
        label="Niveau de remboursement (%)", required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2, localize=True,
        help_text="100 % si vide.",
    )  # fmt: skip
    lignes = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=LIGNES_MAX, initial=LIGNES)

    def __init__(self, data: Any = None) -> None:
        self.combien = _count(data)
        super().__init__(data)
        for rang in range(self.combien):
            self.fields |= _row(rang)

    def rangs(self) -> list[Rangee]:
        """The rows of arrêts."""
        return [Rangee(rang, [self[f"arret_{rang}_{nom}"] for nom in ARRET]) for rang in range(self.combien)]

    def hypotheses(self) -> list[tuple[str, str]]:
        """What was asked besides the arrêts, label and value, for the paper that keeps the answer."""
        dites = [champ for champ in (*self.communs(), *self.indemnite()) if self.cleaned_data.get(champ.name) not in (None, "")]
        if self.cleaned_data["tib"] is None:
            dites = [champ for champ in dites if champ.name in COMMUNS]
        return [(str(champ.label), _shown(champ, self.cleaned_data[champ.name])) for champ in dites]

    def communs(self) -> list[forms.BoundField]:
        return [self[nom] for nom in COMMUNS]

    def indemnite(self) -> list[forms.BoundField]:
        return [self[nom] for nom in (*BASE, "diviseur", "franchise", "franchise_jours", "niveau")]

    def remplis(self) -> list[int]:
        """The rows where something was typed."""
        return [rang for rang in range(self.combien) if any(self.cleaned_data.get(f"arret_{rang}_{nom}") for nom in ARRET)]

    def demande(self) -> dict[str, Any]:
        """The engine's request, in its own plain values."""
        lu = self.cleaned_data
        demande: dict[str, Any] = {nom: lu[nom] for nom in ("nature", "regime", "statut", "decompte")}
        if lu["entree"]:
            demande["entree"] = lu["entree"].isoformat()
        demande["arrets"] = [
            {nom: _plain(lu[f"arret_{rang}_{nom}"]) for nom in ARRET if lu.get(f"arret_{rang}_{nom}")} for rang in self.remplis()
        ]
        if lu["tib"] is not None:
            demande["base"] = {nom: str(lu[nom]) for nom in BASE if lu[nom] is not None}
            demande["diviseur"] = lu["diviseur"]
            demande["franchise"] = {"genre": lu["franchise"], "jours": lu["franchise_jours"] or 0}
            demande["niveau"] = str(Decimal(100 if lu["niveau"] is None else lu["niveau"]) / 100)
        return demande

    def simuler(self) -> dict[str, Any] | None:
        """The answer, or None where a refusal was put beside its field."""
        demande, remplis = self.demande(), self.remplis()
        try:
            return indemnites.simuler(demande) if "base" in demande else {"droits": droits.simuler(demande), "lignes": [], "totaux": None}
        except DonneeInvalide as refus:
            for champ, messages in refus.champs.items():
                nom = _field_of(champ, remplis)
                self.add_error(nom if nom in self.fields else None, messages)
            return None


def _field_of(chemin: str, remplis: Sequence[int]) -> str:
    """« arrets.1.fin » names a row among those that were filled."""
    parts = chemin.split(".")
    if parts[0] != "arrets":
        return "franchise_jours" if chemin == "franchise.jours" else parts[-1]
    if len(parts) < 3:
        return f"arret_{next(iter(remplis), 0)}_debut"
    return f"arret_{remplis[int(parts[1])]}_{parts[2]}"


def with_rows(data: QueryDict) -> QueryDict:
    """What was sent, with three more rows of arrêts: the act of « Ajouter trois arrêts »."""
    suite = data.copy()
    suite["lignes"] = str(min(_count(data) + PAR_AJOUT, LIGNES_MAX))
    return suite


def without_row(data: QueryDict, place: str) -> QueryDict:
    """What was sent, less one row: those below move up. A place that does not exist changes nothing."""
    suite, combien = data.copy(), _count(data)
    if not place.isdecimal() or len(place) > 3 or int(place) >= combien:
        return suite
    for nom in ARRET:
        restes = [data.get(f"arret_{rang}_{nom}", "") for rang in range(combien) if rang != int(place)]
        for rang, valeur in enumerate([*restes, ""]):
            suite[f"arret_{rang}_{nom}"] = valeur
    suite["lignes"] = str(max(combien - 1, 1))
    return suite


def _shown(champ: forms.BoundField, valeur: Any) -> str:
    if isinstance(champ.field, forms.ChoiceField):
        return str(dict(champ.field.choices)[valeur])  # type: ignore[call-overload,arg-type]
    if isinstance(valeur, dt.date):
        return jour(valeur)
    if champ.name in BASE and champ.name != "charges":
        return euros(valeur)
    return nombre(valeur, 2 if isinstance(valeur, Decimal) else 0)


def _count(data: Any) -> int:
    voulu = data.get("lignes", "") if data is not None else ""
    return min(max(int(voulu), 1), LIGNES_MAX) if voulu.isdecimal() and len(voulu) < 4 else LIGNES


def _row(rang: int) -> dict[str, forms.Field]:
    nom = f"Arrêt {rang + 1}"
    return {
        f"arret_{rang}_debut": DateField(label=f"{nom}, premier jour", required=False),
        f"arret_{rang}_fin": DateField(label=f"{nom}, dernier jour", required=False),
        f"arret_{rang}_certificat": DateField(label=f"{nom}, date du certificat", required=False),
        f"arret_{rang}_nature": forms.ChoiceField(label=f"{nom}, nature", choices=[*VIDE, *NATURES], required=False),
        f"arret_{rang}_quotite": forms.TypedChoiceField(
            label=f"{nom}, travail (temps partiel)", choices=QUOTITES, required=False, coerce=int, empty_value=""
        ),
        f"arret_{rang}_dispense": forms.ChoiceField(label=f"{nom}, dispense de carence", choices=DISPENSES, required=False),
    }


def _plain(valeur: Any) -> str | int:
    if isinstance(valeur, int):
        return valeur
    return valeur.isoformat() if isinstance(valeur, dt.date) else str(valeur)


# -- The answer ---------------------------------------------------------------------------------------------------------------

CARENCE = JOUR_CARENCE.texte


def jours_de(rendu: dict[str, Any]) -> list[Plage]:
    """Each run of days of the answer with what it is: franchise and carence first, else its fraction."""
    return jours_des_lignes(rendu["lignes"]) if rendu["lignes"] else list(_days_of_rights(rendu["droits"]))


def _days_of_rights(droits_rendus: dict[str, Any]) -> Iterator[Plage]:
    for arret in droits_rendus["arrets"]:
        for segment in arret["segments"]:
            genre = "carence" if segment["motif"] == CARENCE else genre_de_fraction(segment["fraction"])
            yield dt.date.fromisoformat(segment["debut"]), dt.date.fromisoformat(segment["fin"]), genre
