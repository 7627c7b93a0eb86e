"""Whatever path a test of the branches walks: each step costs at most thirty queries, and the procedures are coherent after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from cases.models import Branche
from workflows import moteur
from workflows.coherence import anomalies

AT_MOST = 30
COSTS: dict[tuple[str, str], int] = {}
"""The dearest run of each step: the kind of branch and the node, its queries."""

ABOVE = {("SAISINE", "suites"): 42}
"""Steps that may cost more: this one carries out a transition of the dossier in the same transaction, which is an act of its own."""


@contextmanager
def counted(*, branche: Branche, nom: str, **rest: Any) -> Iterator[moteur.EtapeOuverte]:
    """The step as it is, its queries counted: its locks, what its body reads and writes, the next tasks. Savepoints are none."""
    sent: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):
            sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count), REAL(branche=branche, nom=nom, **rest) as ouverte:
        yield ouverte
    step = (branche.genre, nom)
    COSTS[step] = max(COSTS.get(step, 0), len(sent))
    assert len(sent) <= ABOVE.get(step, AT_MOST), f"{step} costs {len(sent)} queries:\n" + "\n".join(sql[:120] for sql in sent)


REAL = moteur.etape


@pytest.fixture(autouse=True)
def watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.node.get_closest_marker("django_db") is None:
        yield
        return
    request.getfixturevalue("db")
    monkeypatch.setattr(moteur, "etape", counted)
    yield
    assert anomalies() == []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if COSTS:
        dearest = sorted(COSTS.items(), key=lambda item: -item[1])[:5]
        said = ", ".join(f"{genre.lower()}.{nom} {queries}" for (genre, nom), queries in dearest)
        terminalreporter.write_line(f"{len(COSTS)} steps walked, at most {AT_MOST} queries each; the dearest: {said}")
