"""What a collectivité still owes: the one reading that first requests, reminders and the check at sending share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from cases.enums import A_RELANCER
from documents.attentes import DEPUIS, DUES, fin_du_silence
from documents.models import Piece


@dataclass(frozen=True)
class Manquante:
    """A required pièce that has not come, or was refused. `demandee_le`: when it was asked for; `depuis`: since when it is awaited."""

    piece_id: int
    sinistre_id: int
    stade: str
    demandee_le: dt.datetime
    depuis: dt.datetime


def pieces_manquantes(sinistre_ids: Collection[int]) -> dict[int, list[Manquante]]:
    """What is missing of each dossier, the longest awaited first, in one query. Dossiers that lack nothing are absent.

    A pièce under check is not missing; nor is one that the collectivité says it has sent, for JOURS_DITE_ENVOYEE working days.
    """
    rows = (
        Piece.objects.filter(DUES, sinistre_id__in=sinistre_ids, sinistre__etat__in=A_RELANCER)
        .annotate(depuis=DEPUIS)
        .order_by("depuis", "pk")
        .values_list("pk", "sinistre_id", "stade", "demandee_le", "depuis", "dite_envoyee_le", "sinistre__collectivite__departement")
    )
    maintenant = timezone.now()
    found: dict[int, list[Manquante]] = {}
    for pk, sinistre_id, stade, demandee, depuis, dite, departement in rows:
        if dite is None or dite < depuis or fin_du_silence(dite, departement) <= maintenant:
            found.setdefault(sinistre_id, []).append(Manquante(pk, sinistre_id, stade, demandee, depuis))
    return found
