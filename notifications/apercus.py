"""What an e-mail would be with invented variables: what is shown before words are published. Laid out by what lays out those that leave."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from notifications.enums import GenreCourriel
from notifications.gabarits import Mots, mots_d_origine
from notifications.genres import COMMUNES
from notifications.mise_en_page import Bloc, Page
from notifications.rendering import ligne, rendre, rendre_recapitulatif, titre
from notifications.verification import variables_permises

ECHEANCE = dt.date(2026, 11, 12)


@dataclass(frozen=True)
class Apercu:
    """The e-mail alone, and as a line of a digest; `seul` is None for the digest itself."""

    seul: Page | None
    recapitulatif: Page


def apercevoir(genre: str, mots: Mots) -> Apercu:
    """Both with the kind's invented variables. Raises KeyError for words that `verifier` refuses."""
    lien = f"{settings.PUBLIC_URL}/collectivite/"
    autre = GenreCourriel.PIECES_DEMANDEES
    connus = mots_d_origine()
    d_un_autre = {**variables_permises(autre), "numero": "2026-000131", "agent": "S. K., matricule\u00a0871"}
    suite = Bloc(titre(d_un_autre, plusieurs=False), (ligne(autre, connus[autre], d_un_autre, lien, None),))
    recap = variables_permises(GenreCourriel.RECAPITULATIF)
    if genre == GenreCourriel.RECAPITULATIF:
        return Apercu(None, rendre_recapitulatif(mots, recap, [suite], COMMUNES["cdg"]))
    variables = variables_permises(genre)
    sienne = Bloc(titre(variables, plusieurs=False), (ligne(genre, mots, variables, lien, ECHEANCE),))
    return Apercu(
        rendre(genre, mots, variables, lien),
        rendre_recapitulatif(connus[GenreCourriel.RECAPITULATIF], recap, [sienne, suite], COMMUNES["cdg"]),
    )
