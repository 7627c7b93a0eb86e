"""Files on their way while something falls: the store, the antivirus, the worker itself. Nothing lost, doubled, or available unscanned."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from celery import current_app
from django.core.files.storage import storages
from django.db import connection, transaction
from django.utils import timezone

from documents import scan, storage
from documents.enums import EtatDepot, EtatPiece, GenreAnomalie
from documents.models import AnomalieStockage, Depot, Piece
from documents.s3 import CLIENT
from documents.services import anomalies, balayage, depots, reclassement
from journal.models import Entree, Evenement
from tests import factories as f
from tests.documents.conftest import CLAMD, EICAR, PDF, FaultyStore, SpokenClamd, due, empty_store, faulty_store, free_port, fresh, served
from tests.faults.conftest import Fault, count_statements, fault_at, picture
from tests.faults.test_processes import ROOT, environment, once, sent, wait_for, worker

__all__ = ["empty_store", "faulty_store"]
pytestmark = pytest.mark.usefixtures("empty_store")
Fall = Callable[[str, str], bool]


def objects(prefix: str) -> list[str]:
    return [found.cle for found in storage.listing(prefix)]


def converge(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sweepers do in the week that follows."""
    depots.balayer()
    monkeypatch.setattr(balayage, "YOUNG", dt.timedelta(seconds=-60))
    balayage.verifier_stockage()
    AnomalieStockage.objects.filter(genre=GenreAnomalie.OBJET_ORPHELIN).update(constatee_le=timezone.now() - anomalies.ORPHAN_KEPT)
    balayage.verifier_stockage()


def whole(depot: Depot) -> None:
    """Available once, its bytes those that were scanned, and nothing else of it anywhere in the store."""
    once(depot)
    done = fresh(depot)
    assert storage.read_published(done) == PDF
    assert objects("pieces/") == [done.cle_publiee]
    assert objects("apercus/") == [done.apercu_cle]
    assert objects("quarantaine/") == []
    assert not AnomalieStockage.objects.filter(resolue_le__isnull=True).exists()
    assert Evenement.objects.filter(type="piece.deposee").count() == 1


# -- The worker, killed after each thing it asks ---------------------------------------------------------------------------------

CHECK = "import sys, django; django.setup(); from documents.services import depots; print(depots.controler(int(sys.argv[1])))"

STEPS: dict[str, Fall] = {
    "the quarantine read": lambda method, path: method == "GET" and "/quarantaine/" in path,
    "the original written": lambda method, path: method == "PUT" and "/pieces/" in path,
    "the original read back": lambda method, path: method == "GET" and "/pieces/" in path,
    "the copy written": lambda method, path: method == "PUT" and "/apercus/" in path,
    "the copy read back": lambda method, path: method == "GET" and "/apercus/" in path,
    "the outcome committed, the quarantine emptied": lambda method, path: method == "DELETE",
}


@pytest.fixture
def clean_clamd() -> Iterator[tuple[str, list[int]]]:
    """An antivirus that accepts, and counts what it was given."""
    heard: list[int] = []
    clamd = SpokenClamd(lambda content: heard.append(len(content)) or b"stream: OK\0")  # type: ignore[func-returns-value]
    with served(clamd):
        yield f"tcp://127.0.0.1:{clamd.server_address[1]}", heard


