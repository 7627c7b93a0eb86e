"""At each slot, the public side follows what was done in the bulle: the only moments at which it learns of it (ADR 0016)."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from cases.enums import GenreBranche, OrigineBranche
from cases.models import Branche
from medical.enums_soutien import Accord
from medical.models import Soutien
from medical.services import soutien as services
from medical.services import traces
from workflows import moteur
from workflows.flows.soutien import SoutienFlow

logger = logging.getLogger(__name__)

REESSAI = dt.timedelta(minutes=10)
NEUTRE = "Procédure arrêtée."
"""The same words whatever stopped it: they are read outside."""


def suivre(*, limite: int = 500) -> int:
    """Follow every soutien whose slot has come. Safe to run twice at once. Returns how many were followed.

    In the order of identifiers drawn at random: branches are not born in the order of the requests.
    """
    dus = Soutien.objects.filter(suite_le__lte=timezone.now()).order_by("uid").values_list("pk", flat=True)
    suivis = sum(_follow(pk) for pk in list(dus[:limite]))
    traces.sceller()
    return suivis


def _follow(soutien_id: int) -> bool:
    try:
        soutien = Soutien.objects.select_related("branche").get(pk=soutien_id)
        with transaction.atomic():
            if soutien.branche is None:
                return _open(soutien)
            with moteur.held(soutien.branche):
                return _catch_up(soutien, soutien.branche)
    except Exception as error:  # whatever is wrong with this one, the others do not wait for it; its text could name somebody
        logger.error("soutien.suite_en_echec", extra={"erreur": type(error).__name__})
        Soutien.objects.filter(pk=soutien_id, suite_le__isnull=False).update(suite_le=timezone.now() + REESSAI)
        return False


def _open(soutien: Soutien) -> bool:
    """The branch is born, of nobody: neither who asked nor who proposed is written on it."""
    fresh = services.verrouiller(soutien)
    if fresh.suite_le is None or fresh.branche_id is not None:
        return False
    fresh.suite_le = None
    fresh.save(update_fields=["suite_le"])
    if fresh.est_clos:
        return True  # refused or stopped before anything was known outside

    def keep(branche: Branche) -> None:
        fresh.branche = branche
        fresh.save(update_fields=["branche"])

    moteur.ouvrir(acteur=None, genre=GenreBranche.SOUTIEN, sinistre=None, origine=OrigineBranche.AGENT, metier=keep)
    return True


def _catch_up(soutien: Soutien, branche: Branche) -> bool:
    fresh = services.verrouiller(soutien)
    if fresh.suite_le is None or fresh.suite_le > timezone.now():
        return False
    fresh.suite_le = None
    fresh.save(update_fields=["suite_le"])
    services.tenir_a_jour(fresh)
    if fresh.accord != Accord.A_RECUEILLIR and _awaits_the_answer(branche):
        moteur.conclure(acteur=None, branche=branche, nom="accord", issue="")
    if fresh.est_clos and not _runs_to_its_end(branche):
        moteur.abandonner(acteur=None, branche=branche, motif=NEUTRE)
    return True


def _awaits_the_answer(branche: Branche) -> bool:
    return Task.objects.filter(process=branche.processus_id, flow_task=SoutienFlow.accord, status=STATUS.NEW).exists()


def _runs_to_its_end(branche: Branche) -> bool:
    """Its own last step has closed it: what is left are ends of the flow."""
    return Task.objects.filter(process=branche.processus_id, flow_task=SoutienFlow.clore).exists()
