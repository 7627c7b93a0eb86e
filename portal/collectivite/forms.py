"""Forms of the collectivités' door: what is asked, in its own words. The rules stay in the services; a form only reads the fields."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cases.enums import GenreArret
from cases.errors import DonneeInvalide
from contracts.enums import IMPUTABLES, NATURES_BY_REGIME, RECOURS_QUESTION, Nature
from contracts.models import Agent
from portal.collectivite.natures import libelle_survenance
from portal.models import Brouillon
from workflows.declaration import WITHOUT_LEAVE
from workflows.demande import ArretDemande
from workflows.periods import check_arret

CHAMP_DE = {"arret.debut": "debut", "arret.fin": "fin", "arret.certificat": "certificat_du", "arret.quotite": "quotite"}
QUOTITES = [("", "Choisissez")] + [(str(q), f"{q} %") for q in (50, 60, 70, 80, 90)]
ANCIEN, LOINTAIN = dt.date(1990, 1, 1), dt.date(2100, 1, 1)


class JourField(forms.DateField):
    """A day: the browser's own picker, or typed « jj/mm/aaaa »."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            error_messages={"required": "Donnez cette date.", "invalid": "Écrivez la date sous la forme jj/mm/aaaa."},
            **kwargs,
        )

    def clean(self, value: Any) -> dt.date | None:
        jour = super().clean(value)
        if jour is not None and not ANCIEN <= jour <= LOINTAIN:
            raise ValidationError("Vérifiez l’année.")
        return jour


class ArretMixin:
    """The four fields of a certified period, and the check that the service makes of them."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def add_arret_fields(self, genre: str) -> None:
        self.genre = genre
        self.fields["debut"] = JourField(label="Premier jour de l’arrêt")
        self.fields["fin"] = JourField(label="Dernier jour de l’arrêt", help_text="Le dernier jour d’absence, compris.")
        self.fields["certificat_du"] = JourField(
            label="Certificat établi le", help_text="La date que le médecin a écrite en bas du certificat."
        )
        if genre == GenreArret.TPT:
            self.fields["quotite"] = forms.TypedChoiceField(
                label="Quotité travaillée", choices=QUOTITES, coerce=int, empty_value=None,
                error_messages={"required": "Choisissez la quotité."},
            )  # fmt: skip

    def arret(self) -> ArretDemande | None:
        """The period, once its dates are read; None while one is missing."""
        debut, fin, certificat = (self.cleaned_data.get(nom) for nom in ("debut", "fin", "certificat_du"))
        if debut is None or fin is None or certificat is None:
            return None
        return ArretDemande(debut, fin, certificat, self.cleaned_data.get("quotite"))

    def check_period(self, survenance: dt.date) -> None:
        """Put on each field what the service finds wrong with the period."""
        arret = self.arret()
        if arret is None or self.errors:  # type: ignore[attr-defined]
            return
        try:
            check_arret(arret, survenance=survenance, genre=self.genre)
        except DonneeInvalide as error:
            self.blame(error)

    def blame(self, error: DonneeInvalide) -> None:
        """Put on each field of the form what a service found wrong; the rest goes to the top."""
        for champ, messages in error.champs.items():
            nom = CHAMP_DE.get(champ, champ)
            self.add_error(nom if nom in self.fields else None, messages)  # type: ignore[attr-defined]


class RechercheAgentForm(forms.Form):
    q = forms.CharField(label="Nom ou matricule de l’agent", max_length=100, required=False)


class NatureForm(forms.Form):
    nature = forms.ChoiceField(choices=Nature.choices, error_messages={"required": "Choisissez une nature."})

    def __init__(self, *args: Any, regime: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regime = regime

    def clean_nature(self) -> str:
        nature: str = self.cleaned_data["nature"]
        if self.regime and nature not in NATURES_BY_REGIME[self.regime]:
            raise ValidationError("Cette nature n’existe pas au régime de cet agent.")
        return nature


class DatesForm(ArretMixin, forms.Form):
    """The dates of a declaration, asked as its nature wants them."""

    def __init__(self, *args: Any, nature: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nature = nature
        if nature in IMPUTABLES or nature in WITHOUT_LEAVE:
            self.fields["survenance"] = JourField(label=libelle_survenance(nature))
        if nature not in WITHOUT_LEAVE:
            self.add_arret_fields(GenreArret.TPT if nature == Nature.TPT else GenreArret.INITIAL)

    def clean(self) -> dict[str, Any]:
        survenance = self.cleaned_data.get("survenance") or self.cleaned_data.get("debut")
        if survenance is not None:
            self.check_period(survenance)
        return self.cleaned_data


class CirconstancesForm(forms.Form):
    def __init__(self, *args: Any, nature: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if nature in IMPUTABLES:
            self.fields["circonstances"] = forms.CharField(
                label="Que s’est-il passé ?",
                widget=forms.Textarea(attrs={"rows": 6}),
                max_length=4000,
                help_text="L’heure, le lieu, ce que faisait l’agent, les témoins. N’écrivez ni blessure, ni diagnostic.",
                error_messages={"required": "Racontez les circonstances : date, heure, lieu, faits."},
            )
        if nature in RECOURS_QUESTION:
            self.fields["tiers_possible"] = forms.TypedChoiceField(
                label="Quelqu’un d’autre peut-il être responsable ?",
                choices=[("oui", "Oui, ou peut-être"), ("non", "Non")],
                coerce=lambda valeur: valeur == "oui",
                widget=forms.RadioSelect,
                help_text="Par exemple un conducteur, un propriétaire de chien, une agression. La loi impose de le dire (CGFP, "
                "article L825-1) : le centre de gestion peut alors se faire rembourser par le responsable.",
                error_messages={"required": "Répondez par oui ou par non ; dans le doute, répondez oui."},
            )

    @staticmethod
    def initial_of(brouillon: Brouillon) -> dict[str, Any]:
        reponse = brouillon.tiers_possible
        return {
            "circonstances": brouillon.circonstances,
            "tiers_possible": None if reponse is None else "oui" if reponse else "non",
        }


class RaisonField(forms.CharField):
    """Why one goes on past an interruption card."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            label="Pourquoi continuer quand même ?",
            max_length=500,
            required=required,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="Une phrase suffit. Elle est gardée avec le dossier et lue par votre gestionnaire.",
            error_messages={"required": "Dites pourquoi vous continuez, ou corrigez la déclaration."},
        )


class RaisonForm(forms.Form):
    alertes_assumees = RaisonField()


class ProlongationForm(ArretMixin, forms.Form):
    """A new certificate that follows the last one."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    alertes_assumees = RaisonField(required=False)

    def __init__(self, *args: Any, survenance: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survenance = survenance
        self.add_arret_fields(GenreArret.PROLONGATION)

    def clean(self) -> dict[str, Any]:
        self.check_period(self.survenance)
        return self.cleaned_data


class RepriseForm(forms.Form):
    le = JourField(label="Jour de la reprise effective", help_text="Le premier jour où l’agent est revenu travailler.")


class RechercheDossierForm(forms.Form):
    q = forms.CharField(label="Numéro, nom ou matricule", max_length=100, required=False)


def regime_de(agent: Agent, le: dt.date) -> str:
    """The regime of an agent that day, empty when his record does not tell."""
    situation = agent.situations.filter(debut__lte=le).order_by("-debut").first()
    return situation.regime if situation is not None else ""
