"""The bulle under fire: stores that lie, processes killed between any two steps, twenty senders with one right.

After recovery no medical document is lost, none is doubled, none is readable unchecked, and none was ever in clear on a store.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from cases.enums import GenreTache
from cases.models import Tache
from documents import storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, LaissezPasser, Piece
from journal.models import Entree
from medical import stockage
from medical.enums import EtatFichier
from medical.errors import StockageIndisponible
from medical.models import Cle, Fichier
from medical.services import balayage, depots
from medical.services.controles_fichiers import controler, lire_en_memoire
from tests import base
from tests import factories as f
from tests.documents.conftest import PDF, FaultyStore, SpokenClamd, free_port, served
from tests.faults.test_processes import wait_for
from tests.medical.conftest import annonce, clean_bucket, deposit, due, fresh, objects, passe, piece_of, without_antivirus

__all__ = ["clean_bucket", "without_antivirus"]
pytestmark = [pytest.mark.bulle, pytest.mark.usefixtures("vraie_base", "without_antivirus", "clean_bucket")]
ROOT = Path(__file__).resolve().parents[2]
BIG = PDF + b"%" + b"x" * (8 * 1024 * 1024)


def a_piece() -> tuple[f.Monde, Piece]:
    m = f.monde()
    return m, piece_of(f.sinistre(m, "AS"))


def environment(**variables: str) -> dict[str, str]:
    """A process of the bulle on the tests' servers, with the tests' keys."""
    return base.environment("bulle") | {"VIGIE_DEMO": "1"} | variables


def received_once(piece: Piece, fichier: Fichier, etat: str = EtatFichier.DISPONIBLE) -> None:
    assert fresh(fichier).etat == etat and lire_en_memoire(fresh(fichier)) in (PDF, BIG)
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.RECUE
    for action in ("fichier_medical.recu", "fichier_medical.disponible"):
        assert Entree.objects.filter(objet_type="fichier_medical", objet_id=fichier.pk, action=action).count() == 1
    assert Tache.objects.filter(genre=GenreTache.CONTROLER_PIECE_MEDICALE, fermee_le=None).count() == 1


def nothing_in_clear() -> None:
    """No object of the medical bucket shows what a PDF begins with."""
    for nom in objects():
        assert b"%PDF" not in b"".join(stockage.ouvrir(nom).morceaux())


# -- One right, twenty senders ------------------------------------------------------------------------------------------------


def test_one_laissez_passer_and_twenty_senders() -> None:
    m, piece = a_piece()
    passe_, secret = passe(m, piece)
    outcomes: list[str] = []
    start = threading.Barrier(20)

    def send() -> None:
        try:
            start.wait()
            depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
            outcomes.append("reçu")
        except depots.LaissezPasserInvalide:
            outcomes.append("refusé")
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["refusé"] * 19 + ["reçu"]
    assert Fichier.objects.count() == Cle.objects.count() == len(objects()) == 1
    assert LaissezPasser.objects.get(pk=passe_.pk).utilise_le is not None


def test_eight_senders_of_one_piece_and_two_workers() -> None:
    """Each with his own right: nothing lost, the pièce received once; then two workers on the same files at once."""
    m, piece = a_piece()
    secrets = [passe(m, piece)[1] for _ in range(8)]
    send = functools.partial(depots.deposer_par_laissez_passer, annonce=annonce(), morceaux=[PDF])
    at_once([functools.partial(send, secret=secret) for secret in secrets])
    assert Fichier.objects.count() == len(objects()) == 8
    assert set(Fichier.objects.values_list("version", flat=True)) == {1}
    assert Entree.objects.filter(action="piece.recue", objet_id=piece.pk).count() == 1
    ids = list(Fichier.objects.order_by("pk").values_list("pk", flat=True))
    at_once([lambda: [controler(pk) for pk in ids]] * 2)
    assert Entree.objects.filter(action="fichier_medical.disponible").count() == 8
    assert Tache.objects.filter(genre=GenreTache.CONTROLER_PIECE_MEDICALE, fermee_le=None).count() == 1
    assert len(objects()) == 16, "each file and its copy, and none besides"


def at_once(acts: list[Callable[[], object]]) -> None:
    """On as many connections, started together. What one raises fails the test."""
    faults: list[Exception] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            act()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []


# -- A store that fails -------------------------------------------------------------------------------------------------------

Fault = Callable[[str, str, bytes], tuple[int, bytes, int] | None]


def refuses(method: str, path: str, body: bytes) -> tuple[int, bytes, int] | None:
    return (500, b"", 0) if method == "PUT" else None


def corrupts(method: str, path: str, body: bytes) -> tuple[int, bytes, int] | None:
    return (200, b"\0" + body[1:], len(body)) if method == "GET" and "fichiers" in path else None


def cuts(method: str, path: str, body: bytes) -> tuple[int, bytes, int] | None:
    return (200, body[: len(body) // 2], len(body)) if method == "GET" and "fichiers" in path else None


@pytest.fixture
def faulty(settings: Any) -> Iterator[FaultyStore]:
    store, up = FaultyStore(settings.S3_MEDICAL_ENDPOINT_URL), settings.S3_MEDICAL_ENDPOINT_URL
    with served(store.server):
        settings.S3_MEDICAL_ENDPOINT_URL = store.url
        yield store
        settings.S3_MEDICAL_ENDPOINT_URL = up


@pytest.mark.parametrize("fault", [refuses, corrupts, cuts])
def test_a_deposit_while_the_store_fails(faulty: FaultyStore, fault: Fault) -> None:
    m, piece = a_piece()
    held, secret = passe(m, piece)
    healthy, faulty.fault = faulty.fault, fault
    with pytest.raises(StockageIndisponible):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
    assert LaissezPasser.objects.get(pk=held.pk).utilise_le is None
    assert not Fichier.objects.exists() and not Cle.objects.exists()
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.DEMANDEE
    faulty.fault = healthy
    assert objects() == set()
    fichier = depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
    controler(fichier.pk)
    received_once(piece, fichier)


@pytest.mark.parametrize("fault", [refuses, corrupts, cuts])
def test_a_check_while_the_store_fails(faulty: FaultyStore, fault: Fault) -> None:
    m, piece = a_piece()
    fichier = deposit(m, piece)
    healthy, faulty.fault = faulty.fault, fault
    for _ in range(3):
        due(fichier)
        assert controler(fichier.pk) == EtatFichier.CONTROLE, "never available unchecked, never set aside for the store's fault"
    faulty.fault = healthy
    due(fichier)
    assert balayage.balayer() == 1
    received_once(piece, fichier)


# -- Processes killed between any two steps -----------------------------------------------------------------------------------

KILLED = """
import os, sys, django
django.setup()
from documents import atelier, storage
from documents.annonces import Annonce
from documents.models import Depot
from medical import stockage
from medical.services import balayage, controles_fichiers, depots, lectures, reclassement
from django.db import transaction
module, name, when, act, argument = sys.argv[1:6]
places = {"atelier": atelier, "storage": storage, "stockage": stockage, "depots": depots, "controles": controles_fichiers}
target = {**places, "reclassement": reclassement}[module]
real = getattr(target, name)
def dies(*args, **kwargs):
    if when == "after":
        real(*args, **kwargs)
    os.kill(os.getpid(), 9)
