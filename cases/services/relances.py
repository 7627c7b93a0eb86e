"""Pausing and resuming the reminders of a dossier, by a person who says why, and until when."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Echeance, Sinistre
from cases.overtime import is_task_over
from cases.rules import add_months, add_working_days, start_of_business
from cases.selectors_relances import suspensions_en_cours
from cases.services import echeances

logger = logging.getLogger(__name__)

MAX_MOTIF = 200
MAX_MOIS = 12


def suspendre(*, acteur: User, sinistre: Sinistre, motif: str, jusqu_au: dt.date | None = None) -> None:
    """Nothing is asked for again until `jusqu_au` is over or, without it, until a person resumes the reminders.

    Said again, the reason and the last day are those of now on. Raises Refus, DonneeInvalide (no reason, a day that is past or too far),
    Erreur when no reminder is to come.
    """
    exiger(acteur, "relances_suspendre", sinistre)
    motif = motif.strip()
    _check(motif, jusqu_au)
    with transaction.atomic():
        horloge = _clock(sinistre)
        if horloge.en_pause:
            echeances.changer_pause(acteur=acteur, echeance=horloge, motif=motif, jusqu_au=jusqu_au)
        else:
            echeances.suspendre(acteur=acteur, echeance=horloge, motif=motif, jusqu_au=jusqu_au)


def reprendre(*, acteur: User, sinistre: Sinistre) -> None:
    """The reminders go on, later by the working days of the pause. Raises Refus, Erreur when none is due."""
    exiger(acteur, "relances_suspendre", sinistre)
    with transaction.atomic():
        echeances.reprendre(acteur=acteur, echeance=_clock(sinistre))


def dernier_jour_possible() -> dt.date:
    """The latest day until which reminders may be suspended today."""
    return add_months(timezone.localdate(), MAX_MOIS)


def finir_suspensions(*, limite: int = 500) -> int:
    """Resume the reminders whose suspension has had its last day, `limite` dossiers at most. Returns how many.

    They go on as of the start of the next working day of the département, however late this runs. Safe to run twice and at once; a
    dossier that somebody works on is left for the next time, and one that fails keeps no other waiting.
    """
    maintenant = timezone.now()
    depassees = suspensions_en_cours().filter(jusqu_au__lt=timezone.localdate(maintenant)).order_by("jusqu_au", "pk")
    rows = depassees.values_list("echeance__sinistre_id", "jusqu_au", "echeance__sinistre__collectivite__departement")
    ids = [pk for pk, jour, departement in rows if jour is not None and _resumed_at(jour, departement) <= maintenant]
    return sum(_end_apart(pk) for pk in ids[:limite] if pk is not None)


def _end_apart(sinistre_id: int) -> bool:
    try:
        return _end(sinistre_id)
    except Exception as error:
        if is_task_over(error):
            raise
        logger.error("relance.suspension_sans_fin", extra={"sinistre": sinistre_id, "erreur": type(error).__name__})
        return False


def _end(sinistre_id: int) -> bool:
    """Under the lock of its sinistre, which whoever suspends or resumes holds too: the last day may have been changed meanwhile."""
    with transaction.atomic():
        libre = Sinistre.objects.select_for_update(of=("self",), skip_locked=True).select_related("collectivite")
        sinistre = libre.filter(pk=sinistre_id).first()
        pause = suspensions_en_cours().filter(echeance__sinistre=sinistre_id).select_related("echeance").first()
        if sinistre is None or pause is None or pause.jusqu_au is None:
            return False
        le = _resumed_at(pause.jusqu_au, sinistre.collectivite.departement)
        if le > timezone.now():
            return False
        echeances.reprendre(acteur=None, echeance=pause.echeance, le=le)
    return True


def _resumed_at(jusqu_au: dt.date, departement: str) -> dt.datetime:
    return start_of_business(add_working_days(jusqu_au, 1, departement))


def _check(motif: str, jusqu_au: dt.date | None) -> None:
    erreurs: dict[str, list[str]] = {}
    if not motif:
        erreurs["motif"] = ["Dites pourquoi les relances sont suspendues."]
    elif len(motif) > MAX_MOTIF:
        erreurs["motif"] = [f"{MAX_MOTIF} caractères au plus."]
    if jusqu_au is not None and jusqu_au < timezone.localdate():
        erreurs["jusqu_au"] = ["Ce jour est passé : choisissez aujourd’hui ou un jour à venir."]
    elif jusqu_au is not None and jusqu_au > dernier_jour_possible():
        erreurs["jusqu_au"] = [f"Un an au plus : choisissez un jour jusqu’au {dernier_jour_possible():%d/%m/%Y}."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def _clock(sinistre: Sinistre) -> Echeance:
    locked = Sinistre.objects.select_for_update(of=("self",)).get(pk=sinistre.pk)
    horloge = echeances.horloge_des_pieces(locked)
    if horloge is None:
        raise Erreur("Aucune relance n’est prévue sur ce dossier.")
    return horloge
