"""Pausing and resuming the reminders of a dossier, by a person who says why."""

from __future__ import annotations

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Echeance, Sinistre
from cases.services import echeances


def suspendre(*, acteur: User, sinistre: Sinistre, motif: str) -> None:
    """Nothing is asked for again until the reminders are resumed. Raises Refus, DonneeInvalide (no reason), Erreur when none is to come."""
    exiger(acteur, "relances_suspendre", sinistre)
    motif = motif.strip()
    if not motif:
        raise DonneeInvalide.sur("motif", "Dites pourquoi les relances sont suspendues.")
    if len(motif) > MAX_MOTIF:
        raise DonneeInvalide.sur("motif", f"{MAX_MOTIF} caractères au plus.")
    with transaction.atomic():
        echeances.suspendre(acteur=acteur, echeance=_clock(sinistre), motif=motif)


def reprendre(*, acteur: User, sinistre: Sinistre) -> None:
    """The reminders go on, later by the working days of the pause. Raises Refus, Erreur when none is due."""
    exiger(acteur, "relances_suspendre", sinistre)
    with transaction.atomic():
        echeances.reprendre(acteur=acteur, echeance=_clock(sinistre))


MAX_MOTIF = 200


def _clock(sinistre: Sinistre) -> Echeance:
    locked = Sinistre.objects.select_for_update(of=("self",)).get(pk=sinistre.pk)
    horloge = echeances.horloge_des_pieces(locked)
    if horloge is None:
        raise Erreur("Aucune relance n’est prévue sur ce dossier.")
    return horloge
