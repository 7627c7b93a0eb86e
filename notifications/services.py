"""Writing to the outbox of e-mails."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils import timezone

from notifications.enums import EtatCourriel, GenreCourriel
from notifications.models import Courriel, message_id_of


def deposer(courriels: Iterable[Courriel]) -> int:
    """Put e-mails in the outbox, in the caller's transaction; those whose intent (`cle`) is known already are left as they are.

    No `acteur`: an e-mail follows from an event, and the event names who acted.
    """
    rows = list(courriels)
    for row in rows:
        row.message_id = message_id_of(row.cle)
    Courriel.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def conserver(*, adresses: Iterable[str], objet: str, texte: str, html: str) -> int:
    """Keep a message of sign-in, one row per address, as it would have left. For the embedded default only."""
    rows = [
        Courriel(
            cle=f"compte:{uuid.uuid4()}",
            genre=GenreCourriel.COMPTE,
            adresse=adresse,
            objet=objet[:200],
            texte=texte,
            html=html,
            etat=EtatCourriel.ENVOYE,
            envoye_le=timezone.now(),
            conserve=True,
        )
        for adresse in adresses
    ]
    return deposer(rows)
