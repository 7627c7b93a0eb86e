"""Where a dossier stands, in words: the steps done, who has the ball, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from cases.enums import OUVERTS, Etat, GenreEcheance
from cases.models import Echeance, Sinistre, Tache
from documents.models import Piece
from journal.models import Entree
from workflows.drawing import MAIN_PATH


@dataclass(frozen=True)
class Etape:
    libelle: str
    le: dt.datetime | None
    faite: bool
    courante: bool


def etapes_de(sinistre: Sinistre, entrees: Sequence[Entree]) -> list[Etape]:
    """The main path, with the state where the dossier stands put in its place when it lies off that path."""
    path = list(MAIN_PATH)
    if sinistre.etat not in path:
        path.insert(_place(sinistre), Etat(sinistre.etat))
    here = path.index(Etat(sinistre.etat))
    reached = _reached(entrees)
    return [
        Etape(etat.label, reached.get(etat.value) if rang <= here else None, rang < here, rang == here) for rang, etat in enumerate(path)
    ]


def _place(sinistre: Sinistre) -> int:
    """A reopened dossier starts again before its pièces; the others stand after the state they left, or at the end."""
    path = list(MAIN_PATH)
    if sinistre.etat == Etat.ROUVERT:
        return 1
    if sinistre.etat == Etat.EN_MEDIATION and sinistre.etat_avant_mediation in path:
        return path.index(Etat(sinistre.etat_avant_mediation)) + 1
    return len(path) if sinistre.etat in (Etat.REFUSE, Etat.ANNULE) else 1


def _reached(entrees: Sequence[Entree]) -> dict[str, dt.datetime]:
    """The last time each state was entered. `entrees` newest first, with their contents."""
    found: dict[str, dt.datetime] = {}
    for entree in entrees:
        contenu = getattr(entree, "contenu", None)
        donnees = contenu.donnees if contenu is not None else {}
        etat = Etat.DECLARE.value if entree.action == "sinistre.declarer" else donnees.get("apres")
        if isinstance(etat, str) and etat not in found and donnees.get("avant") != etat:
            found[etat] = entree.le
    return found


@dataclass(frozen=True)
class Main:
    """Who has the ball, since when, and the next step."""

    qui: str
    depuis: dt.datetime | None
    etape: str


def qui_a_la_main(user: User, sinistre: Sinistre, taches: Sequence[Tache], pieces: Sequence[Piece], echeances: Sequence[Echeance]) -> Main:
    """Told from what is open: the first work item, else what is awaited from the collectivité, else nobody."""
    if taches:
        tache = taches[0]
        if tache.porteur_id == user.pk:
            return Main("Vous", tache.pris_le, tache.get_genre_display())
        if tache.porteur is not None:
            return Main(tache.porteur.get_full_name(), tache.pris_le, tache.get_genre_display())
        return Main("Personne : le dossier attend dans sa file", tache.cree_le, tache.get_genre_display())
    owed = [p for p in pieces if p.est_attendue]
    if sinistre.etat in OUVERTS and owed:
        return Main(
            "La collectivité",
            min(p.demandee_le for p in owed),
            f"{len(owed)} pièce{'s' if len(owed) > 1 else ''} attendue{'s' if len(owed) > 1 else ''}",
        )
    if any(e.genre == GenreEcheance.REPRISE_ATTENDUE for e in echeances) and sinistre.etat in OUVERTS:
        return Main("La collectivité", sinistre.etat_depuis, "la date de reprise, à la fin de l’arrêt")
    return Main("Personne", sinistre.etat_depuis, "rien n’est attendu")
