"""Reads of the links given to agents: querysets that are already authorised."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.models import Sinistre
from cases.selectors import sinistres_visibles
from documents.enums import GenreLaissezPasser
from documents.models import LaissezPasser


def liens_en_cours(user: User, sinistre: Sinistre) -> QuerySet[LaissezPasser]:
    """The agent's links of a dossier that still open, the oldest first, for whoever may give and revoke them."""
    if not peut(user, "lien_agent_depot", sinistre):
        return LaissezPasser.objects.none()
    return _live().filter(piece__sinistre=sinistre).select_related("piece", "cree_par").order_by("pk")


def lien_visible(user: User, numero: str, lien_id: int) -> LaissezPasser:
    """One agent's link of a visible dossier, whatever became of it. Raises LaissezPasser.DoesNotExist."""
    return LaissezPasser.objects.select_related("piece__sinistre__collectivite", "piece__sinistre__agent", "piece__sinistre__contrat").get(
        pk=lien_id, genre=GenreLaissezPasser.AGENT, piece__sinistre__in=sinistres_visibles(user, "lien_agent_depot").filter(numero=numero)
    )


def _live() -> QuerySet[LaissezPasser]:
    return LaissezPasser.objects.filter(
        genre=GenreLaissezPasser.AGENT, utilise_le__isnull=True, revoque_le__isnull=True, expire_le__gt=timezone.now()
    )
