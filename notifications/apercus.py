"""What an e-mail would be with invented variables: what is shown before words are published. Laid out by what lays out those that leave."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from notifications.enums import GenreCourriel
from notifications.gabarits import Mots, mots_d_origine
from notifications.genres import COMMUNES, Variables
from notifications.mise_en_page import Bloc, Page
from notifications.rendering import ligne, rendre, rendre_recapitulatif, titre
from notifications.verification import variables_permises

ECHEANCE = dt.date(2026, 11, 12)
AUTRE_DOSSIER: Variables = {"numero": "2026-000131", "agent": "S. K., matricule\u00a0871"}
"""What stands beside it in a digest."""


@dataclass(frozen=True)
class Apercu:
    """The e-mail alone, and as a line of a digest; `seul` is None for the digest itself."""

    seul: Page | None
    recapitulatif: Page


def apercevoir(genre: str, mots: Mots) -> Apercu:
    """Both with the kind's invented variables. Raises KeyError for words that `verifier` refuses."""
    connus = mots_d_origine()
    voisin = _bloc(GenreCourriel.PIECES_DEMANDEES, connus[GenreCourriel.PIECES_DEMANDEES], AUTRE_DOSSIER)
    recap = variables_permises(GenreCourriel.RECAPITULATIF)
    if genre == GenreCourriel.RECAPITULATIF:
        premier = _bloc(GenreCourriel.PIECES_RELANCE, connus[GenreCourriel.PIECES_RELANCE], {}, ECHEANCE)
        return Apercu(None, rendre_recapitulatif(mots, recap, [premier, voisin], COMMUNES["cdg"]))
    return Apercu(
        rendre(genre, mots, variables_permises(genre), _lien()),
        rendre_recapitulatif(connus[GenreCourriel.RECAPITULATIF], recap, [_bloc(genre, mots, {}, ECHEANCE), voisin], COMMUNES["cdg"]),
    )


def _bloc(genre: str, mots: Mots, autres: Variables, echeance: dt.date | None = None) -> Bloc:
    variables = {**variables_permises(genre), **autres}
    return Bloc(titre(variables, plusieurs=False), (ligne(genre, mots, variables, _lien(), echeance),))


def _lien() -> str:
    return f"{settings.PUBLIC_URL}/collectivite/"
