"""The décomptes of a dossier, computed: its pièces are asked, then the engines of rights and indemnities.

A period is paid once its own pièces are conformes, while the next one awaits its own; what was paid already is corrected whatever the
pièces. Somebody always asks for it and is the author; somebody else agrees (indemnities/services/decomptes.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import Etat, GenreEcheance, GenreTache
from cases.errors import GardeNonSatisfaite
from cases.models import Arret, Sinistre
from cases.rules import add_months
from cases.selectors import sinistre_visible
from cases.services import echeances, taches
from contracts.enums import Nature
from documents.services.checklist import missing, stages_to_validate
from indemnities.dossier import projets
from indemnities.dossier.intervalles import JOUR
from indemnities.dossier.projets import Plan
from indemnities.models import Decompte, FaitsDroits
from indemnities.services import faits, preparation
from workflows import ecarts, lifecycle, verrous
from workflows.guards import Conge, is_payable, read_conge

CALCULABLES = frozenset({Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE, Etat.CLOS})
"""Where the dossier has been validated once: what its later periods wait for holds back no earlier one."""


SANS_JOUR = {
    Nature.DC: "Un décès n’a pas de jour à compter : calculez son capital.",
    Nature.FM: "Des frais n’ont pas de jour à compter : mettez leurs factures en paiement.",
}
"""Dossiers without a leave, and where their money is."""


def apercu(*, acteur: User, numero: str) -> Plan:
    """What `preparer` would write now. Raises Sinistre.DoesNotExist, Refus, GardeNonSatisfaite with each reason nothing can be computed."""
    sinistre = sinistre_visible(acteur, numero)
    exiger(acteur, "decompte_calculer", sinistre)
    return _plan(sinistre)


def preparer(*, acteur: User, numero: str) -> list[Decompte]:
    """Write the décomptes that the engines give for a visible dossier, corrections included; `acteur` is their author. None where all
    that is owed stands already: the work item is ended all the same.

    Raises Sinistre.DoesNotExist, Refus, GardeNonSatisfaite, Erreur.
    """
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        exiger(acteur, "decompte_calculer", sinistre)
        plan = _plan(sinistre)
        ecrits = preparation.preparer(acteur=acteur, sinistre=sinistre, plan=plan)
        if not plan.reserves:
            taches.fermer(sinistre=sinistre, genres=[GenreTache.SAISIR_DECOMPTE], issue="calcule")
        _come_back(sinistre)
    return ecrits


def fixer_faits(*, acteur: User, numero: str, **valeurs: Any) -> FaitsDroits:
    """Say the facts that a right depends on (`FaitsDroits`). Raises Sinistre.DoesNotExist, Refus, DonneeInvalide."""
    with transaction.atomic():
        sinistre = lifecycle.lock_visible(acteur, numero)
        fixes = faits.fixer(acteur=acteur, sinistre=sinistre, **valeurs)
        ecarts.signaler(sinistre)
    return fixes


def a_regulariser(sinistre_id: int) -> None:
    """Something that a dossier's indemnities depend on has changed: somebody is told when what stands is no longer what is owed."""
    ecarts.signaler(verrous.lock(sinistre_id))


def _plan(sinistre: Sinistre) -> Plan:
    if sinistre.etat not in CALCULABLES or sinistre.transmis_assureur_le is None:
        raise GardeNonSatisfaite(
            [f"Le dossier est « {sinistre.get_etat_display().lower()} » : les décomptes se calculent une fois qu’il est validé."]
        )
    if sinistre.nature in SANS_JOUR and not sinistre.arrets.filter(actif=True).exists():
        raise GardeNonSatisfaite([SANS_JOUR[Nature(sinistre.nature)]])
    return projets.projeter(sinistre, arrets=_ready(sinistre), jusqu_au=timezone.localdate() - JOUR)


def _ready(sinistre: Sinistre) -> list[Arret]:
    """The arrêts whose pièces are conformes, oldest first; none where the whole leave stays within the franchise."""
    conge = read_conge(sinistre)
    if not is_payable(sinistre, Conge(conge.arrets, conge.arrets)):
        return []
    attendues = missing(sinistre, stades=stages_to_validate(sinistre.nature))
    if any(piece.arret_id is None for piece in attendues):
        return []
    incomplets = {piece.arret_id for piece in attendues}
    return [arret for arret in conge.arrets if arret.pk not in incomplets]


def _come_back(sinistre: Sinistre) -> None:
    """A leave that still runs is reckoned again once its days are over, each month at the latest."""
    aujourd_hui = timezone.localdate()
    fins = [arret.fin for arret in read_conge(sinistre).arrets if arret.fin >= aujourd_hui]
    jours: dict[GenreEcheance, dt.date] = {}
    if fins and sinistre.etat != Etat.CLOS:
        jours[GenreEcheance.DECOMPTE] = min(max(fins) + JOUR, add_months(aujourd_hui, 1))
    echeances.poser_jours(sinistre=sinistre, jours=jours, lever_aussi=[GenreEcheance.DECOMPTE])