setattr(target, name, dies)
if act == "deposit":
    contenu = sys.stdin.buffer.read()
    depots.deposer_par_laissez_passer(secret=argument, annonce=Annonce("a.pdf", "application/pdf", len(contenu)), morceaux=[contenu])
elif act == "check":
    controles_fichiers.controler(int(argument))
else:
    reclassement.entrer(int(argument))
"""


def killed(module: str, name: str, when: str, act: str, argument: object) -> None:
    """A process of the bulle that SIGKILL takes at that point."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, module, name, when, act, str(argument)],
        cwd=ROOT, env=environment(), input=PDF, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.mark.lent
@pytest.mark.parametrize(
    ("module", "name", "when"),
    [
        ("depots", "draw_data_key", "before"),
        ("stockage", "deposer", "before"),
        ("stockage", "deposer", "after"),
        ("depots", "enregistrer", "after"),
        ("depots", "wake", "before"),
    ],
    ids=["claimed", "encrypted", "on the store", "written, not committed", "committed"],
)
def test_killed_in_a_deposit(module: str, name: str, when: str) -> None:
    m, piece = a_piece()
    held, secret = passe(m, piece, expire_le=timezone.now() + dt.timedelta(days=7))
    killed(module, name, when, "deposit", secret)
    nothing_in_clear()
    if name != "wake":
        assert not Fichier.objects.exists() and Piece.objects.get(pk=piece.pk).etat == EtatPiece.DEMANDEE
        assert LaissezPasser.objects.get(pk=held.pk).utilise_le is not None
        with pytest.raises(depots.LaissezPasserInvalide):
            depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
        LaissezPasser.objects.filter(pk=held.pk).update(utilise_le=timezone.now() - depots.CLAIM_LASTS * 2)
        balayage.balayer()
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])
    fichier = Fichier.objects.get()
    due(fichier)
    balayage.balayer()
    received_once(piece, fichier)
    with pytest.raises(depots.LaissezPasserInvalide):
        depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(), morceaux=[PDF])


