"""Processes that die, a broker that is not there: the database is the truth, and a sweeper finishes the work."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings as django_settings
from psycopg.errors import AdminShutdown

from documents import storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, Piece
from documents.services import depots
from journal.models import Entree
from tests import base
from tests import factories as f
from tests.documents.conftest import PDF, SpokenClamd, due, fresh, served
from tests.faults.conftest import picture
from workflows.lifecycle import transiter

ROOT = Path(__file__).resolve().parents[2]


def sent(m: f.Monde) -> tuple[Piece, Depot]:
    piece = Piece.objects.select_related("sinistre").get(sinistre=f.sinistre(m, de=f.agent(m.collectivite)), code="arrete")
    depot = depots.annoncer_depot(acteur=m.mairie, piece=piece, nom="a.pdf", type="application/pdf", taille=len(PDF))
    storage.put_quarantine(depot, io.BytesIO(PDF))
    return piece, depot


def once(depot: Depot) -> None:
    """Published once, received once, told once."""
    assert fresh(depot).etat == EtatDepot.DISPONIBLE
    assert Piece.objects.get(depots=depot).etat == EtatPiece.A_CONTROLER
    assert Entree.objects.filter(objet_type="depot", objet_id=depot.pk, action="depot.disponible").count() == 1


def wait_for(seen: Callable[[], object], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.1)


def environment(**variables: str) -> dict[str, str]:
    """What a process of ours needs to find the tests' database, broker and store."""
    return {
        **os.environ,
        "VIGIE_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "project.settings_test",
        "DATABASE_URL": base.url("DATABASE_URL", base.TestDatabase.current().name),
        "PYTHONPATH": str(ROOT),
        **variables,
    }


@contextlib.contextmanager
def worker(clamd_url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real celery worker on the tests' broker, database and store."""
    command = [sys.executable, "-m", "celery", "-A", "project.celery", "worker", "--pool=prefork", "-c", "1", "-l", "warning"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(CLAMD_URL=clamd_url), stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the group is ours: start_new_session
            process.wait(timeout=60)


@pytest.mark.lent
def test_a_worker_killed_in_mid_check(vraie_base: None, tmp_path: Path, settings: Any) -> None:
    """Killed while the antivirus reads: the file stays in quarantine, and the sweeper takes it up when the lease is over."""
    m = f.monde()
    piece, depot = sent(m)
    reading, calls = [False], []

    def slow(heard: bytes) -> bytes:
        calls.append(len(heard))
        reading[0] = True
        if len(calls) == 1:
            time.sleep(60)
        return b"stream: OK\0"

    clamd = SpokenClamd(slow)
    with served(clamd):
        url = f"tcp://127.0.0.1:{clamd.server_address[1]}"
        with worker(url, tmp_path / "worker.log") as process:
            depots.confirmer(acteur=m.mairie, depot=depot)
            wait_for(lambda: reading[0] or process.poll() is not None, "the check to begin")
            assert process.poll() is None, (tmp_path / "worker.log").read_text()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)
        assert fresh(depot).etat == EtatDepot.CONTROLE
        assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.RECUE
        settings.CLAMD_URL = url
        assert depots.balayer() == 0, "its lease still holds"
        due(depot)
        assert depots.balayer() == 1
    once(depot)
    current_app.control.purge()


CONFIRM = """
import sys, time, django
django.setup()
from accounts.models import User
from documents.models import Depot
from documents.services import depots
began = time.monotonic()
depots.confirmer(acteur=User.objects.get(pk=int(sys.argv[1])), depot=Depot.objects.get(pk=int(sys.argv[2])))
print(time.monotonic() - began)
"""


@pytest.mark.lent
def test_the_broker_down_when_a_file_is_confirmed(vraie_base: None, settings: Any) -> None:
    """In a process of its own, as a page served while nobody listens at the broker's address."""
    settings.CLAMD_URL, settings.DEMO = "", True
    m = f.monde()
    _, depot = sent(m)
    page = subprocess.run(
        [sys.executable, "-c", CONFIRM, str(m.mairie.pk), str(depot.pk)],
        cwd=ROOT,
        env=environment(BROKER_URL="redis://127.0.0.1:1/0"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "depot.courtier_absent" in page.stderr + page.stdout
    assert float(page.stdout.split()[-1]) < 5, "a page does not wait for a broker that is down"
    assert fresh(depot).etat == EtatDepot.CONTROLE
    assert depots.balayer() == 1
    once(depot)


def test_the_database_cuts_the_connection_in_mid_transition(vraie_base: None, admin_dsn: str) -> None:
    """As PostgreSQL restarting: the transaction is lost whole, and the next request works."""
    import psycopg
    from django.db import OperationalError, connection

    m = f.monde()
    sinistre = f.sinistre(m)
    f.complete_pieces(sinistre, m.gestionnaire)
    before = picture()
    cut = [False]

    def cutting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "journal_entree" in sql and not cut[0]:
            cut[0] = True
            with psycopg.connect(admin_dsn, autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", (connection.connection.info.backend_pid,))
        return execute(sql, params, many, context)

    with pytest.raises(OperationalError) as lost, connection.execute_wrapper(cutting):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    assert isinstance(lost.value.__cause__, AdminShutdown | psycopg.OperationalError)
    connection.close()
    assert picture() == before
    assert transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider").version == 2


def test_the_settings_lose_no_task() -> None:
    """What makes the above true for any task: acknowledged late, given back when a worker is lost, ids only."""
    conf = current_app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert conf.accept_content == ["json"]
    attente: Any = django_settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert attente > django_settings.CELERY_TASK_TIME_LIMIT
