"""The first lock of the house's order (sinistre, process, Tache, décompte): the sinistre, read as it is now."""

from __future__ import annotations

from django.db.models import QuerySet

from cases.models import Sinistre


def locked(sinistres: QuerySet[Sinistre]) -> QuerySet[Sinistre]:
    return sinistres.select_for_update(of=("self",)).select_related("collectivite", "agent", "contrat", "termes")


def lock(sinistre_id: int) -> Sinistre:
    """One sinistre by its key, locked, for a caller who has checked that it is visible."""
    return locked(Sinistre.objects.all()).get(pk=sinistre_id)
