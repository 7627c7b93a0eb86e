"""What the bulle declines, in words that say nothing of what it holds."""

from __future__ import annotations

from cases.errors import Erreur


class OuvertureRequise(Erreur):
    """The purpose of this dossier has not been told in this session. 409."""

    def __init__(self) -> None:
        super().__init__("Dites d’abord pourquoi vous ouvrez ce dossier.")


class Indisponible(Erreur):
    """Closed for now, lost never: 503. `cause`, in English and for the logs, names a key, a store or a place, never a content."""

    phrase = "Le coffre de la bulle est momentanément indisponible. Rien n’est perdu : réessayez dans quelques minutes."

    def __init__(self, cause: str) -> None:
        super().__init__(self.phrase)
        self.cause = cause

    def __str__(self) -> str:
        return self.cause


class CleIndisponible(Indisponible):
    """The key that would open this is not there (lost, withdrawn, service down): what it encrypts stays closed."""

    phrase = "La clé de la bulle est indisponible : ce contenu reste fermé. Rien n’est perdu : prévenez l’administrateur technique."


class StockageIndisponible(Indisponible):
    """The medical bucket does not answer."""


class ContenuAltere(Indisponible):
    """What is stored is not what was written here: changed, cut, moved from another row, or written under another key."""

    phrase = "Ce contenu n’est plus celui qui a été déposé : il ne s’ouvre pas. Prévenez l’administrateur technique."


class ContenuAbsent(Indisponible):
    """The object is not in the medical bucket any more."""

    phrase = "Ce fichier n’est plus dans le coffre de la bulle. Prévenez l’administrateur technique."
