"""The words of an e-mail as it leaves: text and accessible HTML, from what still holds at that moment.

What may be said: the dossier's number, the agent's initials and matricule, dates and counts. Never a diagnosis, a nature of leave, a
full name, nor the name of a pièce (« rapport d’accident » tells the nature): who wants to know signs in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.utils import timezone

from accounts.selectors import nom_du_cdg
from cases.variables import remplir
from notifications.destinataires import encore_a_dire
from notifications.enums import EtatAnnonce, GenreCourriel
from notifications.gabarits import Mots, invite, mots_en_usage
from notifications.genres import GENRES, Dire
from notifications.genres.base import en_toutes_lettres, jour_en_francais
from notifications.mise_en_page import Bloc, Ligne, Page, mettre_en_page
from notifications.models import Annonce, Courriel


@dataclass(frozen=True)
class Rendu:
    """An e-mail written: its words, and which of its annonces are in it or no longer hold. Those whose recipient may be told no more
    are in neither: they pass to others (passation.py)."""

    objet: str
    texte: str
    html: str
    dites: tuple[int, ...] = ()
    tombees: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lues:
    """The annonces that an e-mail carries, and those of them whose recipient may still be told."""

    toutes: list[Annonce]
    admises: list[Annonce]

    @property
    def delaissees(self) -> list[Annonce]:
        """Those about a collectivité that others may have to be told of."""
        admises = {annonce.pk for annonce in self.admises}
        return [annonce for annonce in self.toutes if annonce.pk not in admises and annonce.collectivite_id is not None]


@dataclass(frozen=True)
class _Lecture:
    """Annonces that hold, what each says, and in which words."""

    annonces: list[Annonce]
    dire: dict[int, Dire]
    mots: dict[str, Mots]
    cdg: str

    def variables(self, annonce: Annonce) -> dict[str, str]:
        """What the words of an annonce may name."""
        communes = {"cdg": self.cdg, "collectivite": annonce.collectivite.nom if annonce.collectivite is not None else ""}
        if annonce.sinistre is not None:
            communes["numero"] = annonce.sinistre.numero
            communes["agent"] = f"{annonce.sinistre.agent.initiales()}, matricule\u00a0{annonce.sinistre.agent.matricule}"
        return {**communes, **self.dire[annonce.pk].variables}


class Paroles:
    """What does not depend on whom is written to, read once for several e-mails: the words in use, the CDG's name."""

    def __init__(self) -> None:
        self._mots: dict[str, Mots] = {}

    def mots(self, genres: Collection[str]) -> dict[str, Mots]:
        """Those of these kinds are there."""
        inconnus = [genre for genre in genres if genre not in self._mots]
        if inconnus:
            self._mots |= mots_en_usage(inconnus)
        return self._mots

    @cached_property
    def cdg(self) -> str:
        return nom_du_cdg()


def lire(courriel: Courriel) -> Lues:
    """What an e-mail carries now. Two queries."""
    annonces = list(
        courriel.annonces.filter(etat=EtatAnnonce.CONFIEE)
        .select_related("sinistre__agent", "sinistre__collectivite", "collectivite", "destinataire")
        .order_by("pk")
    )
    return Lues(annonces, encore_a_dire(annonces))


def ecrire(courriel: Courriel, paroles: Paroles | None = None, lues: Lues | None = None) -> Rendu | None:
    """Write an e-mail from those of its annonces that still hold; None when none does. It writes nothing to the database.

    One whose words stand already, and that has no annonce, keeps them.
    """
    lues = lues or lire(courriel)
    if not lues.toutes:
        return Rendu(courriel.objet, courriel.texte, courriel.html) if courriel.texte else None
    lecture = _read(lues.admises, paroles or Paroles())
    if not lecture.annonces:
        return None
    page = (_digest if courriel.genre == GenreCourriel.RECAPITULATIF else _single)(lecture)
    dites = tuple(annonce.pk for annonce in lecture.annonces)
    gardees = {*dites, *(annonce.pk for annonce in lues.delaissees)}
    tombees = tuple(annonce.pk for annonce in lues.toutes if annonce.pk not in gardees)
    return Rendu(page.objet, page.texte, page.html, dites, tombees)


def rendre(genre: str, mots: Mots, variables: Mapping[str, str], lien: str) -> Page:
    """The words of one kind of news, filled in, as an e-mail that leaves alone."""
    seul = Bloc("", (Ligne("", lien, invite(genre, variables)),))
    return mettre_en_page(remplir(mots.objet, variables), remplir(mots.corps, variables), [seul], variables["cdg"])


