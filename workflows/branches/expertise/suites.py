"""The automatic steps of an expertise. Each is safe to run again. `confier` alone is the bulle's: it writes the mission's row."""

from __future__ import annotations

from cases.enums import GenreTache
from cases.enums_expertise import ButExpertise
from cases.models import Branche, Sinistre
from cases.services import taches
from medical.services import missions
from workflows.branches.expertise import regles
from workflows.noeuds import tell


def confier(branche: Branche, sinistre: Sinistre | None) -> None:
    """The agent and his employer are told of the appointment; the expert finds the mission in the bulle, if he reads there."""
    expertise = branche.expertise
    missions.confier(branche=branche, expert=None if expertise.par_courrier else regles.expert(branche))
    tell(branche, "expertise.convocation")


def escalader(branche: Branche, sinistre: Sinistre | None) -> None:
    """The report is late: the responsable sees to it (another end, another médecin, or the end of the expertise)."""
    if branche.expertise.suite:
        return  # it came while this step waited for its worker
    taches.ouvrir(genre=GenreTache.ESCALADE, sinistre=sinistre, objet_type="branche", objet_id=branche.pk, priorite=1)
    tell(branche, "expertise.en_retard")


def tirer_les_consequences(branche: Branche, sinistre: Sinistre | None) -> None:
    """The conclusions are told. A denied imputabilité prepares a refusal that the gestionnaire proposes, or not: nothing by itself."""
    defavorables = regles.defavorables(branche.expertise.reponses.order_by("pk"))
    if any(reponse.but == ButExpertise.IMPUTABILITE for reponse in defavorables):
        preparer_un_refus(branche, sinistre)
    tell(branche, "expertise.conclue")


def preparer_un_refus(branche: Branche, sinistre: Sinistre | None) -> None:
    """A work item for the gestionnaire: to propose a refusal with its motive and scope ready, or to say why he does not."""
    taches.ouvrir(genre=GenreTache.EX_SUITES, sinistre=sinistre, objet_type="branche", objet_id=branche.pk)


def constater_la_carence(branche: Branche, sinistre: Sinistre | None) -> None:
    """No examination, for a reason that is the agent's: his employer is told, and decides what it is worth."""
    tell(branche, "expertise.carence")
