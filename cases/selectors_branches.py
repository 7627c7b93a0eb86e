"""Reads of branches: which procedures a person may follow. A soutien psychologique is read in the bulle alone."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from accounts.gate import peut
from accounts.models import User
from cases.enums import EtatBranche, GenreBranche
from cases.models import Branche, Sinistre, Tache
from cases.selectors import sinistres_visibles


def branches_du_sinistre(user: User, sinistre: Sinistre) -> QuerySet[Branche]:
    """The procedures of one dossier, newest first."""
    if not peut(user, "branche_lire", sinistre):
        return Branche.objects.none()
    return Branche.objects.filter(sinistre=sinistre).exclude(genre=GenreBranche.SOUTIEN).select_related("ouverte_par").order_by("-pk")


def branches_en_cours(user: User) -> QuerySet[Branche]:
    """Those under way on every dossier that `user` may follow. A soutien psychologique is not even counted."""
    branches = Branche.objects.filter(etat=EtatBranche.EN_COURS, sinistre__in=sinistres_visibles(user, "branche_lire"))
    return branches.exclude(genre=GenreBranche.SOUTIEN)


def branche_visible(user: User, uid: UUID) -> Branche:
    """One procedure by its public identifier. Raises Branche.DoesNotExist for a foreign one as for an unknown one."""
    branches = Branche.objects.filter(sinistre__in=sinistres_visibles(user, "branche_lire")).exclude(genre=GenreBranche.SOUTIEN)
    return branches.select_related("sinistre__collectivite", "sinistre__agent", "sinistre__contrat", "sinistre__termes", "ouverte_par").get(
        uid=uid
    )


def branche_de_tache(tache: Tache) -> Branche | None:
    """The procedure that a work item is about, if it is about one that is read outside the bulle."""
    branches = Branche.objects.exclude(genre=GenreBranche.SOUTIEN)
    match tache.objet_type:
        case "etape":
            return branches.filter(processus__task=tache.objet_id).first()
        case "branche":
            return branches.filter(pk=tache.objet_id).first()
    return None
