"""Checks and reclassements of the bulle under fire: stores that lie, processes killed between any two steps.

After recovery no medical document is lost, none is doubled, and none is readable unchecked.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from documents import storage
from documents.enums import EtatDepot
from documents.models import Depot, Piece
from journal.models import Entree
from medical.enums import EtatFichier
from medical.models import Fichier
from medical.services import balayage
from medical.services.controles_fichiers import controler, lire_en_memoire
from tests.documents.conftest import PDF, FaultyStore, SpokenClamd, served
from tests.faults.bulle import Fault, a_piece, corrupts, cuts, faulty, killed, nothing_in_clear, received_once, refuses, running
from tests.faults.test_processes import wait_for
from tests.medical.conftest import clean_bucket, deposit, due, fresh

__all__ = ["clean_bucket", "faulty"]
pytestmark = [pytest.mark.bulle, pytest.mark.usefixtures("vraie_base", "without_antivirus", "clean_bucket")]


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
            process.wait(timeout=60)
        assert fresh(fichier).etat == EtatFichier.CONTROLE
        settings.CLAMD_URL, settings.DEMO = url, False
        due(fichier)
        assert balayage.balayer() == 1
    received_once(piece, fichier)
    assert not fresh(fichier).sans_antivirus
