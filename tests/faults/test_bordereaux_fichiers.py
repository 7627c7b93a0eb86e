"""A worker killed while it makes the files of a bordereau: the next one ends with one file of each kind, and nothing else in the store."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from documents import storage
from indemnities.models import FichierBordereau
from indemnities.models.fichiers import PREFIXE
from journal.models import Entree
from tests import factories as f
from tests.documents.conftest import FaultyStore, faulty_store
from tests.faults.conftest import Fault, count_statements, fault_at
from tests.faults.test_processes import ROOT, environment, wait_for
from tests.workflows.test_bordereaux_fichiers import composed, whole
from workflows import bordereaux_fichiers

__all__ = ["faulty_store"]
WORK = "import sys, django; django.setup(); from workflows import tasks; print(tasks.editer_bordereau(int(sys.argv[1])))"
STEPS: dict[str, Callable[[str, int], bool]] = {
    "the first written": lambda method, rank: (method, rank) == ("PUT", 1),
    "the first read back": lambda method, rank: (method, rank) == ("GET", 1),
    "the second written, the first's row committed": lambda method, rank: (method, rank) == ("PUT", 2),
    "the second read back": lambda method, rank: (method, rank) == ("GET", 2),
}


@pytest.fixture(autouse=True)
def _empty(buckets: None) -> None:
    storage.remove(*(f"{PREFIXE}{found.cle}" for found in storage.listing(PREFIXE)))


@pytest.mark.lent
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_between_file_and_row(vraie_base: None, settings: Any, faulty_store: FaultyStore, step: str) -> None:
    """By signal 9, once the store has done what was asked and before it has answered."""
    bordereau = composed(f.monde())
    reached, released = threading.Event(), threading.Event()
    seen = {"PUT": 0, "GET": 0}

    def hang(method: str, path: str, body: bytes) -> None:
        if released.is_set():
            return
        seen[method] += 1
        if STEPS[step](method, seen[method]):
            reached.set()
            released.wait(60)

    faulty_store.fault = hang  # type: ignore[assignment]
    variables = environment(
        S3_ENDPOINT_URL=faulty_store.url, S3_ACCESS_KEY_ID=settings.S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY=settings.S3_SECRET_ACCESS_KEY
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORK, str(bordereau.pk)], cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    try:
        wait_for(lambda: reached.is_set() or worker.poll() is not None, step)
        assert worker.poll() is None, worker.communicate()[0]
    finally:
        worker.kill()
        released.set()
        worker.communicate(timeout=60)
    half = "second" in step
    assert FichierBordereau.objects.count() == half
    assert len(list(storage.listing(PREFIXE))) == 1 + half, "bytes whose row was never written"
    assert bordereaux_fichiers.balayer() == 2 - half
    whole(bordereau)
    assert Entree.objects.filter(action="bordereau.fichier_ecrit").count() == 2
    assert bordereaux_fichiers.balayer() == 0


@pytest.mark.usefixtures("vraie_base")
def test_a_fault_at_any_statement_leaves_a_file_with_its_journal_or_neither() -> None:
    m = f.monde()
    bordereau = composed(m)
    sent = count_statements(lambda: bordereaux_fichiers.fabriquer(bordereau.pk))
    for after in (False, True):
        for rank in range(1, sent + 1):
            bordereau = composed(m)
            with fault_at(rank, after=after), contextlib.suppress(Fault):
                bordereaux_fichiers.fabriquer(bordereau.pk)
            written = FichierBordereau.objects.filter(bordereau=bordereau).count()
            assert Entree.objects.filter(action="bordereau.fichier_ecrit", objet_id=bordereau.pk).count() == written
            bordereaux_fichiers.fabriquer(bordereau.pk)
            assert FichierBordereau.objects.filter(bordereau=bordereau).count() == 2
