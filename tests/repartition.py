"""How `make test` shares the files between its processes: the long ones first, those of the browser together.

By itself xdist gives the files with the most tests first, and so ends on those that hold one test of a minute, on one processor.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ENSEMBLE = "tests/e2e/"
"""One process walks them all: its servers start once."""
LONGS = (
    ENSEMBLE, "tests/canari/", "tests/demonstration/", "tests/project/test_embedded", "tests/faults/", "tests/races/",
    "tests/portal/gestion/test_routes", "tests/workflows/test_machine", "tests/api/test_schema", "tests/documents/test_evaluation",
    "tests/indemnities/calcul/test_bout_en_bout", "tests/portal/bulle/test_bulle", "tests/portal/collectivite/test_acces",
    "tests/api/test_access",
)  # fmt: skip
"""Where the minutes are, longest first. The others follow by their number of tests."""


def part_of(nodeid: str) -> str:
    """What one process runs in one go: the folder of the browser's tests, else the file."""
    return ENSEMBLE if nodeid.startswith(ENSEMBLE) else nodeid.split("::", 1)[0]


def rank_of(part: str) -> int:
    return next((rang for rang, debut in enumerate(LONGS) if part.startswith(debut)), len(LONGS))


class Repartition(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return part_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Repartition:
    config.option.loadscopereorder = False  # the order is ours
    return Repartition(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Within a file, and among files of one rank and size, the order stays the random one."""
    if hasattr(config, "workerinput"):
        sizes = Counter(part_of(item.nodeid) for item in items)
        items.sort(key=lambda item: (rank_of(part_of(item.nodeid)), -sizes[part_of(item.nodeid)]))
