"""The kinds of branches that have pages outside the bulle, in the order of the menu of a dossier."""

from __future__ import annotations

from django.http import Http404

from cases.enums import GenreBranche
from portal.branches import accompagnement, contre_visite, expertise, mediation, recours, saisine
from portal.procedures import Genre

GENRES: dict[str, Genre] = {
    GenreBranche.CONTRE_VISITE: contre_visite,
    GenreBranche.EXPERTISE: expertise,
    GenreBranche.SAISINE: saisine,
    GenreBranche.RECOURS: recours,
    GenreBranche.MEDIATION: mediation,
    GenreBranche.ACCOMPAGNEMENT: accompagnement,
}


def genre_de(code: str) -> Genre:
    """Raises Http404 for a kind that has no page here."""
    try:
        return GENRES[code]
    except KeyError as error:
        raise Http404 from error