@pytest.mark.lent
@pytest.mark.parametrize(
    ("module", "name", "when"),
    [
        ("controles", "lire_en_memoire", "before"),
        ("atelier", "fabriquer", "after"),
        ("stockage", "deposer", "after"),
        ("controles", "ask_to_check", "after"),
        ("controles", "_conclude", "after"),
    ],
    ids=["claimed", "copy made", "copy on the store", "written, not committed", "committed"],
)
def test_killed_in_a_check(module: str, name: str, when: str) -> None:
    m, piece = a_piece()
    fichier = deposit(m, piece)
    killed(module, name, when, "check", fichier.pk)
    nothing_in_clear()
    if name != "_conclude":
        assert fresh(fichier).etat == EtatFichier.CONTROLE
        assert balayage.balayer() == 0, "its lease still holds"
        due(fichier)
        assert balayage.balayer() == 1
    received_once(piece, fichier)


@pytest.mark.lent
@pytest.mark.parametrize(
    ("module", "name", "when"),
    [
        ("storage", "read_published", "after"),
        ("stockage", "deposer", "after"),
        ("reclassement", "enregistrer", "after"),
        ("reclassement", "_compare", "before"),
        ("storage", "effacer", "before"),
        ("storage", "effacer", "after"),
        ("reclassement", "consigner", "before"),
    ],
    ids=["read", "on the store", "written, not committed", "committed", "compared", "erased outside", "before the end"],
)
def test_killed_in_a_reclassement(module: str, name: str, when: str) -> None:
    m, piece = a_piece()
    certificat = Piece.objects.get(sinistre=piece.sinistre, code="certificat")
    depot = Depot.objects.create(
        piece=certificat, nom="document reclassé", type="application/pdf", taille=len(PDF), etat=EtatDepot.RECLASSE,
        cle_publiee=storage.publish(PDF), sha256_verifie=hashlib.sha256(PDF).hexdigest(), depose_par=m.mairie,
        reclasse_par=m.gestionnaire, reclasse_le=timezone.now(),
    )  # fmt: skip
    killed(module, name, when, "reclass", depot.pk)
    nothing_in_clear()
    inside = Fichier.objects.filter(depot=depot).first()
    outside = storages["default"].exists(depot.final_name)
    assert outside or (inside is not None and lire_en_memoire(inside) == PDF), "never both lost"
    assert balayage.reprendre() == 1 and balayage.reprendre() == 0
    fichier = Fichier.objects.get(depot=depot)
    assert lire_en_memoire(fichier) == PDF and not storages["default"].exists(depot.final_name)
    assert Entree.objects.filter(action="depot.entre_dans_la_bulle", objet_id=depot.pk).count() == 1