def rendre_recapitulatif(mots: Mots, variables: Mapping[str, str], blocs: Sequence[Bloc], cdg: str) -> Page:
    """A digest: its own words, then what is told, dossier by dossier."""
    return mettre_en_page(remplir(mots.objet, variables), remplir(mots.corps, variables), blocs, cdg)


def ligne(genre: str, mots: Mots, variables: Mapping[str, str], lien: str, echeance: dt.date | None) -> Ligne:
    """One kind of news as a line of a digest; its deadline stands first, unless its words say it already."""
    texte = remplir(mots.ligne, variables)
    jour = jour_en_francais(echeance) if echeance is not None else ""
    if jour and jour not in texte:
        return Ligne(texte, lien, invite(genre, variables), f"Pour le {jour} :")
    return Ligne(texte[:1].upper() + texte[1:], lien, invite(genre, variables))


def titre(variables: Mapping[str, str], *, plusieurs: bool) -> str:
    """What stands above the lines of a dossier; `plusieurs`: the reader has several collectivités."""
    if "numero" not in variables:
        return variables["collectivite"] or "Vos autres tâches"
    return f"Dossier {variables['numero']}, agent {variables['agent']}" + (f" ({variables['collectivite']})" if plusieurs else "")


def _read(admises: Sequence[Annonce], paroles: Paroles) -> _Lecture:
    genres = {annonce.genre for annonce in admises}
    dire: dict[int, Dire] = {}
    for genre in genres:
        dire |= GENRES[genre].tiennent([annonce for annonce in admises if annonce.genre == genre])
    tenues = [annonce for annonce in admises if annonce.pk in dire]
    return _Lecture(tenues, dire, paroles.mots({*genres, GenreCourriel.RECAPITULATIF}), paroles.cdg)


def _single(lecture: _Lecture) -> Page:
    (annonce,) = lecture.annonces
    return rendre(annonce.genre, lecture.mots[annonce.genre], lecture.variables(annonce), lecture.dire[annonce.pk].lien)


SUPPLANTE = {GenreCourriel.PIECES_DEMANDEES, GenreCourriel.PIECES_RELANCE}
"""News that tell the same of a dossier, what it lacks: after days without e-mail, the last of them says it all. An acknowledgement says
more: that the declaration was recorded, and whether in time."""


def _digest(lecture: _Lecture) -> Page:
    """All that waits for one person, dossier by dossier, the one with the nearest deadline first."""
    annonces = _without_doubles(lecture.annonces)
    premiere: dict[int | None, tuple[bool, dt.date, str]] = {}
    for annonce in annonces:
        premiere[annonce.sinistre_id] = min(_by_deadline(annonce), premiere.get(annonce.sinistre_id, _by_deadline(annonce)))
    annonces = sorted(annonces, key=lambda a: (premiere[a.sinistre_id], a.sinistre_id or 0, a.collectivite_id or 0, _by_deadline(a), a.pk))
    plusieurs = len({annonce.collectivite_id for annonce in annonces if annonce.collectivite_id is not None}) > 1
    blocs = [
        Bloc(titre(lecture.variables(une), plusieurs=plusieurs), tuple(_ligne(lecture, annonce) for annonce in (une, *suite)))
        for _, (une, *suite) in groupby(annonces, key=lambda a: (a.sinistre_id, a.collectivite_id if a.sinistre_id is None else None))
    ]
    dossiers = len(premiere.keys() - {None})
    sans_dossier = "votre collectivité" if any(annonce.collectivite_id for annonce in annonces) else "votre espace"
    general = {
        "dossiers": en_toutes_lettres(dossiers, "un dossier", "dossiers", sans_dossier),
        "jour": jour_en_francais(timezone.localdate()),
    }
    return rendre_recapitulatif(lecture.mots[GenreCourriel.RECAPITULATIF], general, blocs, lecture.cdg)


def _ligne(lecture: _Lecture, annonce: Annonce) -> Ligne:
    mots, lien = lecture.mots[annonce.genre], lecture.dire[annonce.pk].lien
    passee = annonce.echeance is not None and annonce.echeance <= timezone.localdate()  # it ranks the line, and says nothing more
    return ligne(annonce.genre, mots, lecture.variables(annonce), lien, None if passee else annonce.echeance)


def _without_doubles(annonces: Sequence[Annonce]) -> list[Annonce]:
    last = {(annonce.sinistre_id, annonce.genre in SUPPLANTE): annonce.pk for annonce in annonces if annonce.genre in SUPPLANTE}
    kept = set(last.values())
    return [annonce for annonce in annonces if annonce.genre not in SUPPLANTE or annonce.pk in kept]


def _by_deadline(annonce: Annonce) -> tuple[bool, dt.date, str]:
    numero = annonce.sinistre.numero if annonce.sinistre is not None else ""
    return annonce.echeance is None, annonce.echeance or dt.date.max, numero
