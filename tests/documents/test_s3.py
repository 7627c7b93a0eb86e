"""The contract with the store, tried on the one that these tests use: what a presigned address allows, and what it refuses.

What this store does not enforce is tried too, so that docs/pieces.md stays true: our own checks must cover it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone

from documents import storage
from documents.enums import EtatDepot
from documents.models import Depot, Piece
from documents.services import depots
from tests import factories as f
from tests.documents.conftest import PDF, announce, fresh, get, put, send

pytestmark = pytest.mark.usefixtures("without_antivirus")
OTHER = PDF.replace(b"595", b"111")
REFUSED = (400, 403)
"""This store says 400 of an address without signature or too old, 403 of a wrong one; others say 403 of both."""


def changed(url: str, **parameters: str) -> str:
    where = urlsplit(url)
    return urlunsplit(where._replace(query=urlencode(dict(parse_qsl(where.query)) | parameters)))


def moved(envoi: storage.Envoi, change: Callable[[str], str]) -> storage.Envoi:
    return storage.Envoi(envoi.methode, change(envoi.url), envoi.entetes, envoi.expire)


def method(name: str, url: str, body: bytes = b"", **headers: str) -> int:
    where = urlsplit(url)
    link = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    link.request(name, f"{where.path}?{where.query}" if where.query else where.path, body=body, headers=headers)
    status = link.getresponse().status
    link.close()
    return status


PUTS: dict[str, Callable[[storage.Envoi], int]] = {
    "another signature": lambda e: put(moved(e, lambda u: changed(u, **{"X-Amz-Signature": "0" * 64})), PDF),
    "no signature": lambda e: put(moved(e, lambda u: u.split("?")[0]), PDF),
    "another access key": lambda e: put(moved(e, lambda u: u.replace(settings.S3_ACCESS_KEY_ID, "x" * 20)), PDF),
    "another key": lambda e: put(moved(e, lambda u: u.replace("/quarantaine/", "/quarantaine/0")), PDF),
    "another prefix": lambda e: put(moved(e, lambda u: u.replace("/quarantaine/", "/pieces/")), PDF),
    "another bucket": lambda e: put(moved(e, lambda u: u.replace(settings.S3_BUCKET, settings.S3_MEDICAL_BUCKET)), PDF),
    "another type": lambda e: put(e, PDF, **{"Content-Type": "text/html"}),
    "longer": lambda e: put(e, PDF + b"x"),
    "shorter": lambda e: put(e, PDF[:-1]),
    "a longer life": lambda e: put(moved(e, lambda u: changed(u, **{"X-Amz-Expires": "604800"})), PDF),
    "another day": lambda e: put(moved(e, lambda u: changed(u, **{"X-Amz-Date": "20200101T000000Z"})), PDF),
    "fewer signed headers": lambda e: put(moved(e, lambda u: changed(u, **{"X-Amz-SignedHeaders": "host"})), PDF),
    "read instead": lambda e: method("GET", e.url),
    "deleted instead": lambda e: method("DELETE", e.url),
}


@pytest.mark.parametrize("name", PUTS)
def test_a_door_to_send_is_for_one_file(m: f.Monde, piece: Piece, name: str) -> None:
    depot = announce(m, piece)
    envoi = storage.presign_put(depot)
    assert PUTS[name](envoi) in REFUSED
    assert not storage.exists(depot.quarantine_name)
    assert put(envoi, PDF) == 200, "and as it was given, it opens"


def test_a_door_to_send_closes(m: f.Monde, piece: Piece) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(seconds=storage.PUT_SECONDS + 5)):
        late = storage.presign_put(announce(m, piece))
    assert put(late, PDF) in REFUSED


def available(m: f.Monde, piece: Piece) -> Depot:
    depot = send(m, piece)
    assert depots.controler(depot.pk) == EtatDepot.DISPONIBLE
    return fresh(depot)


GETS: dict[str, Callable[[str, Depot], int]] = {
    "another signature": lambda u, d: get(changed(u, **{"X-Amz-Signature": "0" * 64}))[0],
    "no signature": lambda u, d: get(u.split("?")[0])[0],
    "the original instead of its copy": lambda u, d: get(u.replace(d.preview_name, d.final_name))[0],
    "another disposition": lambda u, d: get(changed(u, **{"response-content-disposition": "inline"}))[0],
    "another type": lambda u, d: get(changed(u, **{"response-content-type": "text/html"}))[0],
    "cacheable": lambda u, d: get(changed(u, **{"response-cache-control": "public"}))[0],
    "a longer life": lambda u, d: get(changed(u, **{"X-Amz-Expires": "604800"}))[0],
    "written instead": lambda u, d: method("PUT", u, OTHER),
    "deleted instead": lambda u, d: method("DELETE", u),
}


@pytest.mark.parametrize("name", GETS)
def test_an_address_to_read_is_for_one_object(m: f.Monde, piece: Piece, name: str) -> None:
    depot = available(m, piece)
    url = depots.address(acteur=m.gestionnaire, depot=depot, inline=True)
    assert GETS[name](url, depot) in REFUSED
    status, _, headers = get(url)
    assert (status, headers["cache-control"], headers["content-type"]) == (200, "no-store", "application/pdf")
    assert headers["content-disposition"].startswith("inline")


def test_an_address_to_read_closes_after_a_minute(m: f.Monde, piece: Piece) -> None:
    depot = available(m, piece)
    with time_machine.travel(timezone.now() - dt.timedelta(seconds=storage.GET_SECONDS + 5)):
        late = storage.presign_get(depot, inline=True)
    assert storage.GET_SECONDS <= 60
    assert get(late)[0] in REFUSED


def test_nothing_without_credentials(m: f.Monde, piece: Piece) -> None:
    depot = available(m, piece)
    root = f"{settings.S3_ENDPOINT_URL}/{settings.S3_BUCKET}"
    for url in (root, f"{root}?list-type=2", f"{root}/{depot.final_name}", f"{root}/{depot.preview_name}"):
        assert get(url)[0] in REFUSED
    assert method("PUT", f"{root}/pieces/{'0' * 40}", PDF) in REFUSED


# -- What this store lets pass, and what covers it ----------------------------------------------------------------------------


def test_a_false_digest_header_passes_the_store_and_not_us(m: f.Monde, piece: Piece) -> None:
    depot = announce(m, piece)
    false = base64.b64encode(bytes(32)).decode()
    assert put(storage.presign_put(depot), OTHER, **{"x-amz-checksum-sha256": false}) in REFUSED, "a header that was not signed"
    signed = {"Bucket": settings.S3_BUCKET, "Key": depot.quarantine_name, "ChecksumSHA256": false}
    url = storage._public_client().generate_presigned_url("put_object", Params=signed, HttpMethod="PUT")
    assert method("PUT", url, OTHER, **{"x-amz-checksum-sha256": false}) == 200, "signed, false, accepted: not enforced"
    depots.confirmer(acteur=m.mairie, depot=depot)
    assert depots.controler(depot.pk) == EtatDepot.ECARTE
    assert "empreinte" in fresh(depot).motif


def test_if_none_match_passes_the_store_and_a_replay_changes_nothing_published(m: f.Monde, piece: Piece) -> None:
    depot = announce(m, piece)
    envoi = storage.presign_put(depot)
    assert put(envoi, PDF) == 200
    assert put(envoi, OTHER, **{"If-None-Match": "*"}) == 200, "overwritten: not enforced"
    assert put(envoi, PDF) == 200
    depots.confirmer(acteur=m.mairie, depot=depot)
    depots.controler(depot.pk)
    assert put(envoi, OTHER) == 200, "replayed after publication"
    assert hashlib.sha256(storage.read_published(fresh(depot))).hexdigest() == fresh(depot).sha256_verifie
    store: Any = storages["default"]
    answer = store.connection.meta.client.list_objects_v2(Bucket=store.bucket_name, Prefix=f"pieces/{depot.cle}")
    assert not answer.get("Contents"), "the sender's key is never the published one"


def test_a_replay_between_two_reads_is_refused_or_published_as_scanned(m: f.Monde, piece: Piece, monkeypatch: Any) -> None:
    """The quarantine is read once: what the antivirus saw is what is published, whatever lies there now."""
    depot = announce(m, piece, sha256="")
    envoi = storage.presign_put(depot)
    put(envoi, PDF)
    depots.confirmer(acteur=m.mairie, depot=depot)
    from documents import scan

    real = scan.check_virus

    def replayed(contenu: bytes) -> scan.Verdict:
        assert put(envoi, OTHER) == 200
        return real(contenu)

    monkeypatch.setattr(scan, "check_virus", replayed)
    depots.controler(depot.pk)
    assert storage.read_published(fresh(depot)) == PDF
