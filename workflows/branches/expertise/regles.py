"""Rules of an expertise that need no lock: what an answer means, who is asked, what the flow's gateways read."""

from __future__ import annotations

from collections.abc import Iterable

from viewflow.workflow.activation import Activation

from accounts.models import User
from cases.enums import SensAvis
from cases.enums_expertise import ButExpertise, CodeReponse, SuiteExamen
from cases.models import Branche, QuestionMedecin, ReponseExpertise
from medical.models import Mission
from workflows.noeuds import branche_de

QUESTION_DE: dict[str, QuestionMedecin] = {
    ButExpertise.IMPUTABILITE: QuestionMedecin.IMPUTABILITE,
    ButExpertise.RECHUTE: QuestionMedecin.RECHUTE,
    ButExpertise.REPRISE: QuestionMedecin.REPRISE,
}
"""What the médecin conseil is asked when an expertise refers the dossier to him; whether the arrêt is justified, for the other goals."""

DEFAVORABLES = frozenset({CodeReponse.NON, CodeReponse.NON_JUSTIFIES})
"""Answers on which a part of the dossier may have to be refused. Only people do that."""


def question_de(buts: Iterable[str]) -> QuestionMedecin:
    return next((QUESTION_DE[but] for but in buts if but in QUESTION_DE), QuestionMedecin.JUSTIFICATION)


def sens_de(codes: Iterable[str]) -> SensAvis:
    """The avis that these answers make: against, as soon as one is; to be completed, where one could not be given."""
    found = set(codes)
    if found & DEFAVORABLES:
        return SensAvis.DEFAVORABLE
    return SensAvis.COMPLEMENT if CodeReponse.INDETERMINE in found else SensAvis.FAVORABLE


def defavorables(reponses: Iterable[ReponseExpertise]) -> list[ReponseExpertise]:
    return [reponse for reponse in reponses if reponse.code in DEFAVORABLES]


# -- To whom a step is addressed, on what its right is asked -------------------------------------------------------------------


def medecin_conseil(branche: Branche) -> User:
    """The one to whom the dossier is entrusted; whoever replaces him sees it too."""
    return branche.expertise.avis.medecin


def expert(branche: Branche) -> User | None:
    medecin = branche.expertise.medecin
    return medecin.compte if medecin is not None else None


def mission_de(branche: Branche) -> Mission:
    """In the bulle alone: the web's login reads no mission."""
    return Mission.objects.lues().get(branche=branche)


# -- Gateways ------------------------------------------------------------------------------------------------------------------


def by_post(activation: Activation) -> bool:
    return branche_de(activation).expertise.par_courrier


def is_recalled(activation: Activation) -> bool:
    return branche_de(activation).expertise.suite == SuiteExamen.RAPPEL


def is_recused(activation: Activation) -> bool:
    return branche_de(activation).expertise.suite == SuiteExamen.RECUSE


def is_postponed(activation: Activation) -> bool:
    return branche_de(activation).expertise.suite == SuiteExamen.REPORT


def was_examined(activation: Activation) -> bool:
    return branche_de(activation).expertise.suite == SuiteExamen.REALISE


def was_not_examined(activation: Activation) -> bool:
    return branche_de(activation).expertise.suite == SuiteExamen.CARENCE
