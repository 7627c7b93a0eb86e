"""Who carries out an open step: whoever has taken it, since the team takes work items as days go by."""

from __future__ import annotations

from accounts.models import User
from cases.enums import GenreTache
from cases.models import Branche, Tache
from workflows.noeuds import ETAPE


def acteur_de(branche: Branche, genre: GenreTache, defaut: User) -> User | None:
    """The holder of this step, `defaut` where nobody holds it; None where the step is not open."""
    steps = branche.processus.task_set.values("pk")
    ouvertes = Tache.objects.filter(genre=genre, objet_type=ETAPE, objet_id__in=steps, fermee_le__isnull=True)
    tache = ouvertes.select_related("porteur").first()
    if tache is None:
        return None
    return tache.porteur or defaut
