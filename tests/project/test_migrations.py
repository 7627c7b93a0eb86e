"""An installation of an earlier version goes on, or is told by which version to pass."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from project.checks import no_room_is_between_two_versions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def owner(settings: Any) -> None:
    settings.PROCESS = "owner"


def found() -> list[str]:
    return [error.msg for error in no_room_is_between_two_versions(databases=["default"]) if error.id == "project.E003"]


def test_a_database_whose_migrations_were_replaced_since_has_nothing_to_do() -> None:
    """Before ADR 0032 it had applied each of them, and knew nothing of those that replace them."""
    assert MigrationRecorder.Migration.objects.filter(app__in=settings.ROOMS, name__contains="_squashed_").delete()[0] >= 11
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert found() == []


@pytest.mark.parametrize("room", ["cases", "portal", "journal"])
def test_a_database_that_stopped_between_is_refused_in_clear(room: str) -> None:
    squashed = next(key for key, migration in MigrationLoader(None).disk_migrations.items() if key[0] == room and migration.replaces)
    last = MigrationLoader(None).disk_migrations[squashed].replaces[-1]
    assert MigrationRecorder.Migration.objects.filter(app=last[0], name=last[1]).delete()[0] == 1
    assert len(found()) == 1
    assert ".".join(squashed) in found()[0]
    assert any(error.id == "project.E003" for error in run_checks(databases=["default"])), "what migrate asks before it begins"
