"""PDF: the pages and what they show, copied into a new document. No script, action, attachment, form or metadata comes along.

The copy is made of what is allowed (keys of a page, then its resources); what is forbidden is taken out of the resources besides, so that
either net alone would do.
"""

from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, UnidentifiedImageError

from documents.atelier import jpeg, limites
from documents.atelier.limites import Apercu, Irrecevable

KEPT_OF_A_PAGE = {
    "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Contents", "/Rotate", "/Group",
    "/UserUnit",
}  # fmt: skip
FORBIDDEN = {
    "/A", "/AA", "/AF", "/Alternates", "/EF", "/EmbeddedFiles", "/JS", "/JavaScript", "/LastModified", "/Launch", "/Metadata", "/OPI",
    "/OpenAction", "/PieceInfo", "/Ref", "/RichMediaContent", "/URI", "/XFA",
}  # fmt: skip
RESOURCES = {"/Font", "/XObject", "/ExtGState", "/Pattern", "/Image", "/Form", "/Type0", "/Type1", "/TrueType", "/Type3"}
"""What says that a key is the name a page gives to one of its resources, and no instruction."""
FLATE = {"/FlateDecode", "/Fl"}
DEFLATE_MAX = 1032
"""No deflate stream grows more than this many times (zlib's own figure)."""
BOMBE = "Ce PDF est piégé : il gonfle démesurément quand on l’ouvre. Imprimez-le en PDF, ou numérisez le document."
ABIME = "Ce PDF est abîmé : il ne s’ouvre pas. Enregistrez-le de nouveau, ou numérisez le document."


def sanitised(contenu: bytes) -> Apercu:
    """Raises Irrecevable: password, damaged, no page, too many pages, a bomb, a form that only Acrobat draws."""
    try:
        with pikepdf.open(io.BytesIO(contenu), suppress_warnings=True) as source, pikepdf.new() as copy:
            count = _check(source)
            _draw_forms(source)
            for page in source.pages:
                for key in set(page.obj.keys()) - KEPT_OF_A_PAGE:
                    del page.obj[key]
            copy.pages.extend(source.pages)
            _keep_layers(source, copy)
            for thing in copy.objects:
                _take_out(thing)
            out = io.BytesIO()
            copy.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except pikepdf.PasswordError as error:
        raise Irrecevable("Ce PDF est protégé par un mot de passe : enregistrez-le sans mot de passe, puis renvoyez-le.") from error
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Irrecevable(ABIME) from error
    return Apercu(out.getvalue(), "application/pdf", count)


def _check(source: pikepdf.Pdf) -> int:
    """How many pages it has, once it has been found reasonable."""
    if len(source.objects) > limites.OBJETS:
        raise Irrecevable(BOMBE)
    count = len(source.pages)
    if not count:
        raise Irrecevable("Ce PDF n’a aucune page.")
    if count > limites.PAGES:
        raise Irrecevable(f"Ce PDF a {count} pages : {limites.PAGES} au plus, en plusieurs fichiers s’il le faut.")
    if source.Root.get("/NeedsRendering", False):
        raise Irrecevable("Ce formulaire ne s’affiche que dans son logiciel d’origine : imprimez-le en PDF, puis renvoyez-le.")
    for page in source.pages:
        box = [float(side) for side in page.mediabox]
        if max(abs(box[2] - box[0]), abs(box[3] - box[1])) > limites.COTE:
            raise Irrecevable("Une page de ce PDF est démesurée : imprimez-le en PDF au format A4, puis renvoyez-le.")
    _refuse_bombs(source)
    return count


def _refuse_bombs(source: pikepdf.Pdf) -> None:
    gonfle = pixels = 0
    for thing in source.objects:
        if not isinstance(thing, Stream):
            continue
        if "/F" in thing:
            raise Irrecevable("Ce PDF renvoie à un autre fichier : imprimez-le en PDF, puis renvoyez-le.")
        if thing.get("/Subtype") == Name.Image:
            points = _points(thing)
            pixels += points
            if points > limites.PIXELS or pixels > limites.PIXELS_EN_TOUT:
                raise Irrecevable("Ce PDF contient une image démesurée : numérisez le document avec une définition plus basse.")
            _inflated(thing, at_most=8 * points + limites.MEBI)
        else:
            gonfle += _inflated(thing, at_most=limites.GONFLE - gonfle)


