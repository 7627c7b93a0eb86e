"""Down means the file stays in quarantine: never accepted, never refused, for want of an antivirus."""

from __future__ import annotations

from typing import Any

import pytest

from documents import scan
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, Piece
from documents.services import depots
from tests import factories as f
from tests.documents.conftest import DEAD, EICAR, PDF, SpokenClamd, due, fresh, send, served

INFECTED = PDF + EICAR


@pytest.fixture
def production(settings: Any) -> Any:
    settings.DEMO = False
    return settings


def test_a_real_clamd_accepts_and_refuses(real_clamd: str, production: Any) -> None:
    production.CLAMD_URL = real_clamd
    assert scan.check_virus(PDF) == scan.Verdict()
    verdict = scan.check_virus(INFECTED)
    assert "antivirus a refusé" in verdict.motif and "Essai.Eicar" in verdict.motif
    long = PDF + b"0" * (200 * 1024)
    assert scan.check_virus(long).motif == ""
    assert scan.check_virus(long + EICAR).motif != "", "several chunks later"


def test_an_infected_file_is_set_aside_and_says_why(m: f.Monde, piece: Piece, real_clamd: str, production: Any) -> None:
    production.CLAMD_URL = real_clamd
    bad, good = send(m, piece, INFECTED), send(m, piece)
    assert depots.controler(bad.pk) == EtatDepot.ECARTE
    assert "antivirus" in fresh(bad).motif
    assert (fresh(bad).cle_publiee, fresh(bad).apercu_cle) == ("", "")
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.RECUE, "the other file is on its way"
    assert depots.controler(good.pk) == EtatDepot.DISPONIBLE
    assert not fresh(good).sans_antivirus


@pytest.mark.parametrize("url", ["", f"tcp://{DEAD}", "unix:///nowhere/clamd.sock"])
def test_no_antivirus_the_file_waits_then_goes_on(m: f.Monde, piece: Piece, production: Any, url: str) -> None:
    production.CLAMD_URL = url
    depot = send(m, piece)
    assert depots.controler(depot.pk) == EtatDepot.CONTROLE
    assert "antivirus" in fresh(depot).motif
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.RECUE
    clean = SpokenClamd(lambda heard: b"stream: OK\0")
    with served(clean):
        production.CLAMD_URL = f"tcp://127.0.0.1:{clean.server_address[1]}"
        due(depot)
        assert depots.balayer() == 1
    assert (fresh(depot).etat, fresh(depot).motif) == (EtatDepot.DISPONIBLE, "")


@pytest.mark.parametrize(
    "answer",
    [b"INSTREAM size limit exceeded. ERROR\0", b"stream: Can't allocate memory ERROR\0", b"UNKNOWN COMMAND\0", b"", b"stream: FO"],
)
def test_an_antivirus_in_trouble_neither_accepts_nor_refuses(m: f.Monde, piece: Piece, production: Any, answer: bytes) -> None:
    troubled = SpokenClamd(lambda heard: answer)
    with served(troubled):
        production.CLAMD_URL = f"tcp://127.0.0.1:{troubled.server_address[1]}"
        depot = send(m, piece)
        assert depots.controler(depot.pk) == EtatDepot.CONTROLE
    assert fresh(depot).tentatives == 1
    assert not Depot.objects.exclude(etat=EtatDepot.CONTROLE).exists()


def test_every_byte_reaches_the_antivirus(production: Any) -> None:
    heard: list[bytes] = []
    listener = SpokenClamd(lambda whole: heard.append(whole) or b"stream: OK\0")  # type: ignore[func-returns-value]
    content = bytes(range(256)) * 9000
    with served(listener):
        production.CLAMD_URL = f"tcp://127.0.0.1:{listener.server_address[1]}"
        scan.check_virus(content)
    assert heard == [content]


def test_demonstration_accepts_without_and_says_so(m: f.Monde, piece: Piece, without_antivirus: None) -> None:
    depot = send(m, piece)
    depots.controler(depot.pk)
    assert fresh(depot).sans_antivirus
