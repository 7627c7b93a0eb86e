"""What a file is (by its content, never by its name) and whether an antivirus accepts it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from urllib.parse import urlsplit

import clamd
import filetype
from django.conf import settings

ACCEPTED = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/tiff": "TIFF",
    "image/heic": "HEIC",
}
"""Types a pièce may have: what scanners and telephones produce."""


class AntivirusIndisponible(Exception):
    """No antivirus answers: the file waits in quarantine."""


@dataclass(frozen=True)
class Verdict:
    """`motif` is empty when the file is accepted; else the French sentence the sender reads."""

    motif: str = ""
    sans_antivirus: bool = False


def type_of(contenu: bytes) -> str | None:
    """The type its first bytes tell, or None."""
    guess = filetype.guess(contenu)
    return guess.mime if guess is not None else None


def check_content(contenu: bytes, *, type_annonce: str, taille_annoncee: int) -> str:
    """The reason to refuse this content, or an empty string."""
    if not contenu:
        return "Le fichier est vide."
    if len(contenu) != taille_annoncee:
        return "Le fichier reçu n’a pas la taille annoncée : renvoyez-le."
    reel = type_of(contenu)
    if reel not in ACCEPTED:
        return "Ce type de fichier n’est pas accepté : envoyez un PDF ou une image (JPEG, PNG, TIFF, HEIC)."
    if reel != type_annonce:
        return f"Le contenu est un fichier {ACCEPTED[reel]}, pas ce que son nom annonce."
    return ""


def check_virus(contenu: bytes) -> Verdict:
    """Ask clamd. Raises AntivirusIndisponible when it does not answer, or when there is none outside demonstration mode."""
    if not settings.CLAMD_URL:
        if settings.DEMO:
            return Verdict(sans_antivirus=True)
        raise AntivirusIndisponible("CLAMD_URL is not set")
    try:
        status, signature = _client().instream(io.BytesIO(contenu))["stream"]
    except (clamd.ClamdError, OSError, ValueError) as error:
        raise AntivirusIndisponible(str(error)) from error
    if status == "OK":
        return Verdict()
    return Verdict(motif=f"L’antivirus a refusé ce fichier ({signature}).")


def _client() -> clamd.ClamdNetworkSocket:
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "unix":
        return clamd.ClamdUnixSocket(address.path, timeout=30)
    return clamd.ClamdNetworkSocket(address.hostname or "127.0.0.1", address.port or 3310, timeout=30)
