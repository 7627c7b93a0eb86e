"""Accompagnement of an agent back to work: an individual programme, or several hands on a complex situation (S000)."""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation

from accounts.models import User
from cases.enums import GenreEcheance, GenreTache
from cases.enums_accompagnement import FormeAccompagnement
from cases.models import Accompagnement, Branche
from workflows.branches.accompagnement import delais
from workflows.branches.accompagnement.actes import file_du_psychologue
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin, Reunion, branche_de

BILAN = GenreEcheance.AC_BILAN


def _has_agreed(activation: Activation) -> bool:
    return branche_de(activation).accompagnement.accord is True


def _is_programme(activation: Activation) -> bool:
    return branche_de(activation).accompagnement.forme == FormeAccompagnement.RETOUR_EMPLOI


def _is_complex(activation: Activation) -> bool:
    return not _is_programme(activation)


def _accompagnement(branche: Branche) -> Accompagnement:
    return branche.accompagnement


def _psychologue(branche: Branche) -> User | None:
    return branche.accompagnement.psychologue


def _referent(branche: Branche) -> User | None:
    return branche.accompagnement.referent


class AccompagnementFlow(BrancheFlow):
    """Accompagnement

    Nothing begins without the agent's accord. After six months the steps that still run give way to the bilan.
    """

    start = Depart("Demande").Next(this.accord)
    accord = Etape(GenreTache.AC_ACCORD, action="accompagnement_mener").Next(this.accepte)
    accepte = flow.If(_has_agreed).Annotation("Accord de l’agent ?").Then(this.designer).Else(this.refuse)
    refuse = Fin("Refusé par l’agent")
    designer = Etape(GenreTache.AC_DESIGNER, action="accompagnement_mener").Next(this.prevenir)
    prevenir = Automatique("workflows.branches.accompagnement.suites.prevenir", "Prévenir les intervenants").Next(this.repartir)
    repartir = (
        flow.Split()
        .Annotation("Quelle forme ?")
        .Next(this.psychologue, case=_is_programme)
        .Next(this.referent, case=_is_complex)
        .Next(this.psy_travail, case=_is_complex)
    )
    psychologue = Etape(
        GenreTache.AC_PSYCHOLOGUE,
        action="accompagnement_intervenir",
        destinataire=_psychologue,
        file=file_du_psychologue,
        objet=_accompagnement,
    ).Next(this.reunir)
    terme_psychologue = Delai(this.psychologue, genre=BILAN, terme=delais.bilan, interrompt=True).Next(this.reunir)
    referent = Etape(GenreTache.AC_REFERENT, action="accompagnement_mener", destinataire=_referent).Next(this.reunir)
    terme_referent = Delai(this.referent, genre=BILAN, terme=delais.bilan, interrompt=True).Next(this.reunir)
    psy_travail = Etape(GenreTache.AC_PSY_TRAVAIL, action="accompagnement_mener").Next(this.reunir)
    terme_psy_travail = Delai(this.psy_travail, genre=BILAN, terme=delais.bilan, interrompt=True).Next(this.reunir)
    reunir = Reunion().Annotation("Réunir").Next(this.bilan)
    bilan = Etape(GenreTache.AC_BILAN, action="accompagnement_mener").Next(this.fin)
    fin = Fin("Bilan fait")
