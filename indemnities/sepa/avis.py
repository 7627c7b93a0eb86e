"""The insurer's notice of what it has settled, as a CSV: bordereau, date, référence, montant. Pure: no database.

A line that cannot be read says why and stops nobody else; a file that is not this table is refused whole.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass
from decimal import Decimal

from cases.errors import DonneeInvalide

COLONNES = ("bordereau", "date", "reference", "montant")
LIGNES_MAX = 1000
POIDS_MAX = 1024 * 1024

_MONTANT = re.compile(r"-?\d{1,9}(\.\d{1,2})?", re.ASCII)
_JOUR = re.compile(r"(?P<j>\d{2})/(?P<m>\d{2})/(?P<a>\d{4})", re.ASCII)


@dataclass(frozen=True)
class LigneAvis:
    """One bordereau that the insurer says it has settled. `faute` is empty when the line could be read."""

    rang: int
    bordereau: str
    le: dt.date | None = None
    reference: str = ""
    montant: Decimal | None = None
    faute: str = ""


def lire(contenu: bytes) -> list[LigneAvis]:
    """Read a notice. Raises DonneeInvalide when the file is too large, is no text, lacks a column or has no line."""
    if len(contenu) > POIDS_MAX:
        raise _refuse("Ce fichier dépasse 1 Mo.")
    texte = _decode(contenu)
    if "\x00" in texte:
        raise _refuse("Ce fichier n’est pas un CSV.")
    entete = texte.split("\n", 1)[0]
    lecteur = csv.DictReader(io.StringIO(texte, newline=""), delimiter=";" if ";" in entete else ",", restkey="", restval="")
    try:
        lecteur.fieldnames = [_plain(nom) for nom in lecteur.fieldnames or ()]
        manquent = [nom for nom in COLONNES if nom not in lecteur.fieldnames]
        if manquent:
            raise _refuse(f"Il manque des colonnes : {', '.join(manquent)}. Attendues : {', '.join(COLONNES)}.")
        lignes = [_line(lecteur.line_num, valeurs) for valeurs in lecteur if any(valeurs.values())]
    except csv.Error as error:
        raise _refuse("Ce fichier n’est pas un CSV.") from error
    if not 1 <= len(lignes) <= LIGNES_MAX:
        raise _refuse(f"Un avis a de 1 à {LIGNES_MAX} lignes.")
    return lignes


def _line(rang: int, valeurs: dict[str, str]) -> LigneAvis:
    bordereau, reference = valeurs["bordereau"].strip()[:35], valeurs["reference"].strip()[:60]
    le, montant = _day(valeurs["date"].strip()), _amount(valeurs["montant"])
    fautes = [
        texte
        for faux, texte in (
            (not bordereau, "le numéro du bordereau manque"),
            (le is None, "la date n’est pas lisible"),
            (not reference, "la référence manque"),
            (montant is None, "le montant n’est pas lisible"),
        )
        if faux
    ]
    return LigneAvis(rang, bordereau, le, reference, montant, f"Ligne {rang} : {', '.join(fautes)}." if fautes else "")


def _day(texte: str) -> dt.date | None:
    found = _JOUR.fullmatch(texte)
    try:
        return dt.date.fromisoformat(f"{found['a']}-{found['m']}-{found['j']}" if found else texte)
    except ValueError:
        return None


def _amount(texte: str) -> Decimal | None:
    net = re.sub(r"[\s\u00a0\u202f€]", "", texte).replace(",", ".")
    return Decimal(net) if _MONTANT.fullmatch(net) else None


def _plain(nom: str) -> str:
    return nom.strip().strip("\ufeff").lower().replace("é", "e")


def _decode(contenu: bytes) -> str:
    try:
        return contenu.decode("utf-8-sig")
    except UnicodeDecodeError:
        return contenu.decode("cp1252", errors="replace")


def _refuse(message: str) -> DonneeInvalide:
    return DonneeInvalide.sur("fichier", message)
