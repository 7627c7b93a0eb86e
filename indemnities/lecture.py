"""Reading what anybody may have sent to a simulator: every fault is kept, under the path of its field, and said at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from cases.errors import DonneeInvalide

PREMIER_JOUR, DERNIER_JOUR = dt.date(1950, 1, 1), dt.date(2199, 12, 31)
"""Dates a simulator takes: anything else is a slip of the keyboard."""

NOM_MAX = 60
"""What an answer repeats of the name of a field that nobody knows."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NOMBRE = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)


class Lecture:
    """Each method reads one field, refuses what is not right and gives a harmless value instead; `finir` raises if any was refused."""

    def __init__(self) -> None:
        self.erreurs: dict[str, list[str]] = {}

    def refuser(self, champ: str, message: str) -> None:
        self.erreurs.setdefault(champ, []).append(message)

    def finir(self) -> None:
        """Raise DonneeInvalide with all that was refused."""
        if self.erreurs:
            raise DonneeInvalide(self.erreurs)

    def inconnus(self, prefixe: str, valeurs: Mapping[str, Any], connus: Collection[str]) -> None:
        for champ in valeurs:
            if champ not in connus:
                self.refuser(f"{prefixe}{str(champ)[:NOM_MAX]}", "Champ inconnu.")

    def date(self, champ: str, valeur: Any, *, obligatoire: bool = False) -> dt.date | None:
        if valeur is None or valeur == "":
            if obligatoire:
                self.refuser(champ, "Indiquez une date.")
            return None
        try:
            if not isinstance(valeur, str) or not _ISO.fullmatch(valeur):
                raise ValueError
            jour = dt.date.fromisoformat(valeur)
        except ValueError:
            self.refuser(champ, "Indiquez une date qui existe, sous la forme AAAA-MM-JJ.")
            return None
        if not PREMIER_JOUR <= jour <= DERNIER_JOUR:
            self.refuser(champ, f"Les dates vont de {PREMIER_JOUR.year} à {DERNIER_JOUR.year}.")
            return None
        return jour

    def parmi(self, champ: str, valeur: Any, choix: Collection[str], defaut: str) -> str:
        if valeur is None or valeur == "":
            return defaut
        if isinstance(valeur, bool) or str(valeur) not in choix:
            self.refuser(champ, f"Valeur inconnue. Choisissez parmi : {', '.join(choix)}.")
            return defaut
        return str(valeur)

    def entier(self, champ: str, valeur: Any, minimum: int, maximum: int) -> int | None:
        if valeur is None:
            return None
        if isinstance(valeur, bool) or not isinstance(valeur, int) or not minimum <= valeur <= maximum:
            self.refuser(champ, f"Indiquez un nombre entier de {minimum} à {maximum}.")
            return None
        return valeur

    def nombre(self, champ: str, valeur: Any, maximum: Decimal, message: str) -> Decimal:
        """From zero to `maximum`, as a text or a JSON number; never a binary float."""
        texte = f"{valeur:f}" if isinstance(valeur, Decimal) else str(valeur)
        juste = isinstance(valeur, str | int | Decimal) and not isinstance(valeur, bool)
        if not juste or not _NOMBRE.fullmatch(texte) or Decimal(texte) > maximum:
            self.refuser(champ, message)
            return Decimal(0)
        return Decimal(texte)

    def vrai(self, champ: str, valeur: Any) -> bool:
        if valeur is not None and not isinstance(valeur, bool):
            self.refuser(champ, "Indiquez vrai ou faux.")
        return valeur is True
