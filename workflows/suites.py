"""Work items that a person ends by saying so: a reminder sent, a date of return asked for, a control or a saisine arranged, a rejection
dealt with, a collectivité called that no e-mail reaches. The others are ended by the act they ask for.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreEcheance, GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from cases.selectors import taches_visibles
from cases.services import echeances, taches
from journal.services import annoncer
from workflows import automates, verrous
from workflows.effects import REPRISE_DELAY

LIBELLES: dict[str, str] = {
    GenreTache.RELANCER: "Collectivité appelée",
    GenreTache.DEMANDER_REPRISE: "Redemander la date de reprise",
    GenreTache.CONTROLE_6_MOIS: "Contrôle organisé",
    GenreTache.SAISINE: "Conseil médical saisi",
    GenreTache.TRAITER_REJET: "Rejet traité",
    GenreTache.ESCALADE: "Retard arbitré",
    GenreTache.REMBOURSEMENT: "Retard de remboursement traité",
    GenreTache.CITIS_SUITES: "Suites données au refus",
    GenreTache.EX_SUITES: "Suites de l’expertise tirées",
    GenreTache.REPRENDRE_ETAPE: "Reprendre l’étape",
    GenreTache.CORRIGER_ADRESSE: "Collectivité appelée",
}
"""What the button that ends each kind says."""

EXPLAINED = frozenset(
    {
        GenreTache.CITIS_SUITES,
        GenreTache.CONTROLE_6_MOIS,
        GenreTache.SAISINE,
        GenreTache.TRAITER_REJET,
        GenreTache.ESCALADE,
        GenreTache.REMBOURSEMENT,
        GenreTache.EX_SUITES,
        GenreTache.CORRIGER_ADRESSE,
    }
)
"""Those that ask what was done."""


def libelle(tache: Tache) -> str:
    """What the button that ends this item says, nothing where another act ends it. A refused address is put right or restored; where
    nobody can be written to, somebody calls.
    """
    autrement = tache.genre == GenreTache.CORRIGER_ADRESSE and tache.objet_type == "adresse"
    return "" if autrement else LIBELLES.get(tache.genre, "")


def terminer(*, acteur: User, tache_id: int, commentaire: str = "") -> None:
    """End a work item of one of these kinds, in the house's lock order. A call begins a new series of reminders and is confirmed in
    writing; so does asking for the return. A failed automatic step is tried again.

    Raises Tache.DoesNotExist, Refus, DejaPris, DonneeInvalide, or Erreur for a kind that another act ends.
    """
    tache = taches_visibles(acteur).select_related("sinistre").get(pk=tache_id)
    if tache.genre == GenreTache.REPRENDRE_ETAPE:
        automates.reprendre(acteur=acteur, tache=tache)
        return
    if not libelle(tache) or (tache.sinistre_id is None and tache.genre != GenreTache.CORRIGER_ADRESSE):
        raise Erreur("Cette tâche se termine par l’acte qu’elle demande.")
    if tache.genre in (GenreTache.ESCALADE, GenreTache.REMBOURSEMENT):
        exiger(acteur, "escalade_arbitrer", tache.sinistre)
    if tache.genre in EXPLAINED and not commentaire.strip():
        raise DonneeInvalide.sur("commentaire", "Dites ce qui a été fait.")
    if tache.sinistre_id is None:
        taches.terminer(acteur=acteur, tache=tache, commentaire=commentaire.strip())
        return
    with transaction.atomic():
        sinistre = verrous.lock(tache.sinistre_id)
        taches.terminer(acteur=acteur, tache=tache, commentaire=commentaire.strip())
        if tache.genre == GenreTache.RELANCER:
            echeances.attendre_pieces(sinistre=sinistre)
            _tell("pieces.demandees", sinistre, rappel=True)
        elif tache.genre == GenreTache.DEMANDER_REPRISE:
            prochaine = timezone.localdate() + dt.timedelta(days=REPRISE_DELAY)
            echeances.poser_jours(sinistre=sinistre, jours={GenreEcheance.REPRISE_ATTENDUE: prochaine})
            _tell("reprise.demandee", sinistre)


def _tell(type: str, sinistre: Sinistre, **donnees: bool) -> None:
    annoncer(type=type, objet_type="sinistre", objet_id=sinistre.pk, sinistre_id=sinistre.pk, donnees=donnees)
