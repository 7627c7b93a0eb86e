"""What agents let be seen of their soutien psychologique."""

from __future__ import annotations

from accounts.gate import peut
from accounts.models import User
from cases.models import Sinistre, SoutienVisible


def soutiens_visibles(user: User, sinistre: Sinistre) -> list[SoutienVisible]:
    """Those of one dossier that its agent accepts to show, the latest first: none says nothing, neither that there is none."""
    if not peut(user, "soutien_visible_lire", sinistre):
        return []
    return list(SoutienVisible.objects.filter(sinistre=sinistre).order_by("-pk"))
