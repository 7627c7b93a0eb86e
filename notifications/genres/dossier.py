"""News about the life of a dossier."""

from __future__ import annotations

from collections.abc import Sequence

from cases.enums import OUVERTS
from notifications.enums import Cadence, GenreCourriel
from notifications.genres.base import SANS_REFUS, Dire, Genre, aux_heures_ouvrees, page_du_dossier
from notifications.models import Annonce


def _ask_return(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """The date of effective return, unless it has been told since."""
    return {
        annonce.pk: Dire(page_du_dossier(annonce.sinistre), {})
        for annonce in annonces
        if annonce.sinistre is not None and annonce.sinistre.reprise_effective is None and annonce.sinistre.etat in OUVERTS
    }


GENRES = (
    Genre(
        GenreCourriel.REPRISE_DEMANDEE,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _ask_return,
        {},
        aux_heures_ouvrees,
    ),
)
