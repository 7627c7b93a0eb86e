"""Races on real connections: everybody is released at once, as many rounds as VIGIE_COURSES says.

Five rounds of each race in `make test`; a thousand under `make prove`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connection, connections

ROUNDS = int(os.environ.get("VIGIE_COURSES") or (1000 if os.environ.get("VIGIE_PROVE") else 5))


@dataclass
class Tally:
    """What the rounds of one race gave."""

    name: str
    rounds: int = 0
    won: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        refused = ", ".join(f"{n} {kind}" for kind, n in sorted(self.refused.items()))
        return f"{self.name}: {self.rounds} rounds, {self.won} won, {refused or 'none refused'}, 0 lost, 0 doubled"


class Track:
    """A few threads that keep their connection from round to round: what is raced is the act, never the connecting."""

    def __init__(self, runners: int) -> None:
        self.start, self.end = threading.Barrier(runners + 1), threading.Barrier(runners + 1)
        self.acts: list[Callable[[], object]] = []
        self.results: list[BaseException | None] = [None] * runners
        self.values: list[object] = [None] * runners
        self.over = False
        self.threads = [threading.Thread(target=self._run, args=(rank,), daemon=True) for rank in range(runners)]
        for thread in self.threads:
            thread.start()

    def _run(self, rank: int) -> None:
        while True:
            self.start.wait()
            if self.over:
                connections.close_all()
                return
            self.results[rank] = self.values[rank] = None
            try:
                self.values[rank] = self.acts[rank]()
            except BaseException as error:
                self.results[rank] = error
            self.end.wait()

    def race(self, *acts: Callable[[], object]) -> list[BaseException | None]:
        """Release them all at once. Returns what each raised (None for a success)."""
        self.acts = list(acts)
        self.start.wait()
        self.end.wait()
        return list(self.results)

    def leave(self) -> None:
        self.over = True
        self.start.wait()
        for thread in self.threads:
            thread.join(timeout=10)


@pytest.fixture
def track(vraie_base: None) -> Iterator[Track]:
    found = Track(2)
    yield found
    found.leave()
    connection.close()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    found, before = Tally(request.node.name.removeprefix("test_")), request.session.testsfailed
    yield found
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
    failed = request.session.testsfailed > before
    if reporter is not None and capture is not None and found.rounds and not failed:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{found}")


def count(tally: Tally, results: list[BaseException | None], *expected: type[BaseException]) -> int:
    """Add a round to the tally; anything but a success or an expected refusal fails. Returns how many won."""
    tally.rounds += 1
    won = 0
    for error in results:
        if error is None:
            won += 1
        elif isinstance(error, expected):
            tally.refused[type(error).__name__] = tally.refused.get(type(error).__name__, 0) + 1
        else:
            raise error
    tally.won += won
    return won
