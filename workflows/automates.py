"""What the workers do for the branches: automatic steps and timers, each in one transaction, tried again until a person is asked."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreBranche, GenreEcheance, GenreTache
from cases.models import Branche, Echeance, Tache
from cases.services import taches
from cases.services.echeances import MAX_ATTEMPTS
from workflows import verrous
from workflows.models import Execution
from workflows.noeuds import ETAPE, tell
from workflows.registre import flow_of
from workflows.reveil import reveiller

logger = logging.getLogger(__name__)

ESSAIS = 6
ATTENTES = (10, 30, 120, 600, 3600)
"""Seconds before each further attempt; after the last one a person is asked."""

INTERRUPTIONS = 6
"""Attempts that neither ended nor failed, their worker having died: one more is not made, a person is asked."""


class Interrompue(Exception):
    """Workers died at this step, again and again: it is not given to another one."""


def executer(execution_id: int) -> bool:
    """Carry out one automatic step, unless it is done, left to a person, or its branch is over. Returns whether it was done now.

    Where somebody is at work on its dossier, the sweeper comes again: that is no failure of the step.
    """
    try:
        execution = Execution.objects.select_related("etape").get(pk=execution_id)
        _count_departure(execution)
        return _execute(execution)
    except Exception as error:  # whatever is wrong with this step, it stays visible and is tried again
        if _is_busy(error, execution=execution_id):
            Execution.objects.filter(pk=execution_id, departs__gt=0).update(departs=F("departs") - 1)
        else:
            logger.exception("branche.etape_en_echec", extra={"execution": execution_id})
            _note(partial(_note_failure, execution_id, error))
        return False


def _count_departure(execution: Execution) -> None:
    """Written before the step begins, so that it outlives the worker. Raises Interrompue when too many departures had no end."""
    if execution.departs - execution.tentatives >= INTERRUPTIONS:
        raise Interrompue
    attend = Execution.objects.filter(pk=execution.pk, terminee_le__isnull=True, abandonnee_le__isnull=True)
    attend.update(departs=F("departs") + 1)


def _execute(execution: Execution) -> bool:
    branche = _branche_of(execution.etape.process_id)
    with transaction.atomic():
        sinistre = verrous.lock(branche.sinistre_id) if branche.sinistre_id is not None else None
        with flow_of(branche.genre).lock(branche.processus_id):
            fresh = Execution.objects.select_for_update(of=("self",)).select_related("etape__process").get(pk=execution.pk)
            if fresh.terminee_le is not None or fresh.abandonnee_le is not None:
                return False
            branche = Branche.objects.get(pk=branche.pk)
            branche.sinistre = sinistre
            task = fresh.etape
            task.process.branche_lue = branche
            node = task.flow_task
            activation = node.activation_class(task)
            activation.start()
            node.run(branche, sinistre)
            fresh.terminee_le = timezone.now()
            fresh.save(update_fields=["terminee_le"])
            activation.execute()
    return True


def _is_busy(error: Exception, **de: int) -> bool:
    if not verrous.est_occupe(error):
        return False
    logger.info("branche.occupee", extra=de)
    return True


def _note(noter: Callable[[], None]) -> None:
    """Keep what failed. Where even that can't be written, the next round fails again: what waits behind does not stop for it."""
    try:
        noter()
    except Exception:
        logger.exception("branche.echec_non_note")


def _note_failure(execution_id: int, error: Exception) -> None:
    with transaction.atomic():
        branche = _branche_of(Execution.objects.select_related("etape").get(pk=execution_id).etape.process_id)
        if branche.sinistre_id is not None:
            branche.sinistre = verrous.lock(branche.sinistre_id)
        fresh = Execution.objects.select_for_update(of=("self",)).get(pk=execution_id)
        if fresh.terminee_le is not None or fresh.abandonnee_le is not None:
            return
        fresh.tentatives += 1
        fresh.erreur = type(error).__name__
        if fresh.tentatives < ESSAIS and not isinstance(error, Interrompue):
            fresh.prochain_essai = timezone.now() + dt.timedelta(seconds=ATTENTES[fresh.tentatives - 1])
        else:
            fresh.abandonnee_le = timezone.now()
            taches.ouvrir(genre=GenreTache.REPRENDRE_ETAPE, sinistre=branche.sinistre, objet_type=ETAPE, objet_id=fresh.etape_id)
            tell(branche, "branche.en_panne", erreur=fresh.erreur)
        fresh.save(update_fields=["tentatives", "erreur", "prochain_essai", "abandonnee_le"])


def reprendre(*, acteur: User, tache: Tache) -> None:
    """A person has a failed step or timer tried again, from the first attempt. Raises Refus. Twice changes nothing."""
    exiger(acteur, "etape_reprendre")
    with transaction.atomic():
        branche = _branche_of(Task.objects.get(pk=tache.objet_id).process_id)
        if branche.sinistre_id is not None:
            verrous.lock(branche.sinistre_id)
        if not (_try_again(tache.objet_id) or _fire_again(tache.objet_id)):
            return
        taches.fermer_objet(genre=GenreTache.REPRENDRE_ETAPE, objet_type=ETAPE, objet_id=tache.objet_id, issue="reprise")
        tell(branche, "branche.etape_reprise", acteur=acteur)


