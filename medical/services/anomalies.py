"""What the bulle finds wrong in its bucket, told to the responsable by the names of objects, which say nothing."""

from __future__ import annotations

import logging

from documents.enums import GenreAnomalie
from documents.services.anomalies import signaler
from medical import stockage
from medical.errors import ContenuAbsent
from medical.models import Fichier

logger = logging.getLogger(__name__)


def constater(genre: GenreAnomalie, objet: str) -> None:
    """Record an anomaly of the medical bucket, once while it stands."""
    if signaler(genre=genre, objet=objet, medical=True) is not None:
        logger.error("medical.anomalie", extra={"genre": str(genre), "objet": objet})


def constater_illisible(fichier: Fichier, error: Exception, *, apercu: bool = False) -> None:
    """A file whose object is gone, or is not what was written."""
    genre = GenreAnomalie.OBJET_ABSENT if isinstance(error, ContenuAbsent) else GenreAnomalie.EMPREINTE
    constater(genre, stockage.preview_name(fichier.apercu_objet) if apercu else stockage.content_name(fichier.objet))
