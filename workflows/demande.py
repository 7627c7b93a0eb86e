"""What a person brings to an act of the lifecycle, and which fields each transition asks for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ArretDemande:
    """A certified period as declared: both ends included. `quotite` (50 to 90, %) only for a temps partiel thérapeutique."""

    debut: dt.date
    fin: dt.date
    certificat: dt.date
    quotite: int | None = None


@dataclass(frozen=True)
class Demande:
    """The inputs of a transition. Each one uses the fields FIELDS lists for it and ignores none: a stray value is refused."""

    motif: str = ""
    date_effet: dt.date | None = None
    portee: str = ""
    nature: str = ""
    commentaire: str = ""
    arret: ArretDemande | None = None
    alertes_assumees: str = field(default="")
    """Why the person goes on although a probable mistake was shown to him."""


FIELDS: dict[str, tuple[str, ...]] = {
    "demander_pieces": ("commentaire",),
    "valider": ("commentaire",),
    "rembourser": ("commentaire",),
    "rejeter_reglement": ("commentaire",),
    "prolonger": ("arret", "commentaire", "alertes_assumees"),
    "requalifier": ("nature", "date_effet", "commentaire"),
    "regulariser": ("commentaire",),
    "proposer_refus": ("motif", "portee", "commentaire"),
    "lever_refus": ("commentaire",),
    "refuser": ("commentaire",),
    "refuser_partie": ("commentaire",),
    "annuler": ("motif", "commentaire"),
    "clore": ("motif", "date_effet", "commentaire"),
    "rouvrir_rechute": ("arret", "commentaire", "alertes_assumees"),
    "rouvrir": ("commentaire",),
}
"""The fields each transition reads: doors build their forms from it."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "prolonger": ("arret",),
    "requalifier": ("nature", "date_effet", "commentaire"),
    "regulariser": ("commentaire",),
    "proposer_refus": ("motif", "portee"),
    "lever_refus": ("commentaire",),
    "refuser": ("commentaire",),
    "refuser_partie": ("commentaire",),
    "annuler": ("motif",),
    "clore": ("motif", "date_effet"),
    "rouvrir_rechute": ("arret",),
    "rouvrir": ("commentaire",),
}
"""Those without which it can't go."""