def _try_again(etape_id: int) -> bool:
    execution = Execution.objects.select_for_update(of=("self",)).filter(etape=etape_id, abandonnee_le__isnull=False).first()
    if execution is None:
        return False
    execution.abandonnee_le, execution.departs, execution.tentatives, execution.prochain_essai = None, 0, 0, timezone.now()
    execution.save(update_fields=["abandonnee_le", "departs", "tentatives", "prochain_essai"])
    transaction.on_commit(lambda: reveiller(execution))
    return True


def _fire_again(etape_id: int) -> bool:
    laissees = Echeance.objects.filter(etape=etape_id, traitee_le__isnull=True, levee_le__isnull=True, tentatives__gte=MAX_ATTEMPTS)
    return laissees.update(tentatives=0, due_at=timezone.now()) > 0


def balayer(*, limite: int = 500) -> int:
    """Carry out what waits in this process's share: automatic steps, then timers. Safe to run twice at once. Returns how many were done."""
    bulle = settings.PROCESS == "bulle"
    en_attente = Execution.objects.filter(terminee_le__isnull=True, abandonnee_le__isnull=True, dans_la_bulle=bulle)
    ids = list(en_attente.filter(prochain_essai__lte=timezone.now()).order_by("prochain_essai", "pk").values_list("pk", flat=True)[:limite])
    faites = sum(executer(pk) for pk in ids)
    return faites + sum(_fire(echeance) for echeance in _due(bulle, limite))


def _due(bulle: bool, limite: int) -> list[Echeance]:
    dues = Echeance.objects.filter(
        etape__isnull=False, traitee_le__isnull=True, levee_le__isnull=True, en_pause=False, tentatives__lt=MAX_ATTEMPTS
    ).filter(due_at__lte=timezone.now())
    dues = dues.exclude(genre=GenreEcheance.PIECES_ATTENDUES)  # never a step's: as the index of what is due says
    if bulle:
        dues = dues.filter(etape__process__branche__genre=GenreBranche.SOUTIEN)
    else:
        dues = dues.exclude(etape__process__branche__genre=GenreBranche.SOUTIEN)
    return list(dues.select_related("etape").order_by("due_at", "pk")[:limite])


def _fire(echeance: Echeance) -> bool:
    """Let one timer that has run out start its path, under the house's locks."""
    if echeance.etape is None:
        return False
    try:
        branche = _branche_of(echeance.etape.process_id)
        with transaction.atomic():
            sinistre = verrous.lock(branche.sinistre_id) if branche.sinistre_id is not None else None
            with flow_of(branche.genre).lock(branche.processus_id):
                fresh = Echeance.objects.select_for_update(of=("self",)).get(pk=echeance.pk)
                if fresh.traitee_le or fresh.levee_le or fresh.en_pause or fresh.due_at > timezone.now():
                    return False
                task = type(echeance.etape).objects.select_related("process").get(pk=echeance.etape_id)
                branche = Branche.objects.get(pk=branche.pk)
                branche.sinistre = sinistre
                task.process.branche_lue = branche
                if task.status == STATUS.SCHEDULED:
                    activation = task.flow_task.activation_class(task)
                    activation.start()
                    activation.execute()
                fresh.traitee_le = timezone.now()
                fresh.save(update_fields=["traitee_le"])
                tell(branche, "echeance.echue", echeance=fresh.genre)
    except Exception as error:  # whatever is wrong with this timer, the others do not wait for it
        if not _is_busy(error, echeance=echeance.pk):
            logger.exception("branche.minuterie_en_echec", extra={"echeance": echeance.pk})
            _note(partial(_note_timer_failure, echeance.pk, error))
        return False
    return True


def _note_timer_failure(echeance_id: int, error: Exception) -> None:
    with transaction.atomic():
        echeance = Echeance.objects.select_related("etape").get(pk=echeance_id)
        branche = _branche_of(echeance.etape.process_id)  # type: ignore[union-attr] # a timer is that of a step
        if branche.sinistre_id is not None:
            branche.sinistre = verrous.lock(branche.sinistre_id)
        fresh = Echeance.objects.select_for_update(of=("self",)).get(pk=echeance_id)
        if fresh.traitee_le is not None or fresh.levee_le is not None or fresh.tentatives >= MAX_ATTEMPTS:
            return
        fresh.tentatives += 1
        fresh.erreur = type(error).__name__
        fresh.due_at = timezone.now() + dt.timedelta(minutes=2**fresh.tentatives)
        fresh.save(update_fields=["tentatives", "erreur", "due_at"])
        if fresh.tentatives >= MAX_ATTEMPTS:
            taches.ouvrir(genre=GenreTache.REPRENDRE_ETAPE, sinistre=branche.sinistre, objet_type=ETAPE, objet_id=fresh.etape_id)
            tell(branche, "branche.en_panne", erreur=fresh.erreur)


def _branche_of(process_id: int) -> Branche:
    return Branche.objects.get(processus=process_id)
