"""The automatic steps of a soutien, run by the bulle's worker."""

from __future__ import annotations

from django.utils import timezone

from cases.enums import GenreTache
from cases.models import Branche, Sinistre
from cases.services import taches
from medical.enums_soutien import ActeSoutien, IssueSoutien
from medical.models import Soutien
from medical.selectors_soutien import soutien_de
from medical.services import soutien as services

BRANCHE = "branche"


def prevenir(branche: Branche, _sinistre: Sinistre | None) -> None:
    """No contact in time: the secretariat has it to confide again, or to ask after."""
    if soutien_de(branche).premier_contact_le is not None:
        return  # it was taken while this step waited for its worker
    taches.ouvrir(genre=GenreTache.SP_AFFECTER, sinistre=None, objet_type=BRANCHE, objet_id=branche.pk, priorite=1)


def finir_social(branche: Branche, _sinistre: Sinistre | None) -> None:
    """Six months have gone."""
    soutien = _locked(branche)
    if soutien.social_fini_le is None:
        soutien.social_fini_le = timezone.now()
        soutien.save(update_fields=["social_fini_le"])
        services.tracer(soutien, ActeSoutien.SOCIAL_FINI, None)


def clore(branche: Branche, _sinistre: Sinistre | None) -> None:
    """Nothing is left to do: it is over, and what is seen of it outside will say so."""
    soutien = _locked(branche)
    if soutien.est_clos:
        return
    soutien.clos_le, soutien.issue = timezone.now(), soutien.issue or IssueSoutien.ATTEINT
    soutien.save(update_fields=["clos_le", "issue"])
    services.tracer(soutien, ActeSoutien.CLOS, None)
    services.suivre_plus_tard(soutien)


def _locked(branche: Branche) -> Soutien:
    return services.verrouiller(soutien_de(branche))
