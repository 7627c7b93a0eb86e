"""A journal of one's own: anchors in a folder of the test, entries written by the real service, an owner who forges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import transaction

from journal.models import Entree
from journal.sealing import Bilan, sceller
from journal.services import consigner
from tests.horizon import wait_for_horizon


@pytest.fixture
def ancres(tmp_path: Path, settings: Any) -> Path:
    settings.ANCRES_DIR = tmp_path / "ancres"
    return tmp_path / "ancres"


@pytest.fixture
def journal(vraie_base: None, ancres: Path) -> None:
    """Real commits and a folder of anchors."""


@pytest.fixture
def owner(journal: None, owner_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """Whoever owns the tables, with the append-only triggers switched off: what the verification is for."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        for table in ("journal_entree", "journal_sceau"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield connection
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        for table in ("journal_entree", "journal_sceau"):
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def write(count: int, **champs: Any) -> list[int]:
    """`count` entries, each in a transaction of its own. Their ids, oldest first."""
    for rang in range(count):
        with transaction.atomic():
            consigner(**({"acteur": None, "action": "essai", "objet_type": "essai", "objet_id": rang, "donnees": {"n": rang}} | champs))
    return sorted(Entree.objects.order_by("-id").values_list("id", flat=True)[:count])


def seal(**options: int) -> Bilan:
    """One round of the sealer, once nothing older runs on the server."""
    wait_for_horizon()
    return sceller(**options)


def verify(*arguments: str) -> tuple[int, list[str]]:
    """Exit code and lines of `manage.py verifier_journal`."""
    out = StringIO()
    try:
        call_command("verifier_journal", *arguments, stdout=out)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


Attack = Callable[[psycopg.Connection[Any], list[int]], object]
