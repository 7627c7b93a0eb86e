"""The tests' base: real servers, the application logins, a fresh copy of a migrated database.

* `db` (or `@pytest.mark.django_db`): one transaction, rolled back, under the login `vigie_web`.
* `vraie_base`: real commits, for races; afterwards every table is put back as the migrations left it.
* `@pytest.mark.bulle`: the same under the login `vigie_bulle`, with the bulle's addresses, keys and bucket.
* `owner_dsn`, `web_dsn`, `bulle_dsn`, `admin_dsn`: addresses for connections of one's own.

A test can't reach the network, lock rows without naming `of`, count on the order of an unordered queryset, or use an
undefined variable in a template of ours.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.models.query import QuerySet
from django.template.base import Node
from django.test import TransactionTestCase
from django.test.utils import override_settings

from cases.enums import GenreBranche
from project.embedded.keeper import using
from tests import base
from workflows import registre

if TYPE_CHECKING:  # models are imported once Django is set up
    from tests.factories import Monde

ROOT = Path(__file__).resolve().parents[1]


def _is_ours(path: str) -> bool:
    return path.startswith(f"{ROOT}/") and not path.startswith((f"{ROOT}/.venv/", f"{ROOT}/node_modules/"))


# -- servers and database ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def parts() -> Iterator[None]:
    """The embedded parts that no variable replaces. They stop when the last session of tests has gone."""
    if all(os.environ.get(name) for name in ("DATABASE_URL", "BROKER_URL", "S3_ENDPOINT_URL")):
        yield
        return
    with using(settings.HOME):
        yield


@pytest.fixture(scope="session")
def buckets(parts: None) -> Iterator[None]:
    if os.environ.get("S3_ENDPOINT_URL"):
        base.create_buckets()
        yield
        base.empty_buckets()
        return
    folders = [
        settings.HOME.path / "s3" / settings.S3_BUCKET,
        settings.HOME.path / "s3_medical" / settings.S3_MEDICAL_BUCKET,
    ]
    # By the store's own door: another session may have made it remember a list of folders that has not ours.
    base.create_buckets()
    yield
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def test_database(parts: None, buckets: None) -> Iterator[base.TestDatabase]:
    database = base.TestDatabase.create()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def django_db_setup(test_database: base.TestDatabase, django_db_blocker: Any) -> Iterator[None]:
    """Point Django at the copy: the application login needs no right to create a database."""
    with django_db_blocker.unblock():
        connections["default"].settings_dict["NAME"] = test_database.name
        settings.DATABASES["default"]["NAME"] = test_database.name
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture
def vraie_base(transactional_db: None) -> None:
    """Real commits, visible to other connections and processes."""


def _put_back(_case: TransactionTestCase) -> None:
    connections.close_all()
    base.TestDatabase.current().put_back()


TransactionTestCase._fixture_teardown = _put_back  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def admin_dsn(test_database: base.TestDatabase) -> str:
    return test_database.dsn("admin")


@pytest.fixture(scope="session")
def owner_dsn(test_database: base.TestDatabase) -> str:
    """The migrations' login, already in the role of the tables' owner."""
    return test_database.dsn("owner")


@pytest.fixture(scope="session")
def web_dsn(test_database: base.TestDatabase) -> str:
    return test_database.dsn("web")


@pytest.fixture(scope="session")
def bulle_dsn(test_database: base.TestDatabase) -> str:
    return test_database.dsn("bulle")


# -- what most tests begin with -----------------------------------------------------------------------------------------


@pytest.fixture
def m(db: None) -> Monde:
    """A small CDG with one person per role."""
    from tests.factories import monde

    return monde()


@pytest.fixture
def without_antivirus(settings: Any) -> None:
    """Files are accepted unscanned, as in demonstration mode."""
    settings.CLAMD_URL, settings.DEMO = "", True


@pytest.fixture
def essai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In place of the contre-visite runs the flow of the trials (tests/essai), which asks for no business row."""
    monkeypatch.setitem(registre.FLOWS, GenreBranche.CONTRE_VISITE, "tests.essai.flows.EssaiFlow")
    _forget_the_flows()
    yield
    monkeypatch.undo()
    _forget_the_flows()


def _forget_the_flows() -> None:
    """Which flow runs a kind is read once by a process."""
    registre.flow_of.cache_clear()


# -- the bulle's process -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _as_bulle() -> Iterator[None]:
    changes = base.bulle_settings()
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(base.bulle_connection())
    if "pool" in before["OPTIONS"]:
        raise RuntimeError("a pool would keep the web's connections")
    try:
        with override_settings(**changes):
            yield
    finally:
        connection.close()
        name = connection.settings_dict["NAME"]
        connection.settings_dict.clear()
        connection.settings_dict.update(before | {"NAME": name})


_stacks: dict[str, contextlib.ExitStack] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("bulle"):  # before any fixture opens a connection
        stack = _stacks[item.nodeid] = contextlib.ExitStack()
        stack.enter_context(_as_bulle())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    try:
        return (yield)  # type: ignore[misc]
    finally:
        stack = _stacks.pop(item.nodeid, None)
        if stack is not None:
            stack.close()


def pytest_collection_finish() -> None:
    """What is loaded stays till the end: the collector need not walk through it again at each turn (three to eight hundredths of a run)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


# -- what a test may not do --------------------------------------------------------------------------------------------

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if not (host.startswith("127.") or host in {"::1", "localhost", ""}):
            raise RuntimeError(f"a test tried to reach {host}")
    _connect(self, address)


socket.socket.connect = _loopback_only  # type: ignore[method-assign, assignment]

_select_for_update = QuerySet.select_for_update


def _named_lock(self: QuerySet[Any], nowait: bool = False, skip_locked: bool = False, of: Any = (), no_key: bool = False) -> Any:
    caller = sys._getframe(1)
    if caller.f_code.co_filename.endswith("django/db/models/manager.py") and caller.f_back is not None:
        caller = caller.f_back
    if not of and _is_ours(caller.f_code.co_filename):
        raise AssertionError('select_for_update() must say which rows it locks: of=("self",)')
    return _select_for_update(self, nowait=nowait, skip_locked=skip_locked, of=of, no_key=no_key)


QuerySet.select_for_update = _named_lock  # type: ignore[method-assign]

_fetch_all = QuerySet._fetch_all
_shuffler = random.Random()


def _shuffled(self: QuerySet[Any]) -> None:
    first = self._result_cache is None
    _fetch_all(self)
    rows = self._result_cache
    if first and rows and not self.ordered and not self.query.is_sliced:
        _shuffler.shuffle(rows)


QuerySet._fetch_all = _shuffled  # type: ignore[method-assign]


class _Undefined(str):
    """Stands for an undefined variable; fails when the template is ours."""

    def __new__(cls) -> _Undefined:
        return super().__new__(cls, "%s")

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: Any) -> str:
        frame: Any = sys._getframe(1)
        while frame is not None:
            node = frame.f_locals.get("self")
            origin = getattr(node, "origin", None) if isinstance(node, Node) else None
            if origin is not None:
                if _is_ours(str(origin.name)):
                    raise AssertionError(f"undefined variable « {variable} » in {origin.name}")
                return ""
            frame = frame.f_back
        return ""


@pytest.fixture(autouse=True, scope="session")
def _undefined_variables_fail() -> None:
    from django.template import engines

    engines["django"].engine.string_if_invalid = _Undefined()  # type: ignore[attr-defined]
