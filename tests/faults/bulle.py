"""The bulle under fire: a medical pièce, a store in front of its own that fails, processes of the bulle that are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cases.enums import GenreTache
from cases.models import Tache
from documents.enums import EtatPiece
from documents.models import Piece
from journal.models import Entree
from medical import stockage
from medical.enums import EtatFichier
from medical.models import Fichier
from medical.services.controles_fichiers import lire_en_memoire
from tests import base
from tests import factories as f
from tests.documents.conftest import PDF, FaultyStore, served
from tests.medical.conftest import fresh, objects, piece_of

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


@contextlib.contextmanager
def running(command: list[str], log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(**variables), stdout=output, stderr=output, start_new_session=True)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the group is ours: start_new_session
            process.wait(timeout=60)
