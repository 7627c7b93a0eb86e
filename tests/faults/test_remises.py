"""Transfers under faults: each act is whole or nothing, and a worker killed while it keeps a remise's file leaves one file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from documents import storage
from indemnities.models import Remise
from tests import factories as f
from tests.documents.conftest import FaultyStore, faulty_store
from tests.faults.conftest import Fault, count_statements, fault_at, picture
from tests.faults.test_processes import ROOT, environment, wait_for
from tests.faults.test_statements import Act, _undone
from tests.indemnities.virements import bordereau, camt053, ecriture, emise, pain002, payeur_cdg, remise
from workflows import retours, virements

__all__ = ["faulty_store"]
WORK = "import sys, django; django.setup(); from workflows import tasks; print(tasks.ecrire_remise(int(sys.argv[1])))"


def compose(m: f.Monde) -> Act:
    un, deux = bordereau(m), bordereau(m, chez=m.autre_collectivite)
    return lambda: remise(m, un, deux)


def sign(m: f.Monde) -> Act:
    faite = compose(m)()
    return lambda: virements.signer(acteur=m.payeur2, numero=faite.numero)  # type: ignore[attr-defined]


def give_up(m: f.Monde) -> Act:
    faite = compose(m)()
    return lambda: virements.abandonner(acteur=m.payeur, numero=faite.numero, motif="Mauvaise date")  # type: ignore[attr-defined]


def settle(m: f.Monde) -> Act:
    faite = emise(m, bordereau(m, "100.00", "7.00"))
    reponse = retours.Reponse(faite.virements.get().reference, retours.Sort.EXECUTE, "", faite.total, faite.execution)
    return lambda: retours._answer(m.payeur, reponse)


def reject(m: f.Monde) -> Act:
    faite = emise(m, bordereau(m, "100.00", "7.00"))
    reponse = retours.Reponse(faite.virements.get().reference, retours.Sort.REJETE, "AC04")
    return lambda: retours._answer(m.payeur, reponse)


@pytest.mark.parametrize("prepare", [compose, sign, give_up, settle, reject], ids=lambda p: p.__name__)
def test_a_fault_at_any_statement_changes_nothing(db: None, prepare: Callable[[f.Monde], Act]) -> None:
    act = prepare(payeur_cdg(f.monde()))
    before = picture()
    _undone(act)
    total = _undone(lambda: count_statements(act))
    assert isinstance(total, int)
    assert total > 3
    for rank in range(1, total + 1, 1 if os.environ.get("VIGIE_PROVE") else 3):
        with pytest.raises(Fault), fault_at(rank, after=bool(rank % 2)):
            act()
        assert picture() == before, f"statement {rank} of {total}"
    assert _undone(lambda: (act(), picture())[1]) != before, "and without a fault it does something"


@pytest.mark.lent
@pytest.mark.parametrize("step", ["PUT", "GET"])
def test_a_worker_killed_while_it_keeps_the_file(vraie_base: None, settings: Any, faulty_store: FaultyStore, step: str) -> None:
    """By signal 9, once the store has written the file (PUT), or has been read back (GET), and before it has answered."""
    m = payeur_cdg(f.monde())
    faite = remise(m, bordereau(m))
    virements.signer(acteur=m.payeur2, numero=faite.numero)
    storage.remove(faite.nom_fichier)
    reached, released = threading.Event(), threading.Event()

    def hang(method: str, path: str, body: bytes) -> None:
        if not released.is_set() and method == step:
            reached.set()
            released.wait(60)

    faulty_store.fault = hang  # type: ignore[assignment]
    variables = environment(
        S3_ENDPOINT_URL=faulty_store.url, S3_ACCESS_KEY_ID=settings.S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY=settings.S3_SECRET_ACCESS_KEY
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORK, str(faite.pk)], cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(lambda: reached.is_set() or worker.poll() is not None, step)
        assert worker.poll() is None, worker.communicate()[0]
    finally:
        worker.kill()
        released.set()
        worker.communicate(timeout=60)
    assert Remise.objects.get().ecrit_le is None
    left = storage.read_kept(faite.nom_fichier)
    assert virements.balayer() == 1
    assert virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)[1] == left
    assert [o.cle for o in storage.listing("remises/") if faite.numero in o.cle] == [f"{faite.numero}.xml"]


@pytest.mark.usefixtures("vraie_base")
def test_a_message_cut_at_any_statement_is_finished_by_the_next_reading() -> None:
    """Real commits: each line is a transaction of its own. Paid once, rejected once, whatever was done before the cut."""
    m = payeur_cdg(f.monde())

    def message(serie: int) -> tuple[Remise, bytes]:
        un, deux = bordereau(m), bordereau(m, "7.00", chez=m.autre_collectivite)
        faite = emise(m, un, deux)
        if serie % 2:
            return faite, camt053(ecriture(f"{un.numero}-1", "100.00"), ecriture(f"{deux.numero}-1", "7.00"), message=f"M{serie}")
        return faite, pain002(faite.numero, groupe="RJCT", code="AC04", message=f"M{serie}")

    _, contenu = message(0)
    total = count_statements(lambda: retours.importer(acteur=m.payeur, contenu=contenu))
    for serie, rank in enumerate(range(2, total + 1, 7 if os.environ.get("VIGIE_PROVE") else 41), start=1):
        faite, contenu = message(serie)
        with pytest.raises(Fault), fault_at(rank, after=False):
            retours.importer(acteur=m.payeur, contenu=contenu)
        retours.importer(acteur=m.payeur, contenu=contenu)
        faite.refresh_from_db()
        assert faite.etat == ("REGLEE" if serie % 2 else "REJETEE")
