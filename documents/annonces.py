"""What a sender says of his file before he sends it, to the store of pièces or to the bulle. Pure functions, no database."""

from __future__ import annotations

from dataclasses import dataclass

from cases.errors import DonneeInvalide
from documents import scan
from documents.models import MAX_BYTES

NAME_MAX = 255


@dataclass(frozen=True, repr=False)
class Annonce:
    """A file to come: its name, its type, its length in bytes; and its SHA-256, 64 hexadecimal digits, where the sender knows it."""

    nom: str
    type: str
    taille: int
    sha256: str = ""

    def verifier(self) -> None:
        """Raises DonneeInvalide on each field that is wrong, before a byte is read."""
        erreurs: dict[str, list[str]] = {}
        if not self.nom.strip():
            erreurs["nom"] = ["Donnez le nom du fichier."]
        if self.type not in scan.ACCEPTED:
            erreurs["type"] = ["Envoyez un PDF ou une image (JPEG, PNG, TIFF, HEIC)."]
        if self.taille <= 0:
            erreurs["taille"] = ["Le fichier est vide."]
        elif self.taille > MAX_BYTES:
            erreurs["taille"] = [f"Le fichier dépasse {MAX_BYTES // 1024 // 1024} Mo."]
        if self.sha256 and (len(self.sha256) != 64 or not all(c in "0123456789abcdefABCDEF" for c in self.sha256)):
            erreurs["sha256"] = ["L’empreinte SHA-256 s’écrit en 64 chiffres hexadécimaux."]
        if erreurs:
            raise DonneeInvalide(erreurs)


def legible(nom: str) -> str:
    """A name to be read by people, and for nothing else: no folder, no control character, no mark that turns the text around."""
    last = nom.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[-NAME_MAX:]
