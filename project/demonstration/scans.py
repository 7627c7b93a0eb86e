"""Papers as they really come: a printer's PDF, a phone's photograph lying on its side, an iPhone's HEIC, a fax of several pages."""

from __future__ import annotations

import io
from collections.abc import Callable

import pillow_heif
from PIL import Image, ImageDraw, ImageFont

A4 = (827, 1169)
"""A page at 100 points an inch."""
MARGIN, LINE = 90, 34
SIDEWAYS = 6
"""EXIF orientation of a phone held upright: the pixels lie on their side, a reader turns them."""


def photo(lignes: list[str]) -> bytes:
    """A JPEG whose EXIF says how to turn it, and which telephone took it."""
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = SIDEWAYS, "Telephone de demonstration"
    return _write(_page(lignes).rotate(90, expand=True), "JPEG", exif=exif, quality=80)


def heic(lignes: list[str]) -> bytes:
    pillow_heif.register_heif_opener()
    return _write(_page(lignes), "HEIF", quality=60)


def tiff(lignes: list[str]) -> bytes:
    """Two pages in black and white, as a multifunction printer sends them."""
    pages = [_page(lignes).convert("1"), _page(["(verso)", "", "Document de démonstration, sans valeur."]).convert("1")]
    return _write(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")


def _page(lignes: list[str]) -> Image.Image:
    page = Image.new("RGB", A4, "white")
    crayon, police = ImageDraw.Draw(page), ImageFont.load_default(size=20)
    for rang, ligne in enumerate(lignes):
        crayon.text((MARGIN, MARGIN + rang * LINE), ligne, fill="black", font=police)
    crayon.rectangle((MARGIN // 2, MARGIN // 2, A4[0] - MARGIN // 2, A4[1] - MARGIN // 2), outline="gray")
    return page


def _write(page: Image.Image, format: str, **options: object) -> bytes:
    sortie = io.BytesIO()
    page.save(sortie, format, **options)  # type: ignore[arg-type]
    return sortie.getvalue()


FORMATS: dict[str, tuple[str, Callable[[list[str]], bytes]]] = {
    "jpg": ("image/jpeg", photo),
    "heic": ("image/heic", heic),
    "tiff": ("image/tiff", tiff),
}
"""By the end of the name: the type that the sender announces, and how the file is made. A PDF is made by depots.py."""
