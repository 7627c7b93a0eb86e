"""Timing: each scenario in turn with its floor, so that a machine whose speed drifts slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection


@dataclass
class Clock:
    """Queries and seconds spent in the database while it runs."""

    queries: int = 0
    seconds: float = 0.0
    sql: list[str] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - start
            if not sql.startswith(("SAVEPOINT", "RELEASE")):
                self.queries += 1
                self.sql.append(sql)


@contextmanager
def database_clock() -> Iterator[Clock]:
    """Counts statements and the time they and the commits take, Django's own Python left out."""
    clock = Clock()
    commit = connection._commit  # type: ignore[attr-defined]

    def timed_commit() -> None:
        start = time.perf_counter()
        commit()
        clock.seconds += time.perf_counter() - start

    connection._commit = timed_commit  # type: ignore[attr-defined]
    try:
        with connection.execute_wrapper(clock):
            yield clock
    finally:
        del connection._commit  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Result:
    """Milliseconds, and the ratio of the medians: the figure to hold."""

    name: str
    unit: str
    p50: float
    p95: float
    floor_p50: float
    floor_p95: float
    ratio: float
    queries: int
    bound: str

    def line(self) -> str:
        return (
            f"{self.name:<44} {self.p50:8.2f} {self.p95:8.2f} | floor {self.floor_p50:8.2f} {self.floor_p95:8.2f} |"
            f" ratio {self.ratio:5.2f} | {self.queries:>2} queries | {self.bound}"
        )


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def compare(
    name: str,
    ours: Callable[[], float],
    floor: Callable[[], float],
    *,
    rounds: int,
    queries: int,
    bound: str,
    unit: str = "ms",
    warmup: int = 3,
) -> Result:
    """Run `ours` and `floor` in turn; each returns the seconds that count."""
    for _ in range(warmup):
        ours()
        floor()
    mine, bare = [], []
    for _ in range(rounds):
        mine.append(ours() * 1000)
        bare.append(floor() * 1000)
    return Result(
        name=name,
        unit=unit,
        p50=statistics.median(mine),
        p95=percentile(mine, 0.95),
        floor_p50=statistics.median(bare),
        floor_p95=percentile(bare, 0.95),
        ratio=statistics.median(mine) / statistics.median(bare),
        queries=queries,
        bound=bound,
    )


def timed(act: Callable[[], Any]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