@pytest.mark.lent
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_between_two_steps(
    vraie_base: None,
    settings: Any,
    faulty_store: FaultyStore,
    clean_clamd: tuple[str, list[int]],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """A process of its own, killed by signal 9 once the store has done what was asked and before it has answered."""
    url, heard = clean_clamd
    m = f.monde()
    piece, depot = sent(m)
    depots.confirmer(acteur=m.mairie, depot=depot)
    reached = threading.Event()
    released = threading.Event()

    def hang(method: str, path: str, body: bytes) -> None:
        if STEPS[step](method, path) and not released.is_set():
            reached.set()
            released.wait(60)

    faulty_store.fault = hang  # type: ignore[assignment]
    variables = environment(
        CLAMD_URL=url,
        S3_ENDPOINT_URL=faulty_store.url,
        S3_ACCESS_KEY_ID=settings.S3_ACCESS_KEY_ID,
        S3_SECRET_ACCESS_KEY=settings.S3_SECRET_ACCESS_KEY,
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", CHECK, str(depot.pk)], cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(lambda: reached.is_set() or worker.poll() is not None, step)
        assert worker.poll() is None, worker.communicate()[0]
    finally:
        worker.kill()
        released.set()
        worker.communicate(timeout=60)
    committed = step.startswith("the outcome")
    left = fresh(depot)
    assert left.etat == (EtatDepot.DISPONIBLE if committed else EtatDepot.CONTROLE)
    assert bool(left.cle_publiee) == committed, "not available before the end"
    assert Piece.objects.get(pk=piece.pk).etat == (EtatPiece.A_CONTROLER if committed else EtatPiece.RECUE)
    settings.CLAMD_URL = url
    if not committed:
        assert depots.balayer() == 0, "its lease still holds"
        due(depot)
    converge(monkeypatch)
    whole(depot)
    assert heard, "scanned by somebody before it was available"


@pytest.mark.lent
def test_a_real_worker_does_the_whole_way(vraie_base: None, clean_clamd: tuple[str, list[int]], tmp_path: Path) -> None:
    """Woken by the confirmation, in a child of celery's pool, with its workshop beside it."""
    url, heard = clean_clamd
    m = f.monde()
    _, depot = sent(m)
    with worker(url, tmp_path / "worker.log") as process:
        depots.confirmer(acteur=m.mairie, depot=depot)
        wait_for(lambda: fresh(depot).etat == EtatDepot.DISPONIBLE or process.poll() is not None, "the worker to publish")
        wait_for(lambda: fresh(depot).quarantaine_videe_le is not None, "the quarantine to be emptied")
    whole(depot)
    assert heard == [len(PDF)]
    current_app.control.purge()


# -- The antivirus, killed -----------------------------------------------------------------------------------------------------


def start_clamd(home: Path, port: int) -> subprocess.Popen[bytes]:
    (home / "base").mkdir(exist_ok=True)
    (home / "base" / "essai.ndb").write_text(f"Essai.Eicar:0:*:{EICAR.hex()}\n")
    (home / "clamd.conf").write_text(
        f"TCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {home / 'base'}\nForeground yes\nTemporaryDirectory {home}\n"
        f"LogFile {home / 'clamd.log'}\nSelfCheck 0\nStreamMaxLength 30M\n"
    )
    assert CLAMD is not None
    process = subprocess.Popen([CLAMD, "-c", str(home / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ready() -> bool:
        try:
            return scan.check_virus(b"x") == scan.Verdict()
        except scan.AntivirusIndisponible:
            return False

    wait_for(ready, "clamd to start")
    return process


@pytest.mark.lent
@pytest.mark.skipif(CLAMD is None, reason="no clamd on this machine")
def test_clamd_killed_while_it_reads(vraie_base: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real one, frozen in mid-stream then killed: the file waits; clamd back, it goes on, and a bad one is still refused."""
    port = free_port()
    settings.CLAMD_URL, settings.DEMO = f"tcp://127.0.0.1:{port}", False
    m = f.monde()
    _, depot = sent(m)
    depots.confirmer(acteur=m.mairie, depot=depot)
    process = start_clamd(tmp_path, port)
    os.kill(process.pid, signal.SIGSTOP)
    found: list[str] = []
    checking = threading.Thread(target=lambda: found.append(_checked(depot.pk)))
    checking.start()
    time.sleep(1)
    assert checking.is_alive(), "it waits for an answer"
    process.kill()
    checking.join(timeout=60)
    process.wait(timeout=60)
    assert found == [EtatDepot.CONTROLE]
    assert (fresh(depot).cle_publiee, fresh(depot).motif) == ("", "En attente : l’antivirus ne répond pas.")
    again = start_clamd(tmp_path, port)
    try:
        due(depot)
        converge(monkeypatch)
        whole(depot)
        assert scan.check_virus(PDF + EICAR).motif
    finally:
        again.terminate()
        again.wait(timeout=60)


def _checked(pk: int) -> str:
    try:
        return depots.controler(pk)
    finally:
        connection.close()


# -- The store, slow ---------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_store_that_does_not_answer_in_time(
    settings: Any, faulty_store: FaultyStore, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True
    m = f.monde()
    _, depot = sent(m)
    depots.confirmer(acteur=m.mairie, depot=depot)
    impatient = CLIENT.merge(Config(read_timeout=0.3, retries={"max_attempts": 1, "mode": "standard"}))
    options = settings.STORAGES["default"]["OPTIONS"]
    before = settings.STORAGES
    default = {**settings.STORAGES["default"], "OPTIONS": {**options, "client_config": impatient}}
    settings.STORAGES = {**settings.STORAGES, "default": default}

    def slow(asked: str, path: str, body: bytes) -> None:
        if asked == method:
            time.sleep(1)

    faulty_store.fault = slow  # type: ignore[assignment]
    start = time.monotonic()
    reached = depots.controler(depot.pk)
    assert time.monotonic() - start < 8, "bounded"
    assert reached == (EtatDepot.DISPONIBLE if method == "DELETE" else EtatDepot.CONTROLE)
    faulty_store.fault = lambda method, path, body: None
    settings.STORAGES = before
    if reached == EtatDepot.CONTROLE:
        due(depot)
    converge(monkeypatch)
    whole(depot)


# -- A fault at every statement ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_check_cut_at_any_statement_is_finished_by_the_next(
    vraie_base: None, settings: Any, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True
    m = f.monde()

    def confirmed() -> Depot:
        _, depot = sent(m)
        return depots.confirmer(acteur=m.mairie, depot=depot)

    model = confirmed()
    total = count_statements(lambda: depots.controler(model.pk))
    assert total > 10
    for rank in range(1, total + 1):
        depot = confirmed()
        try:
            with fault_at(rank, after=after):
                depots.controler(depot.pk)
        except Fault:
            pass
        if fresh(depot).etat == EtatDepot.CONTROLE:
            due(depot)
            depots.balayer()
        once(depot)
    converge(monkeypatch)
    rows = Depot.objects.filter(etat=EtatDepot.DISPONIBLE)
    assert rows.count() == total + 1
    assert sorted(objects("pieces/")) == sorted(rows.values_list("cle_publiee", flat=True))
    assert sorted(objects("apercus/")) == sorted(rows.values_list("apercu_cle", flat=True))
    assert objects("quarantaine/") == []


def test_sending_into_the_bulle_is_all_or_nothing(db: None, settings: Any) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True
    m = f.monde()
    _, depot = sent(m)
    depots.confirmer(acteur=m.mairie, depot=depot)
    depots.controler(depot.pk)

    def act() -> object:
        return reclassement.reclasser(acteur=m.gestionnaire, depot=fresh(depot))

    before = picture()
    for _ in range(2):  # a first time, so that what is cached is cached
        with transaction.atomic():
            total = count_statements(act)
            transaction.set_rollback(True)
    for rank in range(1, total + 1):
        with pytest.raises(Fault), fault_at(rank, after=True):
            act()
        assert picture() == before, f"statement {rank} of {total}"
    act()
    assert fresh(depot).etat == EtatDepot.RECLASSE
    assert Entree.objects.filter(action="depot.reclasse").count() == 1
    assert storages["default"].exists(fresh(depot).final_name)
