"""The clock of an instruction: which one runs, until when. Called under the lock of the sinistre."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from cases.enums import GenreEcheance, GenreTache
from cases.enums_saisine import DecisionImputabilite
from cases.models import Episode, InstructionCitis, Sinistre
from cases.services import echeances, taches
from workflows.branches.citis import delais


def instruction_de(sinistre: Sinistre) -> InstructionCitis | None:
    """The instruction of the latest épisode, not saved where no act has touched it yet; None for a nature without CITIS."""
    fin = delais.terme(sinistre.nature, sinistre.declare_le)
    if fin is None:
        return None
    episode = Episode.objects.filter(sinistre=sinistre).select_related("instruction_citis").order_by("-rang").first()
    if episode is None:
        return None
    known = getattr(episode, "instruction_citis", None)
    if known is not None:
        return known
    return InstructionCitis(sinistre=sinistre, episode=episode, depart=sinistre.declare_le, terme=fin)


def recommencer(sinistre: Sinistre, episode: Episode) -> None:
    """A rechute, or a dossier that becomes one of service, is judged like an initial request: from today, a clock of its own."""
    today = timezone.localdate()
    fin = delais.terme(sinistre.nature, today)
    if fin is None:
        return
    InstructionCitis.objects.create(sinistre=sinistre, episode=episode, depart=today, terme=fin)
    poser(sinistre, fin)


def poser(sinistre: Sinistre, fin: dt.date) -> None:
    """Set the clock to that day; the work item that an earlier one opened has no object any more."""
    echeances.poser_jours(sinistre=sinistre, jours={GenreEcheance.CITIS_INSTRUCTION: fin})
    taches.fermer(sinistre=sinistre, genres=[GenreTache.CITIS_INSTRUCTION], issue="delai_deplace")


def arreter(sinistre: Sinistre, issue: str) -> None:
    """What the clock waited for has come."""
    echeances.lever(sinistre=sinistre, genres=[GenreEcheance.CITIS_INSTRUCTION])
    taches.fermer(sinistre=sinistre, genres=[GenreTache.CITIS_INSTRUCTION], issue=issue)


def reprendre(sinistre: Sinistre) -> None:
    """A dossier that is reopened goes on with the clock that its closing had dropped, unless what it waited for had come."""
    instruction = instruction_de(sinistre)
    if instruction is not None and not instruction.decision and instruction.provisoire_depuis is None:
        poser(sinistre, instruction.terme)


def suivre_requalification(sinistre: Sinistre, episode: Episode) -> None:
    """A dossier that becomes one of service has a clock; one that is not any more has none, and what a refusal asked for is done."""
    if sinistre.nature in delais.MOIS:
        recommencer(sinistre, episode)
        return
    echeances.lever(sinistre=sinistre, genres=[GenreEcheance.CITIS_INSTRUCTION])
    taches.fermer(sinistre=sinistre, genres=[GenreTache.CITIS_INSTRUCTION, GenreTache.CITIS_SUITES], issue="requalifie")


def raisons_du_refus(sinistre: Sinistre) -> list[str]:
    """Why a dossier of service can't be validated: its employer has decided that it is not due to service."""
    if sinistre.nature not in delais.MOIS:
        return []
    derniere = InstructionCitis.objects.filter(sinistre=sinistre).order_by("-episode__rang").first()
    if derniere is None or derniere.decision != DecisionImputabilite.NON_IMPUTABLE or derniere.decision_le is None:
        return []
    return [f"L’employeur n’a pas retenu l’imputabilité au service ({derniere.decision_le:%d/%m/%Y}) : requalifiez le dossier."]
