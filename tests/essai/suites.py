"""The automatic steps of the trial."""

from __future__ import annotations

from cases.enums import GenreTache
from cases.models import Branche, Sinistre
from cases.services import taches
from journal.services import annoncer


def diffuser(branche: Branche, sinistre: Sinistre | None) -> None:
    annoncer(type="essai.diffuse", objet_type="branche", objet_id=branche.pk, sinistre_id=branche.sinistre_id)


def escalader(branche: Branche, sinistre: Sinistre | None) -> None:
    taches.ouvrir(genre=GenreTache.ESCALADE, sinistre=sinistre, objet_type="branche", objet_id=branche.pk, priorite=1)


def appliquer(branche: Branche, sinistre: Sinistre | None) -> None:
    annoncer(type="essai.applique", objet_type="branche", objet_id=branche.pk, sinistre_id=branche.sinistre_id)
