"""The reminders of one dossier, as its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.gate import peut
from accounts.models import User
from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre, Tache

SUSPENDRE = "relances_suspendre"


def contexte_relances(user: User, sinistre: Sinistre, echeances: Sequence[Echeance], taches: Sequence[Tache]) -> dict[str, Any]:
    """What was asked again of this dossier and what will be; `echeances` and `taches`: the open ones, already read."""
    horloge = next((e for e in echeances if e.genre == GenreEcheance.PIECES_ATTENDUES), None)
    a_appeler = any(tache.genre == GenreTache.RELANCER for tache in taches)
    relances: dict[str, Any] = {"horloge": horloge, "a_appeler": a_appeler, "derniere": None, "pause": None}
    if horloge is not None and horloge.rang:
        faites = Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, traitee_le__isnull=False)
        relances["derniere"] = faites.order_by("-traitee_le").values_list("traitee_le", flat=True).first()
    if horloge is not None and horloge.en_pause:
        relances["pause"] = horloge.pauses.filter(fin__isnull=True).first()
    return {"relances": relances, "peut_suspendre_les_relances": horloge is not None and peut(user, SUSPENDRE, sinistre)}
