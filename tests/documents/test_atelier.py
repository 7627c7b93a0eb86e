"""Sanitised copies: what is to be seen stays, whatever else the file carried is gone; a hostile file kills the child at worst."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from documents import atelier
from documents.atelier import client, limites
from documents.atelier.limites import Irrecevable
from tests.documents import fabrique as fab

ROOT = Path(__file__).resolve().parents[2]


def opened(contenu: bytes) -> Image.Image:
    return Image.open(io.BytesIO(contenu))


def every_byte(contenu: bytes) -> bytes:
    """The file and all its streams, inflated: where a canary could hide."""
    with pikepdf.open(io.BytesIO(contenu)) as document:
        streams = [thing for thing in document.objects if isinstance(thing, pikepdf.Stream)]
        inside = b"".join(s.read_raw_bytes() for s in streams)
        for stream in streams:
            if stream.get("/Filter") != pikepdf.Name.DCTDecode:
                inside += stream.read_bytes()
        return contenu + inside + b"".join(repr(thing).encode() for thing in document.objects)


@pytest.mark.parametrize("make", [fab.phone_jpeg, fab.motion_photo], ids=lambda m: m.__name__)
def test_a_phone_picture_is_upright_and_says_nothing_else(make: Any) -> None:
    assert fab.CANARI in make()
    made = atelier.fabriquer(make(), "image/jpeg")
    seen = opened(made.contenu)
    assert (made.type, made.pages, seen.size) == ("image/jpeg", 1, (240, 320))
    red = seen.convert("RGB").getpixel((235, 5))
    assert isinstance(red, tuple) and red[0] > 150 > red[1], "turned by its EXIF: what was at the top left is at the top right"
    assert fab.CANARI not in made.contenu
    assert not seen.getexif()
    assert "comment" not in seen.info


def test_a_two_picture_jpeg_shows_its_first() -> None:
    made = atelier.fabriquer(fab.mpo(), "image/jpeg")
    assert opened(made.contenu).convert("RGB").getpixel((300, 200)) == (255, 255, 255)
    assert getattr(opened(made.contenu), "n_frames", 1) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_of_every_kind(mode: str) -> None:
    info = fab.picture("PNG", mode="RGB") if mode == "RGB" else b""
    if not info:
        out = io.BytesIO()
        Image.new(mode, (20, 10), 1 if mode in ("1", "L", "P", "I;16") else None).save(out, "PNG")
        info = out.getvalue()
    made = atelier.fabriquer(info, "image/png")
    assert made.type == "image/png"
    assert opened(made.contenu).mode in ("1", "L", "RGB")


def test_transparent_points_are_white_as_on_a_page() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(out, "PNG")
    made = atelier.fabriquer(out.getvalue(), "image/png")
    assert opened(made.contenu).getpixel((3, 3)) == (255, 255, 255)


def test_sixteen_bits_a_point_are_not_all_white() -> None:
    out = io.BytesIO()
    Image.new("I;16", (20, 10), 32768).save(out, "TIFF")
    made = atelier.fabriquer(out.getvalue(), "image/tiff")
    with pikepdf.open(io.BytesIO(made.contenu)) as document:
        image: Any = next(iter(document.pages[0].get_images().values()))
        value = pikepdf.PdfImage(image).as_pil_image().convert("L").getpixel((5, 5))
    assert isinstance(value, int) and 110 < value < 145


def test_heic_becomes_a_jpeg_that_any_browser_shows() -> None:
    made = atelier.fabriquer(fab.heic(), "image/heic")
    assert (made.type, opened(made.contenu).size) == ("image/jpeg", (320, 240))
    assert fab.CANARI not in made.contenu


@pytest.mark.parametrize(("mode", "options"), [("1", {"compression": "group4"}), ("L", {}), ("RGB", {"compression": "jpeg"})])
def test_every_page_of_a_tiff(mode: str, options: dict[str, str]) -> None:
    made = atelier.fabriquer(fab.tiff(3, mode, dpi=(100, 100), **options), "image/tiff")
    assert (made.type, made.pages) == ("application/pdf", 3)
    with pikepdf.open(io.BytesIO(made.contenu)) as document:
        assert len(document.pages) == 3
        assert [float(side) for side in document.pages[0].mediabox][2] == pytest.approx(320 / 100 * 72)


def test_a_pdf_loses_all_but_its_pages() -> None:
    before = fab.dangerous_pdf()
    assert fab.CANARI in every_byte(before)
    made = atelier.fabriquer(before, "application/pdf")
    after = every_byte(made.contenu)
    assert fab.CANARI not in after
    assert b"canari-meta.example" not in after
    with pikepdf.open(io.BytesIO(made.contenu)) as document:
        assert set(document.Root.keys()) == {"/Type", "/Pages"}
        assert not document.docinfo
        page = document.pages[0].obj
        assert set(page.keys()) <= {"/Type", "/Parent", "/MediaBox", "/Contents", "/Resources"}
        assert page.Contents.read_bytes().strip() == b"q 200 0 0 200 50 50 cm /A Do Q"
        photo: Any = page.Resources.XObject.A
        assert (int(photo.Width), int(photo.Height)) == (320, 240)
    for word in (b"/JS", b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile", b"/AA", b"/OpenAction", b"/XFA", b"/Annots", b"/Filespec"):
        assert word not in after, word


def test_what_a_form_shows_stays_to_be_read() -> None:
    made = atelier.fabriquer(fab.filled_form(), "application/pdf")
    assert b"Durand" in every_byte(made.contenu)
    with pikepdf.open(io.BytesIO(made.contenu)) as document:
        assert "/AcroForm" not in document.Root
        assert "/Annots" not in document.pages[0].obj


def test_a_layer_put_away_stays_put_away() -> None:
    def layered(document: pikepdf.Pdf) -> None:
        layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("brouillon")))
        off = pikepdf.Dictionary(OFF=pikepdf.Array([layer]))
        document.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=off)
        document.pages[0].obj.Resources = pikepdf.Dictionary(Properties=pikepdf.Dictionary(L=layer))

    made = atelier.fabriquer(fab.pdf(layered), "application/pdf")
    with pikepdf.open(io.BytesIO(made.contenu)) as document:
        hidden = document.Root.OCProperties.D.OFF[0]
        assert hidden.objgen == document.pages[0].obj.Resources.Properties.L.objgen


def test_a_pdf_that_opens_without_password_is_shown() -> None:
    """Forbidding to print or copy is no secret: everybody reads it already."""
    protected = fab.pdf(encryption=pikepdf.Encryption(user="", owner="secret"))
    made = atelier.fabriquer(protected, "application/pdf")
    with pikepdf.open(io.BytesIO(made.contenu)) as document:
        assert not document.is_encrypted


REFUSED: dict[str, tuple[Any, str, str]] = {
    "password": (lambda: fab.pdf(encryption=pikepdf.Encryption(user="x", owner="y")), "application/pdf", "mot de passe"),
    "damaged PDF": (lambda: fab.pdf()[:200].replace(b"obj", b"???"), "application/pdf", "abîmé"),
    "no page": (lambda: fab.pdf(pages=0), "application/pdf", "aucune page"),
    "201 pages": (lambda: fab.pdf(pages=201), "application/pdf", "201 pages"),
    "PDF bomb": (fab.pdf_bomb, "application/pdf", "gonfle"),
    "PDF bomb twice deflated": (lambda: fab.pdf_bomb(2), "application/pdf", "gonfle"),
    "PDF bomb three times deflated": (lambda: fab.pdf_bomb(3), "application/pdf", "gonfle"),
    "PDF bomb in a small picture": (lambda: fab.pdf_bomb(image=True), "application/pdf", "gonfle"),
    "pixel flood in a PDF": (fab.pdf_with_flood, "application/pdf", "démesurée"),
    "page of a kilometre": (
        lambda: fab.pdf(lambda d: setattr(d.pages[0].obj, "MediaBox", pikepdf.Array([0, 0, 9e6, 9e6]))), "application/pdf", "démesurée",
    ),
    "form of one program": (lambda: fab.pdf(lambda d: setattr(d.Root, "NeedsRendering", True)), "application/pdf", "logiciel"),
    "outside file": (
        lambda: fab.pdf(lambda d: setattr(d.pages[0].obj.Contents, "F", pikepdf.String("/etc/passwd"))), "application/pdf", "autre fichier",
    ),
    "pixel flood": (fab.png_flood, "image/png", "60000 × 60000"),
    "cut JPEG": (lambda: fab.phone_jpeg()[:900], "image/jpeg", "abîmée"),
    "three bytes": (lambda: b"\xff\xd8\xff", "image/jpeg", "abîmée"),
    "noise": (lambda: fab.heic()[:60] + bytes(500), "image/heic", "abîmée"),
    "201 pages of TIFF": (lambda: fab.tiff(201, "1"), "image/tiff", "201 pages"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_reason(name: str) -> None:
    make, type, words = REFUSED[name]
    with pytest.raises(Irrecevable) as refused:
        atelier.fabriquer(make(), type)
    assert words in refused.value.motif
    assert len(refused.value.motif) <= 200 and refused.value.motif.endswith(".")


def test_a_png_that_inflates_beyond_its_size_does_not_fill_the_memory() -> None:
    """Its points are counted in its header; the rest of the stream is not read."""
    whole = fab.picture("PNG", (64, 64))
    place = whole.index(b"IDAT") - 4
    bomb = fab.deflated(200_000_000)
    chunk = len(bomb).to_bytes(4, "big") + b"IDAT" + bomb + zlib.crc32(b"IDAT" + bomb).to_bytes(4, "big")
    made = atelier.fabriquer(whole[:place] + chunk + fab.picture("PNG")[-12:], "image/png")
    assert opened(made.contenu).size == (64, 64)


# -- The child ---------------------------------------------------------------------------------------------------------------


def child() -> client.Etabli:
    atelier.fabriquer(fab.phone_jpeg(), "image/jpeg")
    assert client._current is not None
    return client._current


def test_the_child_holds_nothing_of_ours() -> None:
    """No password in its environment, little memory, no Django, and its priority is ours to kill."""
    process = child().process
    environ = Path(f"/proc/{process.pid}/environ").read_bytes()
    names = {one.split(b"=")[0].decode() for one in environ.split(b"\0") if one}
    assert names <= {"PATH", "LANG", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE"}
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert str(limites.MEMOIRE) in next(line for line in limits.splitlines() if line.startswith("Max address space"))
    maps = Path(f"/proc/{process.pid}/maps").read_text()
    assert "pikepdf" in maps and "psycopg" not in maps
    found = subprocess.run(
        [sys.executable, "-c", "import sys, documents.atelier.etabli; print([m for m in sys.modules if m.startswith('django')])"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "[]"


def test_one_child_serves_many_files_and_a_dead_one_is_replaced() -> None:
    first = child()
    assert child() is first
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(timeout=60)
    assert child() is not first


def test_a_child_killed_in_mid_file_is_said_to_be_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a bomb that no limit saw: the worker lives, and the next file passes."""
    first = child()
    os.kill(first.process.pid, signal.SIGSTOP)
    monkeypatch.setattr(limites, "SECONDES", 0.3)
    start = time.monotonic()
    with pytest.raises(atelier.AtelierEnPanne):
        atelier.fabriquer(fab.phone_jpeg(), "image/jpeg")
    assert time.monotonic() - start < 5
    assert first.process.returncode == -signal.SIGKILL
    monkeypatch.undo()
    assert child() is not first


def test_a_child_is_replaced_after_its_share_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    first = child()
    monkeypatch.setattr(limites, "TRAVAUX", first.jobs)
    assert child() is not first
    assert first.process.returncode is not None, "and does not linger"


LONELY = """
import os, sys, time
from documents import atelier
from documents.atelier import client
from tests.documents import fabrique as fab
atelier.fabriquer(fab.phone_jpeg(), "image/jpeg")
print(client._current.process.pid, flush=True)
time.sleep(60)
"""


def test_a_worker_killed_leaves_no_child_behind() -> None:
    worker = subprocess.Popen([sys.executable, "-c", LONELY], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    worker.kill()
    worker.wait(timeout=60)
    worker.stdout.close()
    end = time.monotonic() + 60
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < end, "the child outlives its worker"
        time.sleep(0.05)


def test_a_fork_starts_its_own_child() -> None:
    """Two processes on one pair of pipes would read each other's answers."""
    first = child()
    pid = os.fork()
    if pid == 0:
        try:
            atelier.fabriquer(fab.phone_jpeg(), "image/jpeg")
            own = client._current is not None and client._current.process.pid != first.process.pid
            if client._current is not None:
                client._current.process.kill()
            os._exit(0 if own else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0
    assert child() is first
