"""The automatic steps of a contre-visite."""

from __future__ import annotations

from cases.enums import GenreTache
from cases.models import Branche, Sinistre
from cases.services import taches
from journal.services import annoncer


def diffuser_convocation(branche: Branche, sinistre: Sinistre | None) -> None:
    """The collectivité and the agent are told of the appointment."""
    annoncer(type="contre_visite.convocation", objet_type="branche", objet_id=branche.pk, sinistre_id=branche.sinistre_id)


def escalader(branche: Branche, sinistre: Sinistre | None) -> None:
    """48 hours have gone without an opinion: the responsable is asked to see to it."""
    taches.ouvrir(genre=GenreTache.ESCALADE, sinistre=sinistre, objet_type="branche", objet_id=branche.pk, priorite=1)


def appliquer(branche: Branche, sinistre: Sinistre | None) -> None:
    """What the employer decided takes effect."""
    annoncer(type="contre_visite.appliquee", objet_type="branche", objet_id=branche.pk, sinistre_id=branche.sinistre_id)
