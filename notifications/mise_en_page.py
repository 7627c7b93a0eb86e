"""How the words of an e-mail are laid out: one plain text, and the same as accessible HTML. Pure, no database.

One heading, no image, nothing that tells whether it was read. Each link says where it leads out of any context, and two that lead to
different pages never say the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.template.loader import render_to_string

from notifications.typographie import typographie

OBJET_MAX = 200
_BLANCS = re.compile(r"[ \t\r\n]+")
"""Line ends of a form; a no-break space is no accident."""
_PARAGRAPHES = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True)
class Ligne:
    """What is told: its words (empty in an e-mail that tells one thing), by when (words), where it leads, and what that link says."""

    texte: str
    lien: str
    invite: str
    pour_le: str = ""


@dataclass(frozen=True)
class Bloc:
    """What is told of one dossier, under its title; without a title in an e-mail that tells one thing."""

    titre: str
    lignes: tuple[Ligne, ...]


@dataclass(frozen=True)
class Page:
    objet: str
    texte: str
    html: str


def mettre_en_page(objet: str, corps: str, blocs: Sequence[Bloc], cdg: str) -> Page:
    """Lay out words already filled in. `corps`: paragraphs parted by an empty line."""
    objet = _propre(objet)[:OBJET_MAX]
    contexte = {
        "objet": objet,
        "paragraphes": [propre for paragraphe in _PARAGRAPHES.split(corps) if (propre := _propre(paragraphe))],
        "blocs": [_bloc(bloc) for bloc in _told_apart(blocs)],
        "plusieurs": sum(len(bloc.lignes) for bloc in blocs) > 1,
        "cdg": cdg,
    }
    texte = render_to_string("notifications/courriel.txt", contexte)
    return Page(objet, texte.strip() + "\n", render_to_string("notifications/courriel.html", contexte))


def _propre(texte: str) -> str:
    return typographie(_BLANCS.sub(" ", texte).strip(" "))


def _bloc(bloc: Bloc) -> Bloc:
    return Bloc(_propre(bloc.titre), tuple(replace(une, texte=_propre(une.texte), pour_le=_propre(une.pour_le)) for une in bloc.lignes))


def _told_apart(blocs: Sequence[Bloc]) -> list[Bloc]:
    """Links that say the same and lead to different pages get a number: « … (2 sur 3) »."""
    targets = {(une.invite, une.lien): None for bloc in blocs for une in bloc.lignes}
    total = Counter(invite for invite, _ in targets)
    seen: Counter[str] = Counter()
    names: dict[tuple[str, str], str] = {}
    for invite, lien in targets:
        seen[invite] += 1
        names[invite, lien] = invite if total[invite] == 1 else f"{invite} ({seen[invite]} sur {total[invite]})"
    return [
        replace(bloc, lignes=tuple(replace(une, invite=names[une.invite, une.lien]) for une in bloc.lignes)) for bloc in blocs
    ]  # fmt: skip
