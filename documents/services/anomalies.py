"""What a sweeper of a store found wrong, and how a responsable settled it. Both buckets use it; an object's name says nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.services import taches
from documents.enums import GenreAnomalie
from documents.models import AnomalieStockage, Depot
from journal.services import annoncer, consigner

ORPHAN_KEPT = dt.timedelta(days=7)
"""How long an object without row stays, once found: a database brought back from a backup may not know it yet."""


def signaler(*, genre: str, objet: str, depot: Depot | None = None, medical: bool = False) -> AnomalieStockage | None:
    """Record an anomaly, once while it stands. A responsable is told by a work item, except of an orphan: it settles by itself.

    `medical`: it lies in the bulle's bucket, then without `depot`. Returns None when it was known.
    """
    with transaction.atomic():
        anomalie, new = AnomalieStockage.objects.get_or_create(
            genre=genre, medical=medical, objet=objet, resolue_le=None, defaults={"depot": depot}
        )
        if not new:
            return None
        if genre != GenreAnomalie.OBJET_ORPHELIN:
            taches.ouvrir(genre=GenreTache.TRAITER_INCIDENT, sinistre=None, objet_type="anomalie", objet_id=anomalie.pk)
        _consigner(None, "stockage.anomalie", anomalie)
        annoncer(type="stockage.anomalie", objet_type="anomalie", objet_id=anomalie.pk, donnees={"genre": genre})
    return anomalie


def effacer_orphelin(*, objet: str, effacer: Callable[[str], bool], medical: bool = False) -> bool:
    """Delete an orphan that was recorded ORPHAN_KEPT ago, and close its anomaly. `effacer` says whether the store did it.

    Returns whether it is gone; False leaves it to the next sweep.
    """
    noted = AnomalieStockage.objects.get(genre=GenreAnomalie.OBJET_ORPHELIN, medical=medical, objet=objet, resolue_le__isnull=True)
    if noted.constatee_le > timezone.now() - ORPHAN_KEPT or not effacer(objet):
        return False
    lever(anomalie=noted, issue="Objet supprimé sept jours après le constat : aucun fichier ne le nomme.")
    return True


def resoudre(*, acteur: User, anomalie: AnomalieStockage, issue: str) -> AnomalieStockage:
    """A responsable says how it was settled, which closes its work item. Raises Refus, DonneeInvalide, or Erreur when it is settled."""
    exiger(acteur, "incidents_traiter")
    if not issue.strip():
        raise DonneeInvalide.sur("issue", "Dites comment l’incident a été résolu.")
    if not _settle(anomalie, acteur, issue.strip()[:200]):
        raise Erreur("Cet incident est déjà résolu.")
    return AnomalieStockage.objects.get(pk=anomalie.pk)


def lever(*, anomalie: AnomalieStockage, issue: str) -> bool:
    """A sweeper found that nothing is wrong any more, or put it right. Returns False when somebody had settled it."""
    return _settle(anomalie, None, issue)


def _settle(anomalie: AnomalieStockage, acteur: User | None, issue: str) -> bool:
    with transaction.atomic():
        done = AnomalieStockage.objects.filter(pk=anomalie.pk, resolue_le__isnull=True).update(
            resolue_le=timezone.now(), resolue_par=acteur, issue=issue
        )
        if done:
            taches.fermer_objet(genre=GenreTache.TRAITER_INCIDENT, objet_type="anomalie", objet_id=anomalie.pk, issue="resolue")
            _consigner(acteur, "stockage.anomalie_resolue", anomalie, motif=issue)
    return bool(done)


def _consigner(acteur: User | None, action: str, anomalie: AnomalieStockage, *, motif: str = "") -> None:
    depot = anomalie.depot
    consigner(
        acteur=acteur,
        action=action,
        objet_type="anomalie",
        objet_id=anomalie.pk,
        sinistre_id=depot.piece.sinistre_id if depot is not None and depot.piece is not None else None,
        motif=motif,
        donnees={"genre": anomalie.genre, "objet": anomalie.objet, "medical": anomalie.medical},
    )
