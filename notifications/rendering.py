"""The words of an e-mail as it leaves: text and accessible HTML, from what still holds at that moment.

What may be said: the dossier's number, the agent's initials and matricule, dates and counts. Never a diagnosis, a nature of leave, a
full name, nor the name of a pièce (« rapport d’accident » tells the nature): who wants to know signs in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.template.defaultfilters import date as en_francais
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.selectors import nom_du_cdg
from notifications.destinataires import encore_a_dire
from notifications.enums import EtatAnnonce, GenreCourriel
from notifications.gabarits import Mots, mots_en_usage, remplir
from notifications.genres import GENRES, Dire
from notifications.genres.base import en_toutes_lettres
from notifications.models import Annonce, Courriel
from notifications.typographie import typographie


@dataclass(frozen=True)
class Rendu:
    """An e-mail written: its words, and which of its annonces are in it or no longer hold."""

    objet: str
    texte: str
    html: str
    dites: tuple[int, ...] = ()
    tombees: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ligne:
    """One line of a digest: what, where it leads, what the link says out of its context."""

    texte: str
    lien: str
    invite: str


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


def ecrire(courriel: Courriel) -> Rendu | None:
    """Write an e-mail from those of its annonces that still hold; None when none does. It writes nothing to the database.

    One whose words stand already, and that has no annonce, keeps them.
    """
    annonces = list(
        courriel.annonces.filter(etat=EtatAnnonce.CONFIEE)
        .select_related("sinistre__agent", "sinistre__collectivite", "collectivite", "destinataire")
        .order_by("pk")
    )
    if not annonces:
        return Rendu(courriel.objet, courriel.texte, courriel.html) if courriel.texte else None
    lecture = _read(annonces)
    if not lecture.annonces:
        return None
    objet, paragraphes, lignes = (_digest if courriel.genre == GenreCourriel.RECAPITULATIF else _single)(lecture)
    dites = tuple(annonce.pk for annonce in lecture.annonces)
    tombees = tuple(annonce.pk for annonce in annonces if annonce.pk not in lecture.dire)
    return replace(_rendu(objet, paragraphes, lignes, lecture.cdg), dites=dites, tombees=tombees)


def rendre(mots: Mots, variables: Mapping[str, str], lien: str, invite: str) -> Rendu:
    """The words of one kind of news, filled in, as an e-mail that leaves alone: what a preview shows."""
    lignes = [Ligne("", lien, invite)]
    return _rendu(remplir(mots.objet, variables), remplir(mots.corps, variables).split("\n\n"), lignes, variables["cdg"])


def _read(annonces: Sequence[Annonce]) -> _Lecture:
    admises = encore_a_dire(annonces)
    genres = {annonce.genre for annonce in admises}
    dire: dict[int, Dire] = {}
    for genre in genres:
        dire |= GENRES[genre].tiennent([annonce for annonce in admises if annonce.genre == genre])
    tenues = [annonce for annonce in admises if annonce.pk in dire]
    return _Lecture(tenues, dire, mots_en_usage({*genres, GenreCourriel.RECAPITULATIF}), nom_du_cdg())


def invite_de(annonce: Annonce) -> str:
    """What the link of an annonce says, out of any context."""
    return f"Ouvrir le dossier {annonce.sinistre.numero}" if annonce.sinistre is not None else "Ouvrir votre espace"


def _single(lecture: _Lecture) -> tuple[str, list[str], list[Ligne]]:
    (annonce,) = lecture.annonces
    mots, variables = lecture.mots[annonce.genre], lecture.variables(annonce)
    lignes = [Ligne("", lecture.dire[annonce.pk].lien, invite_de(annonce))]
    return remplir(mots.objet, variables), remplir(mots.corps, variables).split("\n\n"), lignes


SUPPLANTE = {GenreCourriel.PIECES_DEMANDEES, GenreCourriel.PIECES_RELANCE, GenreCourriel.ACCUSE_DECLARATION}
"""News that tell the same of a dossier, what it lacks: after days without e-mail, the last of them says it all."""


def _digest(lecture: _Lecture) -> tuple[str, list[str], list[Ligne]]:
    """All that waits for one person, by deadline, then by dossier."""
    annonces = sorted(_without_doubles(lecture.annonces), key=_by_deadline)
    dossiers = {annonce.sinistre_id for annonce in annonces if annonce.sinistre_id is not None}
    general = {"dossiers": en_toutes_lettres(len(dossiers), "un dossier", "dossiers", "votre collectivité"), "jour": _today()}
    recap = lecture.mots[GenreCourriel.RECAPITULATIF]
    lignes = [
        Ligne(
            remplir(lecture.mots[annonce.genre].ligne, lecture.variables(annonce)),
            lecture.dire[annonce.pk].lien,
            invite_de(annonce),
        )
        for annonce in annonces
    ]
    return remplir(recap.objet, general), remplir(recap.corps, general).split("\n\n"), lignes


def _without_doubles(annonces: Sequence[Annonce]) -> list[Annonce]:
    last = {(annonce.sinistre_id, annonce.genre in SUPPLANTE): annonce.pk for annonce in annonces if annonce.genre in SUPPLANTE}
    kept = set(last.values())
    return [annonce for annonce in annonces if annonce.genre not in SUPPLANTE or annonce.pk in kept]


def _by_deadline(annonce: Annonce) -> tuple[bool, dt.date, str, int]:
    numero = annonce.sinistre.numero if annonce.sinistre is not None else ""
    return annonce.echeance is None, annonce.echeance or dt.date.max, numero, annonce.pk


def _today() -> str:
    return en_francais(timezone.localdate(), "j F Y")


def _rendu(objet: str, paragraphes: Sequence[str], lignes: Sequence[Ligne], cdg: str) -> Rendu:
    objet = typographie(objet)[:200]
    contexte = {
        "objet": objet,
        "paragraphes": [typographie(" ".join(paragraphe.split())) for paragraphe in paragraphes],
        "lignes": [replace(ligne, texte=typographie(ligne.texte)) for ligne in lignes],
        "cdg": cdg,
    }
    texte = render_to_string("notifications/courriel.txt", contexte)
    return Rendu(objet, texte.strip() + "\n", render_to_string("notifications/courriel.html", contexte))
