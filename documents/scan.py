"""What a file is (by its content, never by its name) and whether an antivirus accepts it."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

import filetype
from django.conf import settings

from documents.models import MAX_BYTES
from documents.polyglottes import hidden_in

ACCEPTED = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/tiff": "TIFF",
    "image/heic": "HEIC",
}
"""Types a pièce may have: what scanners and telephones produce."""

CHUNK = 64 * 1024
TIMEOUT = 30


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
    if len(contenu) > MAX_BYTES:
        return f"Le fichier dépasse {MAX_BYTES // 1024 // 1024} Mo."
    if len(contenu) != taille_annoncee:
        return "Le fichier reçu n’a pas la taille annoncée : renvoyez-le."
    reel = type_of(contenu)
    if reel == "application/zip":
        return "Une archive ZIP ne s’envoie pas : envoyez les documents qu’elle contient, un par un."
    if reel not in ACCEPTED:
        return "Ce type de fichier n’est pas accepté : envoyez un PDF ou une image (JPEG, PNG, TIFF, HEIC)."
    if reel != type_annonce:
        return f"Le contenu est un fichier {ACCEPTED[reel]}, pas ce que son nom annonce."
    cache = hidden_in(contenu, reel)
    if cache:
        return f"Ce fichier {ACCEPTED[reel]} cache autre chose ({cache}) : enregistrez le document de nouveau, puis renvoyez-le."
    return ""


def check_virus(contenu: bytes) -> Verdict:
    """Ask clamd. Raises AntivirusIndisponible unless it says « OK » or « FOUND », or when there is none outside demonstration mode."""
    if not settings.CLAMD_URL:
        if settings.DEMO:
            return Verdict(sans_antivirus=True)
        raise AntivirusIndisponible("CLAMD_URL is not set")
    try:
        answer = _instream(contenu)
    except OSError as error:
        raise AntivirusIndisponible(str(error)) from error
    if answer == "stream: OK":
        return Verdict()
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        signature = answer.removeprefix("stream: ").removesuffix(" FOUND")
        return Verdict(motif=f"L’antivirus a refusé ce fichier ({signature}).")
    raise AntivirusIndisponible(f"clamd answered: {answer[:100]!r}")


def _instream(contenu: bytes) -> str:
    """clamd's INSTREAM: chunks that each tell their length, a zero length, one answer ended by a null byte (clamd(8)).

    Written out because the `clamd` library uses `send`, which may send a part of a chunk and shift all that follows.
    """
    with _connect() as link:
        link.sendall(b"zINSTREAM\0")
        for start in range(0, len(contenu), CHUNK):
            chunk = contenu[start : start + CHUNK]
            link.sendall(struct.pack("!L", len(chunk)) + chunk)
        link.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0"):
            received = link.recv(4096)
            if not received:
                break
            answer += received
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def _connect() -> socket.socket:
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(TIMEOUT)
        link.connect(address.path)
        return link
    return socket.create_connection((address.hostname or "127.0.0.1", address.port or 3310), timeout=TIMEOUT)
