"""Deposits in the bulle under fire: stores that lie, processes killed between any two steps, twenty senders with one right.

After recovery no medical document is lost, none is doubled, and none was ever in clear on a store.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from cases.enums import GenreTache
from cases.models import Tache
from documents.enums import EtatPiece
from documents.models import LaissezPasser, Piece
from journal.models import Entree
from medical import stockage
from medical.errors import StockageIndisponible
from medical.models import Cle, Fichier
from medical.services import balayage, depots
from medical.services.controles_fichiers import controler, lire_en_memoire
from tests.documents.conftest import PDF, FaultyStore, free_port
from tests.faults.bulle import BIG, Fault, a_piece, corrupts, cuts, faulty, killed, nothing_in_clear, received_once, refuses, running
from tests.faults.test_processes import wait_for
from tests.medical.conftest import annonce, clean_bucket, due, fresh, objects, passe

__all__ = ["clean_bucket", "faulty"]
pytestmark = [pytest.mark.bulle, pytest.mark.usefixtures("vraie_base", "without_antivirus", "clean_bucket")]


# -- One right, twenty senders ---------------------------------------------------------------------------------------------------


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


# -- A store that fails, a process killed ----------------------------------------------------------------------------------------


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


# -- The real door ---------------------------------------------------------------------------------------------------------------


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
        process.wait(timeout=60)
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
