"""The leave as a calendar: months of weeks, each day with what it is. Pure functions."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases.enums import GenreArret
from cases.models import Arret

MOIS = ("", "Janvier", "Février", "Mars", "Avril", "Mai", "Juin", "Juillet", "Août", "Septembre", "Octobre", "Novembre", "Décembre")
INITIALES = (("L", "lundi"), ("M", "mardi"), ("M", "mercredi"), ("J", "jeudi"), ("V", "vendredi"), ("S", "samedi"), ("D", "dimanche"))
LIBELLES = {
    "arret": "arrêt",
    "tpt": "temps partiel thérapeutique",
    "reprise": "reprise",
    "plein": "plein traitement",
    "neuf": "90 % du traitement",
    "demi": "demi-traitement",
    "partiel": "fraction du traitement",
    "rien": "sans traitement",
    "carence": "carence",
    "franchise": "franchise",
    "non_couvert": "non couvert",
    "interrompu": "versement interrompu",
    "refuse": "refusé",
    "": "",
}
LETTRES = {
    "plein": "P", "neuf": "N", "demi": "D", "partiel": "T", "rien": "S", "carence": "C", "franchise": "F", "non_couvert": "X",
    "interrompu": "I", "refuse": "R",
}  # fmt: skip
"""What a day is, without its colour. A plain arrêt has none: there is nothing to tell it from."""

FRACTIONS = {"1": "plein", "0.9": "neuf", "0.5": "demi", "0": "rien"}
LEGENDE = ("plein", "neuf", "partiel", "demi", "rien", "carence", "franchise", "non_couvert", "interrompu", "refuse")
MAX_MOIS = 36

Plage = tuple[dt.date, dt.date, str]
"""A run of days, both ends included, and what they are: a key of LIBELLES."""


@dataclass(frozen=True)
class Jour:
    """A day of the grid. `genre`: a key of LIBELLES."""

    numero: int
    genre: str

    @property
    def libelle(self) -> str:
        return LIBELLES[self.genre]

    @property
    def lettre(self) -> str:
        return LETTRES.get(self.genre, "")


@dataclass(frozen=True)
class Mois:
    titre: str
    semaines: list[list[Jour | None]]
    comptes: str


def genre_du_jour(jour: dt.date, arrets: Sequence[Arret], reprise: dt.date | None) -> str:
    """What a day is. The effective return outweighs the end of a certificate."""
    if reprise is not None and jour >= reprise:
        return "reprise" if jour == reprise else _covering(jour, [a for a in arrets if a.genre == GenreArret.TPT])
    return _covering(jour, arrets)


def _covering(jour: dt.date, arrets: Sequence[Arret]) -> str:
    genres = {a.genre for a in arrets if a.debut <= jour <= a.fin}
    if not genres:
        return ""
    return "tpt" if genres == {GenreArret.TPT} else "arret"


def mois_du_conge(arrets: Sequence[Arret], reprise: dt.date | None, payes: Iterable[Plage] = ()) -> list[Mois]:
    """The months from the first day off to the last (or the return), MAX_MOIS latest of them at most. `payes`: what lines of décomptes say
    of days, which tells more than « arrêt »."""
    if not arrets:
        return []
    debut = min(a.debut for a in arrets)
    fin = max([a.fin for a in arrets] + ([reprise] if reprise is not None else []))
    first, last = debut.year * 12 + debut.month - 1, fin.year * 12 + fin.month - 1
    connus = {jour: genre for premier, dernier, genre in payes for jour in _days(premier, dernier)}
    return [_mois(rang // 12, rang % 12 + 1, arrets, reprise, connus) for rang in range(max(first, last - MAX_MOIS + 1), last + 1)]


def _days(debut: dt.date, fin: dt.date) -> Iterator[dt.date]:
    for rang in range((fin - debut).days + 1):
        yield debut + dt.timedelta(days=rang)


def genre_de_fraction(fraction: str) -> str:
    """What days paid at this fraction are."""
    return FRACTIONS.get(fraction, "partiel")


def jours_des_lignes(lignes: Iterable[Mapping[str, Any]]) -> list[Plage]:
    """The runs of days of lines as the engine renders them (« debut » and « fin » in ISO, « sort », « fraction »)."""
    return [
        (
            dt.date.fromisoformat(ligne["debut"]),
            dt.date.fromisoformat(ligne["fin"]),
            genre_de_fraction(ligne["fraction"]) if ligne["sort"] in ("PAYE", "SANS_DROIT") else ligne["sort"].lower(),
        )
        for ligne in lignes
    ]


def legende(plages: Iterable[Plage]) -> list[Jour]:
    """One day of each kind that they have."""
    presents = {genre for _, _, genre in plages}
    return [Jour(0, genre) for genre in LEGENDE if genre in presents]


def mois_des_lignes(lignes: Sequence[Plage]) -> list[Mois]:
    """The months where runs of days (first, last, genre) fall, in order, MAX_MOIS latest of them at most; months between are left out."""
    genres: dict[tuple[int, int], dict[int, str]] = {}
    for debut, fin, genre in lignes:
        jour = max(debut, fin.replace(day=1) - dt.timedelta(days=31 * MAX_MOIS))
        while jour <= fin:
            genres.setdefault((jour.year, jour.month), {})[jour.day] = genre
            jour += dt.timedelta(days=1)
    return [_grid(annee, mois, genres[annee, mois]) for annee, mois in sorted(genres)[-MAX_MOIS:]]


def _grid(annee: int, mois: int, genres: Mapping[int, str]) -> Mois:
    semaines = [
        [Jour(jour.day, genres.get(jour.day, "")) if jour.month == mois else None for jour in semaine]
        for semaine in calendar.Calendar().monthdatescalendar(annee, mois)
    ]
    comptes = Counter(genres.values())
    return Mois(f"{MOIS[mois]} {annee}", semaines, ", ".join(f"{n} j {LIBELLES[genre]}" for genre, n in comptes.items()))


def _mois(annee: int, mois: int, arrets: Sequence[Arret], reprise: dt.date | None, connus: Mapping[dt.date, str]) -> Mois:
    semaines: list[list[Jour | None]] = []
    tally = {"arret": 0, "tpt": 0}
    for semaine in calendar.Calendar().monthdatescalendar(annee, mois):
        row: list[Jour | None] = []
        for jour in semaine:
            if jour.month != mois:
                row.append(None)
                continue
            genre = genre_du_jour(jour, arrets, reprise)
            if genre in tally:
                tally[genre] += 1
            row.append(Jour(jour.day, connus.get(jour, genre) if genre in tally else genre))
        semaines.append(row)
    words = [f"{n} j {'d’arrêt' if genre == 'arret' else 'à temps partiel thérapeutique'}" for genre, n in tally.items() if n]
    return Mois(f"{MOIS[mois]} {annee}", semaines, ", ".join(words) or "aucun jour d’arrêt")
