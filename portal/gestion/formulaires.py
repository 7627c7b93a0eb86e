"""Forms of the case page, built from what each transition says it reads (workflows.demande). They check shapes, never rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core import signing

from cases.enums import GenreArret, MotifAnnulation, MotifCloture, MotifRefus, PorteeRefus
from cases.errors import DonneeInvalide
from cases.models import Sinistre
from cases.states import PASSAGES
from contracts.enums import NATURES_BY_REGIME, Nature
from portal.presentation import jour
from workflows.demande import FIELDS, REQUIRED, ArretDemande, Demande

AJOUTER_ARRET, DECLARER_REPRISE = "ajouter_arret", "declarer_reprise"
LIBELLES: dict[str, str] = {nom: passage.libelle for nom, passage in PASSAGES.items()} | {
    AJOUTER_ARRET: "Ajouter un arrêt",
    DECLARER_REPRISE: "Noter la reprise effective",
}
CHAMPS: dict[str, tuple[str, ...]] = FIELDS | {
    AJOUTER_ARRET: ("genre", "arret", "alertes_assumees"),
    DECLARER_REPRISE: ("le",),
}
REQUIS: dict[str, tuple[str, ...]] = REQUIRED | {AJOUTER_ARRET: ("genre", "arret"), DECLARER_REPRISE: ("le",)}

MOTIFS: dict[str, list[tuple[str, str]]] = {
    "clore": MotifCloture.choices,
    "annuler": MotifAnnulation.choices,
    "proposer_refus": MotifRefus.choices,
}
AIDES: dict[str, str] = {
    "clore": "On clôt sur ce qui est arrivé, jamais sur la fin d’un certificat.",
    "proposer_refus": "Le CDG mène une médiation avant tout refus.",
    "requalifier": "La survenance et le contrat restent ceux du dossier ; les arrêts à partir de la date d’effet changent de nature.",
    "rouvrir_rechute": "Un nouvel épisode du même sinistre, sous sa survenance et son contrat d’origine.",
    AJOUTER_ARRET: "Un arrêt validé ou remboursé remet le dossier en attente de ses pièces.",
    DECLARER_REPRISE: "Elle ne clôt rien d’elle-même : elle arrête la demande de date et propose la clôture.",
}
SALT = "portal.gestion.dossier-vu"


class DateField(forms.DateField):
    """A day, in the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%d/%m/%Y"])
        super().__init__(**kwargs)


