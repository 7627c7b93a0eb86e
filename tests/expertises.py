"""Expertises for tests, walked by their own services under the bulle's login: what outside people do, they do at the web's address."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.models import User
from cases.enums_expertise import ButExpertise, CodeReponse, DecisionExpertise
from cases.models import Branche, Expertise, MedecinAgree, Sinistre
from journal.models import Entree, Evenement
from medical.enums import Finalite
from medical.models import Mission
from tests import factories as f
from tests.dehors import dehors
from tests.medical.dossiers import SESSION, ouvert
from workflows import automates
from workflows.branches.expertise import actes, bulle, decision
from workflows.branches.expertise.demande import demander
from workflows.models import Execution

QUESTIONS = "Canari-question : la lombalgie est-elle imputable ?"
CONCLUSIONS = "Canari-conclusion : oui, strictement."
OUI = bulle.Reponse(ButExpertise.IMPUTABILITE, CodeReponse.OUI)
NON = bulle.Reponse(ButExpertise.IMPUTABILITE, CodeReponse.NON)
_serie = itertools.count(1)


def agree(compte: User | None = None, **champs: Any) -> MedecinAgree:
    """A médecin agréé, with an account in the bulle or without."""
    valeurs = {"nom": f"Agréé{next(_serie)}", "prenom": "Claude", "commune": "Montpellier", "departement": "34"} | champs
    if compte is not None:
        return MedecinAgree.objects.get_or_create(compte=compte, defaults=valeurs)[0]
    return MedecinAgree.objects.create(**valeurs)


def fraiche(branche: Branche) -> Branche:
    return Branche.objects.select_related("expertise__medecin__compte", "expertise__avis", "sinistre__agent", "sinistre__collectivite").get(
        pk=branche.pk
    )


def mission_de(branche: Branche) -> Mission:
    return Mission.objects.lues().get(branche=branche)


def run() -> None:
    """Automatic steps of both processes, as their workers do; then timers that are due."""
    while ids := list(Execution.objects.filter(terminee_le=None, abandonnee_le=None).order_by("pk").values_list("pk", flat=True)):
        assert [automates.executer(pk) for pk in ids] == [True] * len(ids)
    with dehors():
        automates.balayer()


def ouverte(m: f.Monde, sinistre: Sinistre, *, buts: tuple[str, ...] = (ButExpertise.IMPUTABILITE,), **champs: Any) -> Branche:
    """Asked for by the gestionnaire."""
    with dehors():
        return demander(acteur=m.gestionnaire, sinistre=sinistre, buts=buts, **({"medecin": m.medecin} | champs))


def approuvee(m: f.Monde, sinistre: Sinistre, *, questions: str = QUESTIONS, par: User | None = None, **champs: Any) -> Branche:
    """Its mission written by the médecin conseil, who opens the dossier in SESSION."""
    branche = ouverte(m, sinistre, **champs)
    ouvert(par or m.medecin, sinistre)
    bulle.approuver(acteur=par or m.medecin, branche=fraiche(branche), session=SESSION, questions=questions)
    return fraiche(branche)


def convoquee(m: f.Monde, branche: Branche, medecin: MedecinAgree, *, jours: int = 20, fin: dt.date | None = None) -> Branche:
    """`medecin` designated, the agent convoked in `jours` days, the mission confided."""
    with dehors():
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin, atteste=True)
        le = timezone.now() + dt.timedelta(days=jours)
        actes.convoquer(acteur=m.gestionnaire, branche=branche, le=le, lieu="Cabinet, 3 rue Foch", motif_preavis="Urgence", fin=fin)
    run()
    return fraiche(branche)


def confiee(m: f.Monde, sinistre: Sinistre, expert: User | None = None, **champs: Any) -> Mission:
    """A mission under way, in the hands of `expert`."""
    return mission_de(convoquee(m, approuvee(m, sinistre, **champs), agree(expert or m.expert)))


def rendue(m: f.Monde, sinistre: Sinistre, **champs: Any) -> Branche:
    """Its report is rendered by m.expert: conclusions and fees are awaited."""
    mission = confiee(m, sinistre, **champs)
    ouvert(m.expert, sinistre, Finalite.EXPERTISE)
    bulle.rendre_rapport(acteur=m.expert, mission=mission, session=SESSION, conclusions=CONCLUSIONS)
    assert mission.branche is not None
    run()
    return fraiche(mission.branche)


def conclue(m: f.Monde, branche: Branche, *reponses: bulle.Reponse, conclusion: str = "Voir les réponses.") -> Branche:
    bulle.conclure(acteur=m.medecin, branche=branche, session=SESSION, reponses=reponses, conclusion=conclusion)
    run()
    return fraiche(branche)


def examine(branche: Branche) -> None:
    """The day of the examination has come."""
    Expertise.objects.filter(branche=branche).update(rendez_vous=timezone.now() - dt.timedelta(hours=2))


def decide(m: f.Monde, branche: Branche, code: str = DecisionExpertise.SUIVRE, **champs: Any) -> None:
    """What m.mairie decides of it, today unless told."""
    with dehors():
        decision.decider(acteur=m.mairie, branche=branche, decision=code, **({"le": timezone.localdate()} | champs))
    run()


def etapes(branche: Branche) -> set[str]:
    """The steps that wait for a person, once the workers have done theirs."""
    run()
    return {task.flow_task.name for task in Task.objects.filter(process=branche.processus_id, status=STATUS.NEW)}


def pay(m: f.Monde, branche: Branche, **champs: Any) -> None:
    valeurs: dict[str, Any] = {"reference": f"F-{branche.pk}", "facture_du": timezone.localdate(), "montant": Decimal("180.00")} | champs
    with dehors():
        actes.saisir_honoraires(acteur=m.gestionnaire, branche=branche, **valeurs)


def says(action: str) -> bool:
    return Entree.objects.filter(action=action).exists() and Evenement.objects.filter(type=action).exists()
