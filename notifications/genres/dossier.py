"""News about the life of a dossier."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from cases.enums import OUVERTS, Etat
from notifications.enums import Cadence, GenreCourriel
from notifications.genres.base import SANS_REFUS, TOUTES, Dire, Genre, aux_heures_ouvrees, les_dernieres, page_du_dossier
from notifications.models import Annonce

VALIDES = (Etat.VALIDE, Etat.REMBOURSE, Etat.CLOS)
"""Where a validation still stands; a dossier that awaits other pièces since says so by another news."""


def _ask_return(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """The date of effective return, unless it has been told since; once, though the clock and a gestionnaire have both asked."""
    return {
        annonce.pk: Dire(page_du_dossier(annonce.sinistre, "reprise/"), {})
        for annonce in les_dernieres(annonces)
        if annonce.sinistre is not None and annonce.sinistre.reprise_effective is None and annonce.sinistre.etat in OUVERTS
    }


def _while_in(etats: Collection[str]) -> Callable[[Sequence[Annonce]], dict[int, Dire]]:
    """What holds as long as the dossier is in one of these states."""

    def tiennent(annonces: Sequence[Annonce]) -> dict[int, Dire]:
        return {
            annonce.pk: Dire(page_du_dossier(annonce.sinistre), {})
            for annonce in les_dernieres(annonces)
            if annonce.sinistre is not None and annonce.sinistre.etat in etats
        }

    return tiennent


GENRES = (
    Genre(
        GenreCourriel.REPRISE_DEMANDEE,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _ask_return,
        {},
        aux_heures_ouvrees,
    ),
    Genre(
        GenreCourriel.VALIDATION,
        Cadence.RECAPITULATIF,
        TOUTES,
        _while_in(VALIDES),
        {},
        aux_heures_ouvrees,
    ),
    Genre(
        GenreCourriel.RECHUTE_OUVERTE,
        Cadence.RECAPITULATIF,
        TOUTES,
        _while_in(OUVERTS),
        {},
        aux_heures_ouvrees,
    ),
)
