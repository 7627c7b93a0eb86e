"""A dossier with its pièces, and a sender that talks to the real store."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import http.server
import shutil
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cases.models import Sinistre
from documents import storage
from documents.models import Depot, Piece
from documents.services import depots
from tests import factories as f

PDF = (
    b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\ntrailer\n<< /Root 1 0 R /Size 4 >>\n%%EOF\n"
)
"""A blank page, as a careless program writes it: without its table of objects."""
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
EXE = b"MZ\x90\x00" + b"\x00" * 60
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
DEAD = "127.0.0.1:1"


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m, "AS")


@pytest.fixture
def piece(sinistre: Sinistre) -> Piece:
    return Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete")


def announce(m: f.Monde, piece: Piece, contenu: bytes = PDF, **champs: Any) -> Depot:
    valeurs: dict[str, Any] = {
        "nom": "arrete.pdf",
        "type": "application/pdf",
        "taille": len(contenu),
        "sha256": hashlib.sha256(contenu).hexdigest(),
    }
    return depots.annoncer_depot(acteur=m.mairie, piece=piece, **(valeurs | champs))


def put(envoi: storage.Envoi, contenu: bytes, **entetes: str) -> int:
    """Send as a browser would. Returns the store's status."""
    where = urlsplit(envoi.url)
    link = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    headers = {**envoi.entetes, "Content-Length": str(len(contenu)), **entetes}
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before it was all sent: the answer is there
        link.request("PUT", f"{where.path}?{where.query}", body=contenu, headers=headers)
    status = link.getresponse().status
    link.close()
    return status


def get(url: str) -> tuple[int, bytes, dict[str, str]]:
    where = urlsplit(url)
    link = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    link.request("GET", f"{where.path}?{where.query}")
    answer = link.getresponse()
    found = answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
    link.close()
    return found


def send(m: f.Monde, piece: Piece, contenu: bytes = PDF, **champs: Any) -> Depot:
    """Announced, put in quarantine, confirmed: what remains is the check."""
    depot = announce(m, piece, contenu, **champs)
    assert put(storage.presign_put(depot), contenu) == 200
    return depots.confirmer(acteur=m.mairie, depot=depot)


def fresh(depot: Depot) -> Depot:
    return Depot.objects.get(pk=depot.pk)


def due(depot: Depot) -> None:
    """As if the time to try again had come."""
    Depot.objects.filter(pk=depot.pk).update(prochain_essai=fresh(depot).cree_le)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def empty_store(buckets: None) -> None:
    """For tests that look at the whole store: it holds nothing of another test."""
    for prefix in ("quarantaine/", "pieces/", "apercus/"):
        storage.remove(*(f"{prefix}{found.cle}" for found in storage.listing(prefix)))


# -- A store that fails ------------------------------------------------------------------------------------------------------


class FaultyStore:
    """A proxy in front of the real store. `fault(method, path, body)` may answer (status, body) instead, or None to pass on."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.fault: Callable[[str, str, bytes], tuple[int, bytes, int] | None] = lambda method, path, body: None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                link = http.client.HTTPConnection(outer.upstream.hostname or "", outer.upstream.port, timeout=20)
                link.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    link.putheader(name, value)
                link.endheaders(sent or None)
                answer = link.getresponse()
                body = answer.read()
                status, length = answer.status, len(body)
                wrong = outer.fault(self.command, self.path, body)
                if wrong is not None:
                    status, body, length = wrong
                self.send_response(status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                announced = answer.getheader("Content-Length") if self.command == "HEAD" else str(length)
                self.send_header("Content-Length", announced or "0")
                self.send_header("Connection", "close")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)
                self.close_connection = True
                link.close()

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _pass

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextlib.contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def faulty_store(settings: Any) -> Iterator[FaultyStore]:
    store = FaultyStore(settings.S3_ENDPOINT_URL)
    with served(store.server):
        point_store_at(settings, store.url)
        yield store


def point_store_at(settings: Any, url: str) -> None:
    """What the processes use to reach the store; the sender's own address does not change."""
    default = settings.STORAGES["default"]
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": {**default["OPTIONS"], "endpoint_url": url}}}


# -- Antivirus ---------------------------------------------------------------------------------------------------------------


class SpokenClamd(socketserver.ThreadingTCPServer):
    """Speaks INSTREAM and answers what it is told to: for the answers that a healthy clamd never gives."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", 0), _Speaker)


class _Speaker(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(len(b"zINSTREAM\0")) == b"zINSTREAM\0"
        heard = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            heard += self.rfile.read(size)
        self.wfile.write(self.server.answer(heard))  # type: ignore[attr-defined]


CLAMD = shutil.which("clamd") or ("/usr/sbin/clamd" if Path("/usr/sbin/clamd").exists() else None)


@pytest.fixture(scope="session")
def real_clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real clamd on loopback that knows one signature: EICAR's own bytes, anywhere in a file."""
    if CLAMD is None:
        pytest.skip("no clamd on this machine")
    home = tmp_path_factory.mktemp("clamd")
    (home / "base").mkdir()
    (home / "base" / "essai.ndb").write_text(f"Essai.Eicar:0:*:{EICAR.hex()}\n")
    port = free_port()
    (home / "clamd.conf").write_text(
        f"TCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {home / 'base'}\nForeground yes\nTemporaryDirectory {home}\n"
        f"LogFile {home / 'clamd.log'}\nSelfCheck 0\nStreamMaxLength 30M\n"
    )
    process = subprocess.Popen([CLAMD, "-c", str(home / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as link:
                link.sendall(b"zPING\0")
                if link.recv(16).startswith(b"PONG"):
                    break
            time.sleep(0.1)
        else:
            log = home / "clamd.log"
            pytest.fail("clamd did not start: " + (log.read_text() if log.exists() else "no log"))
        yield f"tcp://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)
