"""Files for tests, made by the real libraries: honest ones, and hostile ones that look honest."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

pillow_heif.register_heif_opener()

CANARI = b"CANARI-META"
"""What must never be found in a sanitised copy."""


def picture(format: str, size: tuple[int, int] = (320, 240), mode: str = "RGB", **options: Any) -> bytes:
    image = Image.new(mode, size, "white" if mode in ("RGB", "RGBA") else 1)
    for x in range(10):  # a red mark at the top left, to see which way up it is
        for y in range(10):
            image.putpixel((x, y), (200, 0, 0) if mode == "RGB" else 0)
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def exif(orientation: int = 6) -> bytes:
    """Turned by a quarter, with the camera's owner and a place."""
    data = Image.Exif()
    data[0x0112], data[0x010E] = orientation, CANARI.decode()
    data.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)
    return data.tobytes()


def phone_jpeg() -> bytes:
    return picture("JPEG", exif=exif(), comment=CANARI)


def motion_photo() -> bytes:
    """A JPEG with a film behind it, as telephones write it."""
    return phone_jpeg() + b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(range(256)) * 40


def mpo() -> bytes:
    second = Image.new("RGB", (320, 240), "blue")
    return picture("MPO", save_all=True, append_images=[second])


def heic() -> bytes:
    return picture("HEIF", exif=exif(1))


def tiff(pages: int = 3, mode: str = "1", **options: Any) -> bytes:
    rest = [Image.new(mode, (320, 240), 1) for _ in range(pages - 1)]
    return picture("TIFF", mode=mode, save_all=True, append_images=rest, **options)


def pdf(change: Callable[[pikepdf.Pdf], object] = lambda document: None, pages: int = 1, **save: Any) -> bytes:
    """A PDF of blank A4 pages, changed at will."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(595, 842))
    change(document)
    out = io.BytesIO()
    document.save(out, **save)
    return out.getvalue()


def _action(script: str = "app.alert('CANARI-META')") -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=pikepdf.String(script))


def dangerous_pdf() -> bytes:
    """Scripts, actions, attachments, forms, links and metadata in every place that the format has for them."""

    def change(document: pikepdf.Pdf) -> None:
        page = document.pages[0].obj
        document.Root.OpenAction = _action()
        document.Root.AA = Dictionary(WC=_action())
        document.Root.URI = Dictionary(Base=pikepdf.String("https://canari-meta.example/"))
        document.attachments["x.exe"] = b"MZ" + CANARI
        document.Root.Names.JavaScript = Dictionary(Names=Array([pikepdf.String("a"), _action()]))
        with document.open_metadata() as metadata:
            metadata["dc:title"] = CANARI.decode()
        document.docinfo["/Author"] = CANARI.decode()
        page.AA = Dictionary(O=_action())
        page.Metadata = document.make_stream(CANARI)
        page.PieceInfo = Dictionary(Maker=Dictionary(Private=pikepdf.String(CANARI.decode())))
        links = [
            Dictionary(S=Name.URI, URI=pikepdf.String("https://canari-meta.example/")),
            Dictionary(S=Name.Launch, F=pikepdf.String("calc.exe")),
            Dictionary(S=Name.SubmitForm, F=pikepdf.String("https://canari-meta.example/")),
        ]
        page.Annots = Array(
            [document.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 99, 99]), A=link)) for link in links]
            + [
                document.make_indirect(
                    Dictionary(
                        Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]),
                        FS=Dictionary(Type=Name.Filespec, EF=Dictionary(F=document.make_stream(CANARI))),
                    )
                )
            ]
        )  # fmt: skip
        document.Root.AcroForm = Dictionary(XFA=document.make_stream(CANARI), Fields=Array([]))
        photo = Stream(document, phone_jpeg())
        photo.Type, photo.Subtype, photo.Filter = Name.XObject, Name.Image, Name.DCTDecode
        photo.Width, photo.Height, photo.BitsPerComponent, photo.ColorSpace = 320, 240, 8, Name.DeviceRGB
        photo.Metadata = document.make_stream(CANARI)
        # Names of resources that look like forbidden keys: they must stay.
        page.Resources = Dictionary(XObject=Dictionary(A=photo))
        page.Contents = document.make_stream(b"q 200 0 0 200 50 50 cm /A Do Q")

    return pdf(change)


def filled_form() -> bytes:
    """A field whose value shows only by its appearance."""

    def change(document: pikepdf.Pdf) -> None:
        shown = Stream(document, b"BT /F1 12 Tf 2 2 Td (Durand) Tj ET")
        shown.Type, shown.Subtype, shown.BBox = Name.XObject, Name.Form, Array([0, 0, 100, 20])
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        shown.Resources = Dictionary(Font=Dictionary(F1=font))
        field = document.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=pikepdf.String("nom"), V=pikepdf.String("Durand"), F=4,
                Rect=Array([100, 700, 200, 720]), AP=Dictionary(N=shown), AA=Dictionary(K=_action()),
            )
        )  # fmt: skip
        document.pages[0].obj.Annots = Array([field])
        document.Root.AcroForm = Dictionary(Fields=Array([field]))

    return pdf(change)


def deflated(size: int, times: int = 1) -> bytes:
    data = b"\0" * size
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def pdf_bomb(times: int = 1, *, image: bool = False, size: int = 300_000_000) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        stream = Stream(document, b"")
        stream.write(deflated(size, times), filter=Array([Name.FlateDecode] * times))
        if image:
            stream.Type, stream.Subtype, stream.Width, stream.Height = Name.XObject, Name.Image, 10, 10
            document.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=stream))
        else:
            document.pages[0].obj.Contents = stream

    return pdf(change, compress_streams=False)


def pdf_with_flood() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        image = document.make_stream(b"\0")
        image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 60_000, 60_000
        document.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=image))

    return pdf(change)


def png_flood() -> bytes:
    """A header that announces 60 000 × 60 000 points, a few bytes of content."""
    whole = bytearray(picture("PNG"))
    whole[16:24] = (60_000).to_bytes(4, "big") * 2
    whole[29:33] = zlib.crc32(bytes(whole[12:29])).to_bytes(4, "big")
    return bytes(whole)


def archive(content: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("malin.exe", content)
    return out.getvalue()


def glued(first: bytes, second: bytes) -> bytes:
    """Both at once: a viewer opens the first, an archiver the second, whose directory is moved as `cat` and `zip -A` do."""
    out = io.BytesIO(first)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as made:
        made.writestr("malin.exe", second)
    return out.getvalue()
