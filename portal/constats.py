"""Forms of what is known besides the dossier, and what a page shows of it. Rules stand in the services; a form only reads its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.gate import peut
from accounts.models import Collectivite, Habilitation, User
from cases.models import Sinistre
from contracts.enums import Regime
from contracts.models import Agent
from indemnities.enums import DispenseConnue, GenreMontant
from indemnities.lecture_constats import LIGNES_MAX, GenreFichier
from indemnities.models import ArretConnu, MontantConstate
from indemnities.rules_constats import MOTIF_MAX, REFERENCE_MAX, LigneArret, LigneMontant
from indemnities.selectors_constats import constats_de, historique_de
from portal.gestion.formulaires import DateField
from portal.gestion.formulaires_argent import MontantField
from portal.procedures import COLLECTIVITE

VALIDITE = 3600
"""Seconds during which a file that was shown can be confirmed."""

TITRES_FICHIERS: dict[GenreFichier, str] = {
    GenreFichier.ARRETS: "Importer des arrêts connus",
    GenreFichier.DECOMPTES_CPAM: "Importer des décomptes de la CPAM",
}
ENTETES: dict[GenreFichier, str] = {
    GenreFichier.ARRETS: "matricule;nature;debut;fin;certificat",
    GenreFichier.DECOMPTES_CPAM: "numero de dossier;debut;fin;montant;reference",
}


class ArretConnuForm(forms.Form):
    nature = forms.ChoiceField(label="Nature", choices=[("", "Choisir…"), *ArretConnu._meta.get_field("nature").flatchoices])
    debut = DateField(label="Premier jour")
    fin = DateField(label="Dernier jour", help_text="Le dernier jour d’absence, compris.")
    certificat_du = DateField(label="Certificat établi le", required=False, help_text="À défaut, le premier jour de l’arrêt.")
    dispense = forms.ChoiceField(
        label="Dispense de jour de carence", choices=[("", "Aucune"), *DispenseConnue.choices], required=False,
        help_text="Pour une maladie ordinaire. Ne dites jamais le motif médical.",
    )  # fmt: skip

    def ligne(self) -> LigneArret:
        return LigneArret(**self.cleaned_data)


class MontantForm(forms.Form):
    genre = forms.ChoiceField(label="Ce qui est constaté", choices=GenreMontant.choices, widget=forms.RadioSelect)
    debut = DateField(label="Premier jour")
    fin = DateField(label="Dernier jour")
    montant = MontantField(
        label="Montant brut de la période, en euros",
        help_text="Les indemnités journalières versées par la CPAM, ou la paie maintenue pour les composantes que la collectivité assure.",
    )
    reference = forms.CharField(label="Référence", max_length=REFERENCE_MAX, help_text="Le numéro du décompte, ou le mois du bulletin.")

    def __init__(self, *args: Any, sinistre: Sinistre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        genre = self.fields["genre"]
        if sinistre.regime != Regime.IRCANTEC and isinstance(genre, forms.ChoiceField):
            genre.choices = [(GenreMontant.PAIE.value, GenreMontant.PAIE.label)]
            genre.initial = GenreMontant.PAIE
            self.fields["montant"].help_text = "La paie maintenue, pour les composantes que la collectivité assure."

    def ligne(self) -> LigneMontant:
        return LigneMontant(**self.cleaned_data)


class AnnulationForm(forms.Form):
    motif = forms.CharField(label="Pourquoi annuler cette ligne", max_length=MOTIF_MAX, help_text="Jamais de motif médical.")


class FichierForm(forms.Form):
    """A file for one collectivité: the only one of the person is not asked for."""

    collectivite = forms.ModelChoiceField(label="Collectivité", queryset=Collectivite.objects.none(), empty_label="Choisir…")
    fichier = forms.FileField(
        label="Fichier CSV", help_text=f"{LIGNES_MAX} lignes au plus.", widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )

    def __init__(self, *args: Any, collectivites: QuerySet[Collectivite], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["collectivite"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = collectivites
            premieres = list(collectivites[:2])
            if len(premieres) == 1:
                field.initial, field.widget = premieres[0], forms.HiddenInput()
                field.widget.choices = field.choices  # type: ignore[attr-defined]


# -- A file between its preview and its confirmation --------------------------------------------------------------------------


def _salt(user: User, genre: GenreFichier) -> str:
    return f"portal.constats.{genre}.{user.pk}"


def garder(user: User, genre: GenreFichier, collectivite_id: int, texte: str) -> str:
    """The file, signed for this person, to travel inside the page that shows it: nothing of it is kept here."""
    return signing.dumps([collectivite_id, texte], salt=_salt(user, genre), compress=True)


def reprendre(user: User, genre: GenreFichier, garde: str) -> tuple[int, str] | None:
    """(collectivité, text) of a file that this person was shown within the last hour; None otherwise."""
    try:
        collectivite_id, texte = signing.loads(garde, salt=_salt(user, genre), max_age=VALIDITE)
    except signing.BadSignature:
        return None
    return collectivite_id, texte


# -- What pages show ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ligne:
    """One row to show: what it is, who entered it, who annulled it."""

    constat: ArretConnu | MontantConstate
    par: str
    annule_par: str


@dataclass(frozen=True)
class Groupe:
    """The amounts of one genre on a dossier, annulled ones included."""

    code: str
    titre: str
    lignes: list[Ligne]


def lignes_de(constats: Sequence[ArretConnu | MontantConstate], porte: str, collectivite_id: int) -> list[Ligne]:
    """Rows as a door shows them. At the collectivités', of the CDG's people only « Centre de gestion » is named."""
    siens: set[int] | None = None
    if porte == COLLECTIVITE:
        siens = set(Habilitation.objects.filter(role=Role.COLLECTIVITE, collectivite=collectivite_id).values_list("user_id", flat=True))

    def nom(user: User | None) -> str:
        if user is None:
            return ""
        return user.get_short_name() if siens is None or user.pk in siens else "Centre de gestion"

    return [Ligne(constat, nom(constat.saisi_par), nom(constat.annule_par)) for constat in constats]


def groupes_de(user: User, sinistre: Sinistre, porte: str) -> list[Groupe]:
    """What the CPAM paid (régime général alone) and the pay maintained; nothing to whom may not read it."""
    if not peut(user, "constat_lire", sinistre):
        return []
    montants = constats_de(user, sinistre)
    groupes = []
    for code, titre in ((GenreMontant.CPAM, "Décomptes de la CPAM"), (GenreMontant.PAIE, "Paie maintenue")):
        lignes = lignes_de([m for m in montants if m.genre == code], porte, sinistre.collectivite_id)
        if lignes or code == GenreMontant.PAIE or sinistre.regime == Regime.IRCANTEC:
            groupes.append(Groupe(code, titre, lignes))
    return groupes


def contexte_dossier(user: User, sinistre: Sinistre, porte: str) -> dict[str, Any]:
    """For « portal/_constats_dossier.html »."""
    return {
        "groupes_constats": groupes_de(user, sinistre, porte),
        "url_constats": reverse(f"{porte}:constats", args=[sinistre.numero]),
        "annuler_constat": f"{porte}:constat-annuler" if peut(user, "constat_annuler", sinistre) else "",
        "peut_constater": peut(user, "constat_saisir", sinistre),
    }


def contexte_agent(user: User, agent: Agent, porte: str) -> dict[str, Any]:
    """For « portal/_arrets_connus.html »."""
    lui_meme = agent.compte_id == user.pk
    return {
        "arrets_connus": lignes_de(historique_de(user, agent), porte, agent.collectivite_id),
        "url_arrets_connus": reverse(f"{porte}:arrets-connus", args=[agent.pk]),
        "annuler_arret": f"{porte}:arret-connu-annuler" if peut(user, "constat_annuler", agent) and not lui_meme else "",
        "peut_constater": peut(user, "constat_saisir", agent) and not lui_meme,
        "peut_lire_constats": peut(user, "constat_lire", agent) and not lui_meme,
    }