class ActeForm(forms.Form):
    """A transition's form. `version` and `vu` (signed) say what the person was looking at."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    vu = forms.CharField(widget=forms.HiddenInput, required=False)
    puis = forms.CharField(widget=forms.HiddenInput, required=False)

    def demande(self) -> Demande:
        """Raises DonneeInvalide when an arrêt is begun and not finished."""
        lu = self.cleaned_data
        return Demande(
            motif=lu.get("motif") or "",
            date_effet=lu.get("date_effet"),
            portee=lu.get("portee") or "",
            nature=lu.get("nature") or "",
            commentaire=(lu.get("commentaire") or "").strip(),
            arret=self.arret(),
            alertes_assumees=lu.get("alertes_assumees") or "",
        )

    def arret(self) -> ArretDemande | None:
        lu = self.cleaned_data
        debut, fin = lu.get("arret_debut"), lu.get("arret_fin")
        if debut is None or fin is None:
            return None
        quotite = lu.get("arret_quotite")
        return ArretDemande(debut, fin, lu.get("arret_certificat") or debut, int(quotite) if quotite else None)


def formulaire(nom: str, sinistre: Sinistre, data: Any = None, **initial: Any) -> ActeForm:
    """The form of one act on one dossier. Raises KeyError for an act that does not exist."""
    fields: dict[str, forms.Field] = {}
    for champ in CHAMPS[nom]:
        fields |= _fields_of(champ, nom, sinistre, required=champ in REQUIS.get(nom, ()))
    form_class = type("ActeForm", (ActeForm,), fields)
    valeurs = {"version": sinistre.version, "vu": photographier(sinistre)} | initial
    return form_class(data, initial=valeurs, prefix=None)


def _fields_of(champ: str, nom: str, sinistre: Sinistre, *, required: bool) -> dict[str, forms.Field]:
    vide = [("", "Choisir…")]
    match champ:
        case "motif":
            return {"motif": forms.ChoiceField(label="Motif", choices=[*vide, *MOTIFS[nom]], required=required)}
        case "portee":
            return {"portee": forms.ChoiceField(label="Le refus porte sur", choices=[*vide, *PorteeRefus.choices], required=required)}
        case "nature":
            natures = [(n.value, n.label) for n in Nature if n in NATURES_BY_REGIME[sinistre.regime] and n != sinistre.nature]
            return {"nature": forms.ChoiceField(label="Nouvelle nature", choices=[*vide, *natures], required=required)}
        case "date_effet":
            return {"date_effet": DateField(label="Date d’effet", required=required, initial=_effective_day(nom, sinistre))}
        case "le":
            return {"le": DateField(label="Jour de la reprise", required=required)}
        case "genre":
            genres = [(GenreArret.PROLONGATION.value, GenreArret.PROLONGATION.label), (GenreArret.TPT.value, GenreArret.TPT.label)]
            return {"genre": forms.ChoiceField(label="Sorte", choices=genres, required=required)}
        case "arret":
            found: dict[str, forms.Field] = {
                "arret_debut": DateField(label="Premier jour de l’arrêt", required=required),
                "arret_fin": DateField(label="Dernier jour de l’arrêt", required=required),
                "arret_certificat": DateField(
                    label="Certificat établi le", required=False, help_text="Le premier jour de l’arrêt, sauf mention contraire."
                ),
            }
            if nom == AJOUTER_ARRET:
                quotites = [("", "sans objet"), *((str(q), f"{q} %") for q in (50, 60, 70, 80, 90))]
                found["arret_quotite"] = forms.ChoiceField(
                    label="Quotité travaillée", choices=quotites, required=False, help_text="Pour un temps partiel thérapeutique seulement."
                )
            return found
        case "commentaire":
            libelle = "Explication" if required else "Commentaire"
            return {
                "commentaire": forms.CharField(label=libelle, required=required, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
            }
        case "alertes_assumees":
            return {"alertes_assumees": forms.CharField(label="Pourquoi continuer", required=False, max_length=500)}
    raise KeyError(champ)


def _effective_day(nom: str, sinistre: Sinistre) -> dt.date | None:
    """Closing starts from the return already told, where there is one."""
    return sinistre.reprise_effective if nom == "clore" else None


def poser_erreurs(form: forms.BaseForm, error: DonneeInvalide) -> None:
    """Put the service's messages beside their fields: « arret.debut » is the field arret_debut."""
    for champ, phrases in error.champs.items():
        nom = champ.replace(".", "_")
        if nom not in form.fields:
            nom = next((f for f in form.fields if f.startswith(f"{nom}_")), "") if nom else ""
        for phrase in phrases:
            form.add_error(nom or None, phrase)


# -- What the person was looking at -------------------------------------------------------------------------------------------


def faits_de(sinistre: Sinistre) -> dict[str, str]:
    """The facts a decision rests on, as words: what two people may see differently."""
    dernier = sinistre.arrets.filter(actif=True).order_by("-fin").first()
    return {
        "État": sinistre.get_etat_display(),
        "Nature": sinistre.get_nature_display(),
        "Dernier arrêt": str(dernier) if dernier is not None else "aucun",
        "Reprise effective": jour(sinistre.reprise_effective) if sinistre.reprise_effective else "non connue",
        "Clôture": f"{sinistre.get_motif_cloture_display()}, {jour(sinistre.date_cloture)}" if sinistre.date_cloture else "aucune",
        "Refus": sinistre.get_motif_refus_display() or "aucun",
    }


def photographier(sinistre: Sinistre) -> str:
    """Those facts, signed, to travel inside the form. They hold no name."""
    return signing.dumps(faits_de(sinistre), salt=SALT, compress=True)


def comparer(vu: str, sinistre: Sinistre) -> list[tuple[str, str, str]]:
    """(fact, as the person saw it, as it is now) for each fact that has changed."""
    try:
        avant: dict[str, str] = signing.loads(vu, salt=SALT)
    except signing.BadSignature:
        avant = {}
    return [(nom, avant.get(nom, "?"), valeur) for nom, valeur in faits_de(sinistre).items() if avant.get(nom) != valeur]
