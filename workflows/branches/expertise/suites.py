"""The automatic steps of an expertise. Each is safe to run again. Those that write in the bulle are its worker's (see the flow)."""

from __future__ import annotations

from accounts.enums import Role
from cases.enums import GenreTache
from cases.enums_expertise import ButExpertise
from cases.models import Branche, Expertise, Sinistre
from cases.services import avis as referrals
from cases.services import taches
from medical.services import missions, opinions
from workflows.branches.expertise import regles
from workflows.noeuds import tell


def confier(branche: Branche, sinistre: Sinistre | None) -> None:
    """The agent and his employer are told of the appointment; the expert finds the mission in the bulle, if he reads there."""
    expertise = Expertise.objects.select_related("medecin__compte").get(branche=branche)
    branche.expertise = expertise
    missions.confier(branche=branche, expert=None if expertise.par_courrier else regles.expert(branche))
    tell(branche, "expertise.convocation")


def escalader(branche: Branche, sinistre: Sinistre | None) -> None:
    """The report is late: the responsable sees to it (another end, another médecin, or the end of the expertise)."""
    if branche.expertise.suite:
        return  # it came while this step waited for its worker
    taches.ouvrir(genre=GenreTache.ESCALADE, sinistre=sinistre, objet_type="branche", objet_id=branche.pk, priorite=1)
    tell(branche, "expertise.en_retard")


def suivre(branche: Branche, sinistre: Sinistre | None) -> None:
    """How the mission ended is told, and a lateness that was to be arbitrated has its answer. The flow takes the way that follows."""
    taches.fermer_objet(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=branche.pk, issue="suite_donnee")
    tell(branche, "expertise.suite", suite=branche.expertise.suite)


def tirer_les_consequences(branche: Branche, sinistre: Sinistre | None) -> None:
    """The conclusions are told. A denied imputabilité prepares a refusal that the gestionnaire proposes, or not: nothing by itself."""
    expertise = branche.expertise
    reponses = list(expertise.reponses.order_by("pk"))
    if any(reponse.but == ButExpertise.IMPUTABILITE for reponse in regles.defavorables(reponses)):
        preparer_un_refus(branche, sinistre)
    if expertise.avis_a_rendre:
        _give_the_avis(expertise, [reponse.code for reponse in reponses])
    tell(branche, "expertise.conclue")


def _give_the_avis(expertise: Expertise, codes: list[str]) -> None:
    """The conclusions are the avis of the médecin to whom the dossier was entrusted for them alone, unless it was taken back meanwhile."""
    avis, auteur = expertise.avis, expertise.conclue_par
    if auteur is None or avis.rendu_le is not None or avis.rappele_le is not None:
        return
    if auteur.has_role(Role.MEDECIN_CONSEIL) and opinions.est_confie_a(auteur, avis):
        referrals.rendre(acteur=auteur, avis=avis, sens=regles.sens_de(codes), conclusion=expertise.conclusion)
        opinions.figer(acteur=auteur, avis=avis)


def preparer_un_refus(branche: Branche, sinistre: Sinistre | None) -> None:
    """A work item for the gestionnaire: to propose a refusal with its motive and scope ready, or to say why he does not."""
    taches.ouvrir(genre=GenreTache.EX_SUITES, sinistre=sinistre, objet_type="branche", objet_id=branche.pk)


def appliquer(branche: Branche, sinistre: Sinistre | None) -> None:
    """The decision, which has taken effect with its own transaction (decision.decider), is told."""
    tell(branche, "expertise.decidee", decision=branche.expertise.decision)


def constater_la_carence(branche: Branche, sinistre: Sinistre | None) -> None:
    """No examination, for a reason that is the agent's: his employer is told, and decides what it is worth."""
    tell(branche, "expertise.carence")
