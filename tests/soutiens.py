"""Soutiens for tests, walked by their own services."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from cases.models import Programme, Tache
from medical.models import LienAgent, Soutien, TraceSoutien
from medical.services import soutien as services
from tests import factories as f
from workflows import coherence
from workflows.branches.soutien import actes, creneaux
from workflows.branches.soutien.actes import SeanceSaisie


def creneau() -> None:
    """The slot comes."""
    Soutien.objects.filter(suite_le__isnull=False).update(suite_le=timezone.now())
    creneaux.suivre()


def lu(soutien: Soutien) -> Soutien:
    return Soutien.objects.select_related("sinistre__agent", "psychologue", "branche", "cle").get(pk=soutien.pk)


def ouverts(soutien: Soutien) -> set[str]:
    branche = lu(soutien).branche
    assert branche is not None
    steps = branche.processus.task_set.values("pk")
    return set(Tache.objects.filter(objet_type="etape", objet_id__in=steps, fermee_le__isnull=True).values_list("genre", flat=True))


def demande(lien: LienAgent, programme: str = Programme.RESSOURCES) -> Soutien:
    soutien = services.demander(lien=lien, programme=programme, contact="06 00 00 00 00")
    creneau()
    return lu(soutien)


def engage(m: f.Monde, lien: LienAgent, programme: str = Programme.RESSOURCES) -> Soutien:
    """Asked for, confided, first contact made."""
    soutien = demande(lien, programme)
    actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    return lu(soutien)


def saisie(**champs: Any) -> SeanceSaisie:
    dite: dict[str, Any] = {"tenue_le": timezone.localdate(), "forme": "CABINET", "duree": 45}
    return SeanceSaisie(**(dite | champs))


def tenir(m: f.Monde, soutien: Soutien, nombre: int) -> None:
    for _ in range(nombre):
        actes.tenir_seance(acteur=m.psychologue, soutien=lu(soutien), saisie=saisie())


def coherent() -> None:
    assert list(coherence.anomalies()) == []


def actes_de(soutien: Soutien) -> list[str]:
    return list(TraceSoutien.objects.filter(soutien=soutien).order_by("pk").values_list("acte", flat=True))
