"""What the employer decides of the conclusions, and what it does to the dossier."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import User
from cases.enums_expertise import DecisionExpertise, SuiteExamen
from cases.errors import DonneeInvalide
from cases.models import Branche, Expertise, Sinistre
from workflows import moteur
from workflows.branches.recours.detection import recaler_dossier

MAX_TEXTE = 2_000


def decider(
    *, acteur: User, branche: Branche, decision: str, le: dt.date, motivation: str = "", consolidation: dt.date | None = None
) -> None:  # fmt: skip
    """The employer's decision, taken by himself or recorded for him. Nothing is refused or closed by it: a work item asks a person to.

    `decision`: DecisionExpertise; PRENDRE_ACTE where there was no examination, and only there. One that does not follow the
    conclusions says why. `consolidation`: the date kept for guérison or consolidation, that of the conclusions where they are followed;
    it goes to the dossier.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="decision") as e:
        expertise = e.branche.expertise
        reponses = list(expertise.reponses.order_by("pk"))
        _check(expertise, e.dossier, decision, le, motivation, consolidation)
        fixee = next((reponse.le for reponse in reponses if reponse.fixe_la_consolidation), None)
        retenue = consolidation or (fixee if decision == DecisionExpertise.SUIVRE else None)
        expertise.decision, expertise.decidee_le, expertise.motivation = decision, le, motivation.strip()
        expertise.save(update_fields=["decision", "decidee_le", "motivation"])
        e.branche.issue = e.issue = decision
        e.branche.save(update_fields=["issue"])
        if retenue is not None:
            _keep(e.dossier, retenue)


def _keep(sinistre: Sinistre, consolidation: dt.date) -> None:
    sinistre.consolidation = consolidation
    sinistre.version += 1
    sinistre.save(update_fields=["consolidation", "version"])
    recaler_dossier(sinistre)  # the prescription of a recours runs from it


def _check(
    expertise: Expertise, sinistre: Sinistre, decision: str, le: dt.date, motivation: str, consolidation: dt.date | None
) -> None:  # fmt: skip
    erreurs: dict[str, list[str]] = {}
    carence = expertise.suite == SuiteExamen.CARENCE
    if decision not in DecisionExpertise.values or carence != (decision == DecisionExpertise.PRENDRE_ACTE):
        erreurs["decision"] = ["Choisissez une décision de la liste."]
    elif decision != DecisionExpertise.SUIVRE and not motivation.strip():
        erreurs["motivation"] = ["Motivez cette décision."]
    if len(motivation) > MAX_TEXTE:
        erreurs["motivation"] = [f"{MAX_TEXTE} caractères au plus."]
    connue = timezone.localtime(expertise.conclue_le or expertise.rendez_vous).date()
    if le > timezone.localdate():
        erreurs["le"] = ["La décision est datée d’un jour à venir."]
    elif le < connue:
        erreurs["le"] = [f"La décision précède ce sur quoi elle porte, connu le {connue:%d/%m/%Y}."]
    if consolidation is not None:
        if carence:
            erreurs["consolidation"] = ["Sans examen, aucune date n’est établie."]
        elif consolidation > timezone.localdate():
            erreurs["consolidation"] = ["Cette date est à venir : une consolidation prévue n’est pas acquise."]
        elif consolidation < sinistre.survenance:
            erreurs["consolidation"] = ["La consolidation ne précède pas la survenance."]
    if erreurs:
        raise DonneeInvalide(erreurs)
