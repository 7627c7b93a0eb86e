"""Pictures: decoded and written anew, upright, without EXIF, place, comments or thumbnails. TIFF pages become a PDF."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import pikepdf
import pillow_heif
from PIL import Image, ImageOps

from documents.atelier import limites
from documents.atelier.limites import Apercu, Irrecevable

pillow_heif.register_heif_opener(thumbnails=False)
Image.init()  # every codec is there before the first file
Image.MAX_IMAGE_PIXELS = None  # our own limit, read before decoding, says why

FORMATS = {"image/jpeg": ["JPEG", "MPO"], "image/png": ["PNG"], "image/tiff": ["TIFF"], "image/heic": ["HEIF"]}
"""A phone's picture with a second one behind it (MPO) is a JPEG to whoever looks at the first."""
ABIMEE = "Cette image est abîmée : elle ne s’ouvre pas. Photographiez ou numérisez le document de nouveau."
DPI = (50.0, 1200.0)
QUALITY = 85


def sanitised(contenu: bytes, type: str) -> Apercu:
    """Raises Irrecevable: damaged, too many pixels, too many pages."""
    with _decoding():
        picture = Image.open(io.BytesIO(contenu), formats=FORMATS[type])
    with picture:
        if type == "image/tiff":
            return _pages(picture)
        _measure(picture)
        clean = _clean(picture)
    return _png(clean) if type == "image/png" else _jpeg(clean)


@contextlib.contextmanager
def _decoding() -> Iterator[None]:
    """What Pillow and its codecs raise for bytes that are not a picture is the picture's fault; so it is nowhere else."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise Irrecevable(ABIMEE) from error


def _measure(picture: Image.Image) -> int:
    largeur, hauteur = picture.size
    if largeur * hauteur > limites.PIXELS:
        raise Irrecevable(
            f"Cette image est démesurée ({largeur} × {hauteur} points) : {limites.PIXELS // 1_000_000} millions de points au plus."
        )
    return largeur * hauteur


def _clean(picture: Image.Image) -> Image.Image:
    """Upright, in plain colours, with nothing beside its points."""
    with _decoding():
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    mode = upright.mode
    if mode in ("1", "L", "RGB"):
        plain = upright.copy()
    elif mode.startswith("I") or mode == "F":
        plain = _eight_bits(upright)
    elif mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in upright.info:
        seen = upright.convert("RGBA")
        plain = Image.new("RGB", seen.size, "white")  # as a page shows it
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain = upright.convert("RGB")
    plain.info = {}
    return plain


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Sixteen bits a point and more, as some scanners write them: brought back to what a screen shows."""
    wide = picture.convert("F")
    extrema = wide.getextrema()
    assert isinstance(extrema[1], int | float)
    top = 65535.0 if extrema[1] > 255 else 255.0
    return wide.point(lambda value: value * (255.0 / top)).convert("L")


def _jpeg(picture: Image.Image) -> Apercu:
    out = io.BytesIO()
    (picture.convert("L") if picture.mode == "1" else picture).save(out, "JPEG", quality=QUALITY)
    return Apercu(out.getvalue(), "image/jpeg", 1)


def _png(picture: Image.Image) -> Apercu:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=4)
    if len(out.getvalue()) > limites.SORTIE:
        return _jpeg(picture)
    return Apercu(out.getvalue(), "image/png", 1)


def _pages(picture: Image.Image) -> Apercu:
    """Every page of a TIFF as a page of one PDF, one in memory at a time."""
    with _decoding():
        count = int(getattr(picture, "n_frames", 1))
    if count > limites.PAGES:
        raise Irrecevable(f"Ce document a {count} pages : {limites.PAGES} au plus, en plusieurs fichiers s’il le faut.")
    total = 0
    with pikepdf.new() as whole:
        for rank in range(count):
            with _decoding():
                picture.seek(rank)
            total += _measure(picture)
            if total > limites.PIXELS_EN_TOUT:
                raise Irrecevable("Ce document est trop lourd une fois ouvert : numérisez-le avec une définition plus basse.")
            out = io.BytesIO()
            clean = _clean(picture)
            clean.save(out, "PDF", resolution=_dpi(picture), **({} if clean.mode == "1" else {"quality": QUALITY}))
            with pikepdf.open(out) as single:
                whole.pages.extend(single.pages)
        found = io.BytesIO()
        whole.save(found, deterministic_id=True)
    return Apercu(found.getvalue(), "application/pdf", count)


def _dpi(page: Image.Image) -> float:
    """What the page says of its size, within reason; 200 without."""
    said = page.info.get("dpi") or (200.0, 200.0)
    try:
        return min(max(float(said[0]), DPI[0]), DPI[1])
    except (TypeError, ValueError, ZeroDivisionError):
        return 200.0
