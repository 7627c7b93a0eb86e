"""A soutien psychologique of the planted dossier's agent: how to reach him, and what his psychologue notes for himself."""

from __future__ import annotations

from django.utils import timezone

from medical.models import LienAgent, Soutien
from medical.services import soutien as services
from tests.canari.recherche import Canaris
from tests.factories import Monde
from workflows.branches.soutien import actes, creneaux

PLACES_SOUTIEN = ("contact_soutien", "note_seance")


def planter_soutien(m: Monde, lien: LienAgent, canaris: Canaris) -> Soutien:
    """Asked for by the agent, confided, one séance held; not shown outside."""
    soutien = services.demander(lien=lien, programme="RESSOURCES", contact=canaris["contact_soutien"])
    Soutien.objects.update(suite_le=timezone.now())
    assert creneaux.suivre() == 1
    actes.affecter(acteur=m.secretariat, soutien=_fresh(soutien), psychologue=m.psychologue)
    aujourdhui = timezone.localdate()
    actes.prendre_contact(acteur=m.psychologue, soutien=_fresh(soutien), le=aujourdhui)
    actes.tenir_seance(
        acteur=m.psychologue, soutien=_fresh(soutien), saisie=actes.SeanceSaisie(aujourdhui, "CABINET", 45, note=canaris["note_seance"])
    )
    return _fresh(soutien)


def _fresh(soutien: Soutien) -> Soutien:
    return Soutien.objects.select_related("sinistre__agent", "psychologue", "branche", "cle").get(pk=soutien.pk)
