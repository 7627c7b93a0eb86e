"""Forms of the soutien psychologique: shapes only, rules stand in the services."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from cases.models import Programme
from medical.enums_soutien import ISSUES_DU_PSYCHOLOGUE, FormeSeance, Voie
from medical.models.soutien import SEANCE_MAX, SEANCE_MIN
from medical.rules_soutien import REGLES
from medical.services.soutien import MAX_CONTACT
from portal.bulle.forms import DateField
from workflows.branches.soutien.actes import MAX_NOTE, SeanceSaisie

VOIES = [(voie.value, voie.label) for voie in (Voie.TELEPHONE, Voie.COURRIER)]
ISSUES = [(issue.value, issue.label) for issue in ISSUES_DU_PSYCHOLOGUE]


def _programmes() -> list[tuple[str, str]]:
    return [(code, f"{Programme(code).label} : {regle.pour} {_offer(code)}") for code, regle in REGLES.items()]


def _offer(code: str) -> str:
    regle = REGLES[code]
    social = f", et {regle.mois_social} mois d’accompagnement social au plus" if regle.mois_social else ""
    return f"{regle.minimum} à {regle.maximum} séances." if regle.minimum else f"{regle.maximum} séances au plus{social}."


class ContactField(forms.CharField):
    """How to reach the agent: encrypted, for the psychologue."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label=label,
            max_length=MAX_CONTACT,
            help_text="Un téléphone ou une adresse électronique, et quand appeler. Chiffré : lu par le psychologue et le secrétariat.",
            error_messages={"required": "Dites comment joindre l’agent."},
            **kwargs,
        )


class ProgrammeField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label="Programme", choices=_programmes, widget=forms.RadioSelect, error_messages={"required": "Choisissez un programme."}
        )


# -- The agent, by his link -----------------------------------------------------------------------------------------------------


class DemandeForm(forms.Form):
    programme = ProgrammeField()
    contact = ContactField("Comment vous joindre")


class ReponseForm(forms.Form):
    contact = ContactField("Comment vous joindre", required=False)


# -- The secretariat ------------------------------------------------------------------------------------------------------------


class PropositionForm(forms.Form):
    numero = forms.CharField(label="Numéro du dossier", max_length=20, error_messages={"required": "Donnez le numéro du dossier."})
    programme = ProgrammeField()


class ReponseNoteeForm(forms.Form):
    """What the agent answered, told to the secretariat."""

    accepte = forms.ChoiceField(
        label="L’agent accepte-t-il ?",
        choices=(("oui", "Oui"), ("non", "Non")),
        widget=forms.RadioSelect,
        error_messages={"required": "Dites ce que l’agent a répondu."},
    )
    voie = forms.ChoiceField(
        label="Comment l’a-t-il dit ?",
        choices=VOIES,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites comment l’agent a répondu."},
    )
    le = DateField(label="Quel jour")
    contact = ContactField("Comment le joindre, s’il accepte", required=False)


class AffecterForm(forms.Form):
    psychologue = forms.ModelChoiceField(
        label="Psychologue",
        queryset=User.objects.none(),
        empty_label="Choisir…",
        error_messages={"required": "Choisissez un psychologue."},
    )

    def __init__(self, *args: Any, psychologues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["psychologue"].queryset = psychologues  # type: ignore[attr-defined]
        self.fields["psychologue"].label_from_instance = User.get_full_name  # type: ignore[attr-defined]


class VoieForm(forms.Form):
    """What the agent asked the secretariat for: by which way."""

    voie = forms.ChoiceField(
        label="Comment l’agent l’a-t-il demandé ?",
        choices=VOIES,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites comment l’agent l’a demandé."},
    )


# -- The psychologue --------------------------------------------------------------------------------------------------------------


class ContactPrisForm(forms.Form):
    le = DateField(label="Premier contact le")


class SeanceForm(forms.Form):
    tenue_le = DateField(label="Date")
    forme = forms.ChoiceField(
        label="Forme",
        choices=FormeSeance.choices,
        widget=forms.RadioSelect,
        initial=FormeSeance.CABINET,
        error_messages={"required": "Choisissez comment elle s’est tenue."},
    )
    absent = forms.BooleanField(label="L’agent n’est pas venu : le rendez-vous ne compte pas dans les séances", required=False)
    duree = forms.IntegerField(
        label="Durée, en minutes",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=f"De {SEANCE_MIN} à {SEANCE_MAX}. Vide pour un rendez-vous manqué.",
        error_messages={"invalid": "Écrivez un nombre de minutes."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Chiffrée, lue par vous seul.",
    )

    def saisie(self) -> SeanceSaisie:
        donnees = self.cleaned_data
        absent = donnees["absent"]
        return SeanceSaisie(donnees["tenue_le"], donnees["forme"], None if absent else donnees["duree"], absent, donnees["note"])


class FinForm(forms.Form):
    issue = forms.ChoiceField(
        label="Comment se termine-t-il ?",
        choices=ISSUES,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites comment ce soutien se termine."},
    )
    motif = forms.CharField(
        label="Pourquoi avant le nombre de séances prévu",
        required=False,
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Demandé pour un programme qui a un minimum. Chiffré, lu par son psychologue seul.",
    )
