"""Procedures of the bulle, or with steps in it, that wait for a worker: made under its login, by `dehors` what is done outside."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from cases.enums_expertise import ButExpertise, CodeReponse, MotifAbsence
from cases.models import Branche
from medical.enums import Finalite
from medical.models import LienAgent, Soutien
from medical.services import soutien as services
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import CONCLUSIONS, agree, approuvee, convoquee, examine, fraiche, mission_de, rendue, run
from tests.faults.procedures import Waiting, fired
from tests.medical.dossiers import SESSION, declare, ouvert
from workflows import automates
from workflows.branches.expertise import actes, bulle, decision
from workflows.branches.soutien import actes as soutiens
from workflows.branches.soutien import creneaux

# -- Expertise ----------------------------------------------------------------------------------------------------------------


def convoked(m: f.Monde) -> Branche:
    branche = approuvee(m, declare(m))
    with dehors():
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=agree(m.expert), atteste=True)
        actes.convoquer(acteur=m.gestionnaire, branche=branche, le=timezone.now() + dt.timedelta(days=20), lieu="Cabinet")
    return fraiche(branche)


def confided(m: f.Monde) -> Branche:
    return convoquee(m, approuvee(m, declare(m)), agree(m.expert))


def report_late(m: f.Monde) -> Branche:
    branche = confided(m)
    with dehors():
        return fired(branche)


def reported(m: f.Monde) -> Branche:
    branche = confided(m)
    assert branche.sinistre is not None
    ouvert(m.expert, branche.sinistre, Finalite.EXPERTISE)
    bulle.rendre_rapport(acteur=m.expert, mission=mission_de(branche), session=SESSION, conclusions=CONCLUSIONS)
    return fraiche(branche)


def concluded(m: f.Monde) -> Branche:
    branche = rendue(m, declare(m))
    reponse = bulle.Reponse(ButExpertise.IMPUTABILITE, CodeReponse.OUI)
    bulle.conclure(acteur=m.medecin, branche=branche, session=SESSION, reponses=[reponse], conclusion="Oui.")
    return fraiche(branche)


def absent(m: f.Monde) -> Branche:
    branche = confided(m)
    examine(branche)
    with dehors():
        actes.constater_absence(acteur=m.gestionnaire, branche=fraiche(branche), absence=MotifAbsence.REFUS, reporter=False)
        assert automates.balayer() == 1, "what follows the examination, and leads to it"
    return fraiche(branche)


def decided(m: f.Monde) -> Branche:
    branche = concluded(m)
    run()
    with dehors():
        decision.decider(acteur=m.mairie, branche=fraiche(branche), decision="SUIVRE", le=timezone.localdate())
    return fraiche(branche)


# -- Soutien ------------------------------------------------------------------------------------------------------------------


def lu(soutien: Soutien) -> Soutien:
    return Soutien.objects.select_related("sinistre__agent", "psychologue", "branche", "cle").get(pk=soutien.pk)


def branche_du(soutien: Soutien) -> Branche:
    branche = lu(soutien).branche
    assert branche is not None
    return branche


def confie(m: f.Monde, programme: str) -> Soutien:
    """Asked for by the agent, the slot come, a psychologue has it."""
    expire = timezone.now() + dt.timedelta(days=1)
    lien = LienAgent.objects.create(sinistre=declare(m), empreinte="e", code="c", cree_par=m.secretariat, expire_le=expire)
    soutien = services.demander(lien=lien, programme=programme, contact="06 00 00 00 00")
    Soutien.objects.filter(pk=soutien.pk).update(suite_le=timezone.now())
    creneaux.suivre()
    soutiens.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    return soutien


def followed(m: f.Monde, programme: str) -> Soutien:
    soutien = confie(m, programme)
    soutiens.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    return soutien


def over(m: f.Monde) -> Branche:
    soutien = followed(m, "RESSOURCES")
    soutiens.tenir_seance(acteur=m.psychologue, soutien=lu(soutien), saisie=soutiens.SeanceSaisie(timezone.localdate(), "CABINET", 45))
    soutiens.terminer(acteur=m.psychologue, soutien=lu(soutien), issue="ATTEINT")
    return branche_du(soutien)


BULLE: dict[str, Waiting] = {
    "EXPERTISE.confier": convoked,
    "EXPERTISE.escalader": report_late,
    "EXPERTISE.suivre": reported,
    "EXPERTISE.consequences": concluded,
    "EXPERTISE.constater": absent,
    "EXPERTISE.appliquer": decided,
    "SOUTIEN.prevenir": lambda m: fired(branche_du(confie(m, "RESSOURCES"))),
    "SOUTIEN.finir_social": lambda m: fired(branche_du(followed(m, "REPERE"))),
    "SOUTIEN.clore": over,
}
"""A procedure that waits for each automatic step of these flows."""
