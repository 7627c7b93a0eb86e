"""Reading a file of known arrêts or of CPAM décomptes: text in, lines and faults out. Pure; what a cell holds is data, whatever it begins
with."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cases.errors import DonneeInvalide
from contracts.enums import Nature
from contracts.text import search_key
from indemnities.enums import NATURES_CONNUES, GenreMontant
from indemnities.rules_constats import LigneArret, LigneMontant

LIGNES_MAX, OCTETS_MAX = 5000, 1024 * 1024
PREMIERE_ANNEE, DERNIERE_ANNEE = 1950, 2100


class GenreFichier(StrEnum):
    ARRETS = "arrets"
    DECOMPTES_CPAM = "decomptes-cpam"


@dataclass(frozen=True)
class Colonne:
    """`titres`: what its heading may be, as `search_key` keeps it."""

    nom: str
    titres: tuple[str, ...]
    facultative: bool = False


COLONNES: dict[GenreFichier, tuple[Colonne, ...]] = {
    GenreFichier.ARRETS: (
        Colonne("matricule", ("matricule",)),
        Colonne("nature", ("nature",)),
        Colonne("debut", ("debut",)),
        Colonne("fin", ("fin",)),
        Colonne("certificat", ("certificat",), facultative=True),
    ),
    GenreFichier.DECOMPTES_CPAM: (
        Colonne("dossier", ("numero de dossier", "dossier", "numero")),
        Colonne("debut", ("debut",)),
        Colonne("fin", ("fin",)),
        Colonne("montant", ("montant",)),
        Colonne("reference", ("reference",)),
    ),
}


@dataclass(frozen=True)
class LigneLue:
    """Line `numero` of the file. `cle`: the matricule, or the number of the dossier."""

    numero: int
    cle: str
    arret: LigneArret | None = None
    montant: LigneMontant | None = None


@dataclass(frozen=True)
class Faute:
    """What is wrong with line `numero` of the file."""

    numero: int
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Fichier:
    """A file as it was read: the lines that have a meaning, the faults of the others."""

    genre: GenreFichier
    lignes: tuple[LigneLue, ...]
    fautes: tuple[Faute, ...]


def decoder(octets: bytes) -> str:
    """The text of a file as French spreadsheets write it: UTF-8, or else Windows-1252. Raises DonneeInvalide on « fichier »."""
    if len(octets) > OCTETS_MAX:
        raise _refus(f"Ce fichier dépasse {OCTETS_MAX // 1024 // 1024} Mo : partagez-le.")
    if octets.startswith(b"PK"):
        raise _refus("C’est un classeur : enregistrez-le d’abord au format CSV.")
    for codage in ("utf-8-sig", "cp1252"):
        try:
            texte = octets.decode(codage)
        except UnicodeDecodeError:
            continue
        if "\x00" not in texte:
            return texte
    raise _refus("Ce fichier n’est pas du texte : enregistrez-le au format CSV.")


def lire(genre: GenreFichier, texte: str) -> Fichier:
    """The lines of a CSV whose first line names the columns, in any order; « ; », « , » or tabulations between cells.

    Raises DonneeInvalide on « fichier » for one that can't be read at all.
    """
    brutes = rangs_de(texte)
    if not brutes:
        raise _refus("Ce fichier est vide.")
    places = _places(genre, brutes[0][1])
    lignes: list[LigneLue] = []
    fautes: list[Faute] = []
    for numero, cellules in brutes[1:]:
        if not any(cellules):
            continue
        if len(lignes) + len(fautes) >= LIGNES_MAX:
            raise _refus(f"Ce fichier a plus de {LIGNES_MAX} lignes : partagez-le.")
        if len(cellules) > len(brutes[0][1]) and any(cellules[len(brutes[0][1]) :]):
            fautes.append(Faute(numero, ("Cette ligne a plus de cellules que de colonnes.",)))
            continue
        lecteur = Ligne({nom: cellules[place] if place < len(cellules) else "" for nom, place in places.items()})
        ligne = _LIRE[genre](numero, lecteur)
        if lecteur.messages:
            fautes.append(Faute(numero, tuple(lecteur.messages)))
        else:
            lignes.append(ligne)
    if not lignes and not fautes:
        raise _refus("Ce fichier n’a aucune ligne sous ses titres de colonnes.")
    return Fichier(genre, tuple(lignes), tuple(fautes))


def _refus(message: str) -> DonneeInvalide:
    return DonneeInvalide.sur("fichier", message)


def rangs_de(texte: str) -> list[tuple[int, list[str]]]:
    """(number of the line, its cells without the spaces around). A quoted cell may hold the separator, never a line break."""
    debut = texte.partition("\n")[0]
    separateur = max((";", ",", "\t"), key=debut.count)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    lignes: list[tuple[int, list[str]]] = []
    try:
        for rang, cellules in enumerate(lecteur, start=1):
            if lecteur.line_num != rang:
                raise _refus(f"Ligne {rang} : un guillemet n’est pas fermé.")
            lignes.append((rang, [cellule.strip() for cellule in cellules]))
    except csv.Error as error:
        raise _refus(f"Ligne {lecteur.line_num} : ses guillemets ou ses cellules sont illisibles.") from error
    return lignes


def _places(genre: GenreFichier, titres: Sequence[str]) -> dict[str, int]:
    """Where each column stands. Raises DonneeInvalide naming the columns that are missing, unknown or double."""
    lus = [" ".join(search_key(titre).replace("’", "'").split()) for titre in titres]
    while lus and not lus[-1]:
        lus.pop()
    places: dict[str, int] = {}
    for colonne in COLONNES[genre]:
        found = [place for place, titre in enumerate(lus) if titre in colonne.titres]
        if len(found) > 1:
            raise _refus(f"La colonne « {colonne.nom} » figure deux fois.")
        if not found and not colonne.facultative:
            raise _refus(f"Il manque la colonne « {colonne.titres[0]} » : la première ligne nomme les colonnes.")
        if found:
            places[colonne.nom] = found[0]
    if len(places) < len(lus):
        raise _refus(f"Ce fichier a d’autres colonnes que {', '.join(colonne.titres[0] for colonne in COLONNES[genre])}.")
    return places


class Ligne:
    """Each method reads one cell, notes what is wrong with it and gives a harmless value instead."""

    def __init__(self, cellules: dict[str, str]) -> None:
        self.cellules = cellules
        self.messages: list[str] = []

    def texte(self, nom: str, maximum: int) -> str:
        valeur = self.cellules[nom]
        if not valeur:
            self.messages.append(f"« {nom} » est vide.")
        elif len(valeur) > maximum:
            self.messages.append(f"« {nom} » dépasse {maximum} caractères.")
        elif not valeur.isprintable():
            self.messages.append(f"« {nom} » contient un caractère interdit.")
        return valeur

    def jour(self, nom: str, *, facultatif: bool = False) -> dt.date | None:
        valeur = self.cellules.get(nom, "")
        if facultatif and not valeur:
            return None
        jour = jour_de(valeur)
        if jour is None:
            self.messages.append(f"« {nom} » n’est pas une date qui existe (jj/mm/aaaa ou aaaa-mm-jj).")
        return jour

    def nature(self, nom: str) -> str:
        nature = _NATURES.get(search_key(self.cellules[nom]), "")
        if not nature:
            self.messages.append(f"« {nom} » n’est pas une nature connue : donnez son code, comme CMO.")
        return nature

    def montant(self, nom: str) -> Decimal:
        valeur = re.sub(r"[\s€]", "", self.cellules[nom]).replace(",", ".")
        if not _MONTANT.fullmatch(valeur):
            self.messages.append(f"« {nom} » n’est pas un montant en euros, comme 1 234,56.")
            return Decimal(0)
        return Decimal(valeur)


_NATURES = {search_key(texte): nature.value for nature in Nature if nature in NATURES_CONNUES for texte in (nature.value, nature.label)}
_MONTANT = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
_JOURS = (
    re.compile(r"(?P<a>\d{4})-(?P<m>\d{2})-(?P<j>\d{2})", re.ASCII),
    re.compile(r"(?P<j>\d{1,2})/(?P<m>\d{1,2})/(?P<a>\d{4})", re.ASCII),
)


def jour_de(valeur: str) -> dt.date | None:
    for forme in _JOURS:
        lu = forme.fullmatch(valeur)
        if lu is not None and PREMIERE_ANNEE <= int(lu["a"]) <= DERNIERE_ANNEE:
            try:
                return dt.date(int(lu["a"]), int(lu["m"]), int(lu["j"]))
            except ValueError:
                return None
    return None


def _arret(numero: int, ligne: Ligne) -> LigneLue:
    debut, fin = ligne.jour("debut") or dt.date.min, ligne.jour("fin") or dt.date.min
    arret = LigneArret(ligne.nature("nature"), debut, fin, ligne.jour("certificat", facultatif=True))
    return LigneLue(numero, ligne.texte("matricule", 30), arret=arret)


def _decompte(numero: int, ligne: Ligne) -> LigneLue:
    debut, fin = ligne.jour("debut") or dt.date.min, ligne.jour("fin") or dt.date.min
    montant = LigneMontant(GenreMontant.CPAM, debut, fin, ligne.montant("montant"), ligne.texte("reference", 60))
    return LigneLue(numero, ligne.texte("dossier", 20), montant=montant)


_LIRE: dict[GenreFichier, Callable[[int, Ligne], LigneLue]] = {
    GenreFichier.ARRETS: _arret,
    GenreFichier.DECOMPTES_CPAM: _decompte,
}
