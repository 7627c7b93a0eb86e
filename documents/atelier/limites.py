"""What the workshop accepts and gives back. Shared by the worker and its child: no Django here."""

from __future__ import annotations

from dataclasses import dataclass

MEBI = 1024 * 1024

PIXELS = 50_000_000
"""Of one picture or page, read in the header before anything is decoded: an A3 sheet at 600 dpi fits."""
PIXELS_EN_TOUT = 2_000_000_000
"""Of all the pictures of one file: two hundred A4 pages at 300 dpi fit."""
PAGES = 200
COTE = 20_000
"""Longest side of a PDF page, in points: a plan of seven metres."""
OBJETS = 300_000
"""Objects of one PDF."""
GONFLE = 256 * MEBI
"""Bytes that all the streams of one PDF, pictures aside, may inflate to."""
SORTIE = 32 * MEBI
"""Bytes of a sanitised copy."""

MEMOIRE = 1536 * MEBI
SECONDES_CPU = 45
SECONDES = 60
TRAVAUX = 500
"""Files that one child handles before another takes its place."""

MOTIF_MAX = 200


@dataclass(frozen=True)
class Apercu:
    """A sanitised copy: its bytes, its MIME type (application/pdf, image/jpeg or image/png) and how many pages it has."""

    contenu: bytes
    type: str
    pages: int


class Irrecevable(Exception):
    """The file itself cannot be shown safely; `motif` is the French sentence its sender reads."""

    def __init__(self, motif: str) -> None:
        self.motif = motif[:MOTIF_MAX]
        super().__init__(self.motif)


class AtelierEnPanne(Exception):
    """The child died, or took too long. The file may be the cause, or the machine: to be tried again, a few times."""