@pytest.mark.lent
def test_the_worker_killed_while_the_antivirus_reads(tmp_path: Path, settings: Any) -> None:
    """A real worker of the bulle's queue; its clamd is slow the first time."""
    m, piece = a_piece()
    heard: list[int] = []

    def slow(sent: bytes) -> bytes:
        heard.append(len(sent))
        if len(heard) == 1:
            time.sleep(60)
        return b"stream: OK\0"

    clamd = SpokenClamd(slow)
    with served(clamd):
        url = f"tcp://127.0.0.1:{clamd.server_address[1]}"
        command = [sys.executable, "-m", "celery", "-A", "project.celery", "worker", "--queues", "bulle", "-c", "1", "-l", "warning"]
        with running(command, tmp_path / "worker.log", CLAMD_URL=url) as process:
            fichier = deposit(m, piece)
            wait_for(lambda: heard or process.poll() is not None, "the check to begin")
            assert process.poll() is None, (tmp_path / "worker.log").read_text()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=20)
        assert fresh(fichier).etat == EtatFichier.CONTROLE
        settings.CLAMD_URL, settings.DEMO = url, False
        due(fichier)
        assert balayage.balayer() == 1
    received_once(piece, fichier)
    assert not fresh(fichier).sans_antivirus


# -- The real door ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(command: list[str], log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(**variables), stdout=output, stderr=output, start_new_session=True)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the group is ours: start_new_session
            process.wait(timeout=20)


@contextlib.contextmanager
def bulle_web(log: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"),
        *("--workers", "1", "--blocking-threads", "4", "--log-level", "warning", "project.wsgi:application"),
    ]
    with running(command, log) as process:

        def answers() -> bool:
            if process.poll() is not None:
                pytest.fail(log.read_text()[-3000:])
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
            return False

        wait_for(answers, "the bulle to answer")
        yield port, process


def begin_put(port: int, secret: str, contenu: bytes) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port), timeout=60)
    link.sendall(
        f"PUT /depots/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\nContent-Length: {len(contenu)}\r\n"
        f"X-Vigie-Laissez-Passer: {secret}\r\nX-Vigie-Nom: a.pdf\r\nConnection: close\r\n\r\n".encode()
    )
    return link


def status_of(link: socket.socket) -> int:
    answer = b""
    while b"\r\n\r\n" not in answer and (received := link.recv(4096)):
        answer += received
    link.close()
    return int(answer.split(b" ", 2)[1])


@pytest.mark.lent
def test_the_door_streams_and_survives_a_kill_in_mid_upload(tmp_path: Path) -> None:
    """Claimed while the body is still coming: it is read as it comes, never waited for whole."""
    m, piece = a_piece()
    held, secret = passe(m, piece, expire_le=timezone.now() + dt.timedelta(days=7))

    def claimed() -> bool:
        return LaissezPasser.objects.get(pk=held.pk).utilise_le is not None

    with bulle_web(tmp_path / "bulle.log") as (port, process):
        link = begin_put(port, secret, BIG)
        link.sendall(BIG[: len(BIG) // 2])
        wait_for(claimed, "the claim, before the end of the body")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)
        link.close()
    assert not Fichier.objects.exists() and objects() == set() and Piece.objects.get(pk=piece.pk).etat == EtatPiece.DEMANDEE
    LaissezPasser.objects.filter(pk=held.pk).update(utilise_le=timezone.now() - depots.CLAIM_LASTS * 2)
    assert balayage.balayer() == 1
    with bulle_web(tmp_path / "bulle2.log") as (port, process):
        gone = begin_put(port, secret, BIG)
        gone.sendall(BIG[: len(BIG) // 2])
        wait_for(claimed, "the claim")
        gone.close()  # the sender goes away
        wait_for(lambda: not claimed(), "the laissez-passer to be given back")
        link = begin_put(port, secret, BIG)
        link.sendall(BIG)
        assert status_of(link) == 201
    fichier = Fichier.objects.get()
    assert objects() == {stockage.content_name(fichier.objet)}
    nothing_in_clear()
    assert lire_en_memoire(fresh(fichier)) == BIG
    log = (tmp_path / "bulle2.log").read_text()
    assert secret not in log and "a.pdf" not in log
