"""What the bulle's sweepers find in its bucket, told to the responsable by names of objects that say nothing."""

from __future__ import annotations

import logging

from django.db import transaction

from cases.enums import GenreTache
from cases.services import taches
from documents.enums import GenreAnomalie
from documents.models import AnomalieStockage
from medical import stockage
from medical.errors import ContenuAbsent
from medical.models import Fichier

logger = logging.getLogger(__name__)


def constater(genre: GenreAnomalie, objet: str, *, medical: bool = True) -> AnomalieStockage:
    """Record an anomaly of the medical bucket (or of the administrative one) and its work item, once while it is open."""
    with transaction.atomic():
        anomalie, created = AnomalieStockage.objects.get_or_create(genre=genre, medical=medical, objet=objet, resolue_le__isnull=True)
        if created:
            taches.ouvrir(genre=GenreTache.TRAITER_INCIDENT, sinistre=None, objet_type="anomalie", objet_id=anomalie.pk)
            logger.error("medical.anomalie", extra={"anomalie": anomalie.pk, "genre": str(genre)})
    return anomalie


def constater_illisible(fichier: Fichier, error: Exception, *, apercu: bool = False) -> None:
    """A file whose object is gone, or is not what was written."""
    genre = GenreAnomalie.OBJET_ABSENT if isinstance(error, ContenuAbsent) else GenreAnomalie.EMPREINTE
    constater(genre, stockage.preview_name(fichier.apercu_objet) if apercu else stockage.content_name(fichier.objet))
