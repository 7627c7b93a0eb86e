"""Files through the whole pipeline, against the same bytes hashed and put by bare boto3, in turn in the same run.

BENCH_UPLOADS is their number (default 300; `make prove` and the figures of docs/pieces.md: 10,000).
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pikepdf
import psycopg
from django.core.files.storage import storages
from django.test.utils import override_settings
from pikepdf import Dictionary, Name, Stream
from PIL import Image

from documents import atelier, scan, storage
from documents.enums import EtatDepot
from documents.models import Piece, new_key
from documents.services import depots
from tests import base, factories
from tests.bench.measure import Result, database_clock, percentile
from tests.documents.conftest import CLAMD, free_port, put
from tests.faults.test_files import start_clamd

UPLOADS = int(os.environ.get("BENCH_UPLOADS", "300"))
PER_PIECE = 5


def scanned_page() -> bytes:
    """A page as a scanner writes it: one grey picture, some 150 kB."""
    noise = random.Random(1).randbytes(207 * 292)
    picture = io.BytesIO()
    Image.frombytes("L", (207, 292), noise).resize((1240, 1754)).save(picture, "JPEG", quality=60)
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    image = Stream(document, picture.getvalue())
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
    image.Width, image.Height, image.BitsPerComponent, image.ColorSpace = 1240, 1754, 8, Name.DeviceGray
    document.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=image))
    document.pages[0].obj.Contents = document.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class Phases:
    """Seconds of each part of the pipeline, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def timed(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return act(*args, **kwargs)
            finally:
                self.seconds[name].append(time.perf_counter() - start)

        return measured

    def lines(self, whole: list[float]) -> Iterator[str]:
        for name, values in self.seconds.items():
            part = sum(values) / sum(whole)
            yield f"  of which {name:<32} {statistics.median(values) * 1000:8.2f} {percentile(values, 0.95) * 1000:8.2f} | {part:5.1%}"


@contextmanager
def _antivirus() -> Iterator[str]:
    """A real clamd where this machine has one; else none, and it is said."""
    if CLAMD is None:
        with override_settings(CLAMD_URL="", DEMO=True):
            yield "without antivirus"
        return
    port = free_port()
    with TemporaryDirectory() as home, override_settings(CLAMD_URL=f"tcp://127.0.0.1:{port}", DEMO=False):
        process = start_clamd(Path(home), port)
        try:
            yield "with clamd"
        finally:
            process.terminate()
            process.wait(timeout=20)


def bench_uploads(bare: psycopg.Connection[Any], world: factories.Monde) -> Result:
    """Announced, sent by the presigned address, confirmed, checked, sanitised, published twice, each read back."""
    contenu, phases = scanned_page(), Phases()
    sha256 = hashlib.sha256(contenu).hexdigest()
    base.create_buckets()
    pieces = [_piece(world) for _ in range(UPLOADS // PER_PIECE + 1)]
    store: Any = storages["default"]
    client = store.connection.meta.client

    def upload(rank: int) -> None:
        depot = depots.annoncer_depot(
            acteur=world.mairie, piece=pieces[rank // PER_PIECE], nom="page.pdf", type="application/pdf", taille=len(contenu), sha256=sha256
        )
        assert put(storage.presign_put(depot), contenu) == 200
        depots.confirmer(acteur=world.mairie, depot=depot)
        assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE

    def bare_put() -> None:
        hashlib.sha256(contenu).hexdigest()
        client.put_object(Bucket=store.bucket_name, Key=f"banc/{new_key()}", Body=contenu, ContentType="application/pdf")

    whole: list[float] = []
    floor: list[float] = []
    with _antivirus() as said, ExitStack() as stack:
        for name, owner, attribute in (
            ("the sending (presigned PUT)", "tests.bench.uploads", "put"),
            ("the reading of quarantine", storage, "read_quarantine"),
            ("the antivirus", scan, "check_virus"),
            ("the sanitised copy", atelier, "fabriquer"),
            ("the publication, read back", storage, "publish"),
            ("the copy's publication, read back", storage, "publish_preview"),
            ("the emptying of quarantine", depots, "vider_quarantaine"),
        ):
            target = owner if not isinstance(owner, str) else __import__(owner, fromlist=["*"])
            stack.enter_context(patch.object(target, attribute, phases.timed(name, getattr(target, attribute))))
        stack.enter_context(patch.object(depots, "_wake", lambda depot_id: None))  # the worker is this process
        upload(0)
        bare_put()
        phases.seconds.clear()
        with database_clock() as clock:
            upload(0)
        queries = clock.queries
        phases.seconds.clear()
        start = time.perf_counter()
        for rank in range(UPLOADS):
            whole.append(_seconds(lambda rank=rank: upload(rank)))  # type: ignore[misc]
            floor.append(_seconds(bare_put))
        total = time.perf_counter() - start
    base.empty_buckets()
    print(f"{UPLOADS} uploads of {len(contenu) // 1024} kB, {said}: {UPLOADS / sum(whole):.1f} a second, one at a time ({total:.0f} s)")
    print(*phases.lines(whole), sep="\n")
    return Result(
        name="upload, whole pipeline, wall time",
        unit="ms",
        p50=statistics.median(whole) * 1000,
        p95=percentile(whole, 0.95) * 1000,
        floor_p50=statistics.median(floor) * 1000,
        floor_p95=percentile(floor, 0.95) * 1000,
        ratio=statistics.median(whole) / statistics.median(floor),
        queries=queries,
        bound="7 requests to the store for 1",
    )


def _piece(world: factories.Monde) -> Piece:
    sinistre = factories.sinistre(world, de=factories.agent(world.collectivite))
    return Piece.objects.select_related("sinistre", "exigence").get(sinistre=sinistre, code="arrete")


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
