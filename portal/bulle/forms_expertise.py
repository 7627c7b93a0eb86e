"""Forms of the expertises in the bulle: the mission, the expert's answer, the conclusions that leave. Shapes only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from cases.enums_expertise import QUOTITES, REPONSES_DE, ButExpertise, CodeReponse, MotifAbsence, MotifRecusation
from cases.models import Arret, Expertise, ReponseExpertise, Sinistre
from medical.enums import QuestionExpertise
from portal.bulle.forms import DateField
from workflows.branches.expertise.bulle import MAX_CONCLUSION, Reponse

VIDE = [("", "Choisir…")]


QUESTIONS_DE: dict[str, tuple[QuestionExpertise, ...]] = {
    ButExpertise.IMPUTABILITE: (QuestionExpertise.IMPUTABILITE, QuestionExpertise.ETAT_ANTERIEUR),
    ButExpertise.PROLONGATION: (QuestionExpertise.LIEN_PROLONGATION,),
    ButExpertise.RECHUTE: (QuestionExpertise.LIEN_RECHUTE,),
    ButExpertise.REPRISE: (QuestionExpertise.APTITUDE, QuestionExpertise.AMENAGEMENT, QuestionExpertise.TPT),
    ButExpertise.CONSOLIDATION: (QuestionExpertise.CONSOLIDATION,),
    ButExpertise.ARRETS_ET_SOINS: (QuestionExpertise.SOINS,),
}
"""The questions that a goal calls for, proposed to whoever writes the mission. The rate of incapacity is never proposed: he asks it."""


def questions_pour(buts: Iterable[str]) -> list[str]:
    return [question.value for but in buts for question in QUESTIONS_DE[but]]


class MissionForm(forms.Form):
    """What an expert is asked: questions of the list, others in one's own words."""

    questions = forms.MultipleChoiceField(
        label="Questions",
        choices=QuestionExpertise.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Une au moins, de cette liste ou en vos propres mots.",
    )
    autres = forms.CharField(
        label="Autres questions, contexte médical",
        required=False,
        max_length=15_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Chiffré : seuls l’expert, les médecins du dossier et l’agent s’il le demande le lisent.",
    )

    def texte(self) -> str:
        """The questions as the expert will read them, numbered."""
        choisies = [QuestionExpertise(code).label for code in self.cleaned_data["questions"]]
        lignes = [f"{rang}. {question}" for rang, question in enumerate(choisies, start=1)]
        return "\n".join(lignes + ([self.cleaned_data["autres"].strip()] if self.cleaned_data["autres"].strip() else []))


class DemandeForm(MissionForm):
    """An expertise that the médecin conseil asks for himself: its goals, which the employer reads, and its mission, which he does not."""

    buts = forms.MultipleChoiceField(
        label="Ce que l’expertise doit établir",
        choices=ButExpertise.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Lu hors de la bulle : par l’employeur et le centre de gestion.",
        error_messages={"required": "Dites ce que l’expertise doit établir."},
    )
    arret = forms.ModelChoiceField(
        label="Période en question",
        queryset=Arret.objects.none(),
        required=False,
        empty_label="Choisir…",
        help_text="Pour le lien d’une prolongation ou d’une rechute.",
    )
    obligatoire = forms.BooleanField(label="Ce contrôle est imposé par les textes", required=False)

    field_order = ("buts", "arret", "obligatoire", "questions", "autres")

    def __init__(self, sinistre: Sinistre, data: Any = None) -> None:
        super().__init__(data)
        self.fields["arret"].queryset = sinistre.arrets.filter(actif=True).order_by("debut")  # type: ignore[attr-defined]


class RapportForm(forms.Form):
    """An expert's answer."""

    conclusions = forms.CharField(
        label="Vos conclusions",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Elles répondent aux questions posées. Le médecin conseil les lit ; il écrira ce que saura l’employeur.",
        error_messages={"required": "Écrivez vos conclusions : elles répondent aux questions posées."},
    )


class AbsenceForm(forms.Form):
    absence = forms.ChoiceField(
        label="Pourquoi l’examen n’a pas eu lieu",
        choices=[*VIDE, *MotifAbsence.choices],
        error_messages={"required": "Choisissez le motif dans la liste."},
    )


class RecusationForm(forms.Form):
    motif = forms.ChoiceField(
        label="Pourquoi vous récuser",
        choices=[*VIDE, *((m.value, m.label) for m in MotifRecusation if m != MotifRecusation.DELAI)],
        error_messages={"required": "Choisissez le motif dans la liste."},
    )


class ConclureForm(forms.Form):
    """What leaves the bulle: an answer to each goal, and the text that the employer reads."""

    conclusion = forms.CharField(
        label="Conclusions administratives",
        max_length=MAX_CONCLUSION,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Ce que l’employeur a besoin de savoir pour décider : jamais de diagnostic, de lésion, de soin, ni de taux d’incapacité.",
        error_messages={"required": "Écrivez les conclusions que lira l’employeur."},
    )

    def __init__(self, expertise: Expertise, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.buts = [ButExpertise(but) for but in expertise.buts]
        for but in self.buts:
            champ, codes = but.lower(), REPONSES_DE[but]
            self.fields[f"code_{champ}"] = forms.ChoiceField(
                label=but.label,
                choices=[*VIDE, *((code.value, code.label) for code in codes)],
                error_messages={"required": "Choisissez la réponse."},
            )
            if but in (ButExpertise.REPRISE, ButExpertise.CONSOLIDATION, ButExpertise.ARRETS_ET_SOINS):
                self.fields[f"le_{champ}"] = DateField(label=f"{but.label} : date", required=False)
            if CodeReponse.REPRISE_TPT in codes:
                self.fields[f"quotite_{champ}"] = forms.TypedChoiceField(
                    label="Quotité du temps partiel thérapeutique",
                    choices=[("", "Sans objet"), *((quotite, f"{quotite} %") for quotite in QUOTITES)],
                    coerce=int,
                    empty_value=None,
                    required=False,
                )
        self.order_fields([*(nom for nom in self.fields if nom != "conclusion"), "conclusion"])

    def reponses(self) -> list[Reponse]:
        lu = self.cleaned_data
        return [
            Reponse(but, lu[f"code_{champ}"], lu.get(f"le_{champ}"), lu.get(f"quotite_{champ}"))
            for but, champ in ((but, but.lower()) for but in self.buts)
        ]

    def apercu(self) -> list[ReponseExpertise]:
        """The same, as the employer's page shows them; not saved."""
        return [ReponseExpertise(but=r.but, code=r.code, le=r.le, quotite=r.quotite) for r in self.reponses()]