def _points(image: Stream) -> int:
    """Of a picture inside the PDF: what the PDF says, or the picture itself when it says more."""
    points = int(image.get("/Width", 0)) * int(image.get("/Height", 0))
    if _filters(image) and _filters(image)[-1] in ("/DCTDecode", "/DCT", "/JPXDecode"):
        with contextlib.suppress(UnidentifiedImageError, OSError, SyntaxError, ValueError):
            largeur, hauteur = Image.open(io.BytesIO(image.read_raw_bytes()), formats=["JPEG", "MPO", "JPEG2000"]).size
            points = max(points, largeur * hauteur)
    return points


def _filters(stream: Stream) -> list[str]:
    said: Any = stream.get("/Filter")
    if said is None:
        return []
    return [str(one) for one in said] if isinstance(said, Array) else [str(said)]


def _inflated(stream: Stream, *, at_most: int) -> int:
    """How many bytes a stream grows to. Raises Irrecevable beyond `at_most`, having inflated no more."""
    filters, raw = _filters(stream), stream.read_raw_bytes()
    deflated = len([name for name in filters if name in FLATE])
    if any("LZW" in name for name in filters) and len(raw) * 1366 > at_most:
        size = len(stream.read_bytes())  # bounded by the memory of this process
    elif not deflated or (deflated == 1 and len(raw) * DEFLATE_MAX <= min(at_most, limites.MEBI)):
        size = len(raw)
    else:
        size = 0
        for piece in _inflate(iter([raw]), deflated):
            size += len(piece)
            if size > at_most:
                break
    if size > at_most:
        raise Irrecevable(BOMBE)
    return size


def _inflate(pieces: Iterator[bytes], times: int) -> Iterator[bytes]:
    """Undo `times` deflates one behind the other, a mebibyte at a time. What is not deflate ends there."""
    if times > 1:
        pieces = _inflate(pieces, times - 1)
    link = zlib.decompressobj()
    for piece in pieces:
        while piece:
            try:
                yield link.decompress(piece, limites.MEBI)
            except zlib.error:
                return
            piece = link.unconsumed_tail


def _draw_forms(source: pikepdf.Pdf) -> None:
    """What fields, stamps and notes show becomes part of the page; what they would do does not."""
    with contextlib.suppress(pikepdf.PdfError, RuntimeError, ValueError):
        if "/AcroForm" in source.Root:
            source.generate_appearance_streams()
        source.flatten_annotations("screen")


def _keep_layers(source: pikepdf.Pdf, copy: pikepdf.Pdf) -> None:
    """Which layers are hidden: without it a page would show what its author had put away."""
    layers = source.Root.get("/OCProperties")
    if layers is not None:
        copy.Root.OCProperties = copy.copy_foreign(layers if layers.is_indirect else source.make_indirect(layers))


def _take_out(thing: Any) -> None:
    """Remove forbidden keys from an object and from what it holds directly."""
    waiting = [thing]
    while waiting:
        held = waiting.pop()
        if isinstance(held, Stream):
            _strip_picture(held)
        if isinstance(held, Dictionary | Stream):
            for key in list(held.keys()):
                value = held[key]
                if key in FORBIDDEN and not _names_a_resource(value):
                    del held[key]
                elif not getattr(value, "is_indirect", False) and isinstance(value, Dictionary | Array):
                    waiting.append(value)
        elif isinstance(held, Array):
            waiting += [one for one in held if isinstance(one, Dictionary | Array) and not one.is_indirect]


def _names_a_resource(value: Any) -> bool:
    if not isinstance(value, Dictionary | Stream):
        return False
    return str(value.get("/Type", "")) in RESOURCES or str(value.get("/Subtype", "")) in RESOURCES


def _strip_picture(stream: Stream) -> None:
    """A scan inside a PDF keeps its points and loses what the camera wrote beside them."""
    if stream.get("/Filter") not in (Name.DCTDecode, [Name.DCTDecode]):
        return
    raw = stream.read_raw_bytes()
    clean = jpeg.stripped(raw)
    if clean != raw:
        parms: Any = stream.get("/DecodeParms")
        stream.write(clean, filter=Name.DCTDecode, decode_parms=parms)
