"""A real worker killed with SIGKILL at an automatic step or a timer of a procedure: nothing is half done, and the sweeper finishes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.db.models import Q
from django.test import override_settings
from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from cases.enums import EtatBranche, GenreTache
from cases.models import Branche, Tache
from journal.models import Evenement
from tests import base
from tests import factories as f
from tests.faults.conftest import picture
from tests.faults.procedures import ESSAI, PRODUIT, at_the_opinion, do, late
from tests.faults.procedures_bulle import BULLE
from workflows import automates, noeuds, registre
from workflows.coherence import anomalies
from workflows.models import Execution
from workflows.reveil import reveiller

ROOT = Path(__file__).resolve().parents[2]

WORKER = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from workflows import automates, noeuds, registre
point, mark, trial = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "essai"
if trial:
    registre.FLOWS["CONTRE_VISITE"] = "tests.essai.flows.EssaiFlow"
def dying(real, *, before):
    def act(*args, **kwargs):
        found = None if before else real(*args, **kwargs)
        mark.touch()
        os.killpg(0, signal.SIGKILL)
        return found
    return act
owner, name = {
    "avant": (automates, "_execute"),
    "au milieu": (noeuds.Automatique, "run"),
    "avant de valider": (noeuds.AutomatiqueActivation, "_activate_next"),
    "avant d’acquitter": (automates, "_execute"),
    "minuterie": (noeuds.DelaiActivation, "_activate_next"),
}[point]
setattr(owner, name, dying(getattr(owner, name), before=point == "avant"))
from project.celery import app
app.worker_main(["worker", "--pool=prefork", "-c", "1", "-l", "warning", "-Q", sys.argv[4]])
"""
POINTS = ("avant", "au milieu", "avant de valider", "avant d’acquitter")
DONE_BY_THEN = "avant d’acquitter"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "worker.log"
    forget_messages()


def killed(point: str, log: Path, *, trial: bool = False, bulle: bool = False) -> None:
    """A worker takes what waits in its queue, and dies at `point` with its pool."""
    mark = log.with_name("mort")
    command = [sys.executable, "-c", WORKER, point, str(mark), "essai" if trial else "produit", "bulle" if bulle else "default"]
    environment = base.environment("bulle" if bulle else "web") | {"VIGIE_DEMO": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True)
        try:
            assert process.wait(timeout=60) == -signal.SIGKILL, log.read_text()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the group is ours: start_new_session
            process.wait(timeout=60)
    assert mark.exists()
    connection.close()


def forget_messages() -> None:
    with current_app.connection_for_write() as broker:
        for queue in ("default", "bulle"):
            broker.default_channel.queue_purge(queue)  # type: ignore[attr-defined] # of every transport but the abstract one


def wake(execution: Execution) -> None:
    """Its message alone in the queues: earlier ones were for steps that are done."""
    forget_messages()
    reveiller(execution)


def sweep(*, bulle: bool) -> int:
    """What the sweeper of that process does."""
    with override_settings(PROCESS="bulle" if bulle else "web"):
        return automates.balayer()


def whole(*, bulle: bool) -> dict[str, str]:
    """All that a worker could have half done: its departure alone is written before it begins."""
    return picture(but=frozenset({Execution._meta.db_table})) | (picture(schema="medical") if bulle else {})


def waiting(branche: Branche) -> Execution:
    return Execution.objects.get(etape__process=branche.processus_id, terminee_le=None)


def told(branche: Branche) -> list[str]:
    """Every event of the branch and of its dossier, in order."""
    dossier = Q(sinistre_id=branche.sinistre_id) if branche.sinistre_id is not None else Q(objet_type="branche", objet_id=branche.pk)
    found = Evenement.objects.filter(dossier).order_by("pk").values_list("type", flat=True)
    return list(found)


def survives(branche: Branche, point: str, log: Path, *, trial: bool = False, medical: bool = False) -> None:
    """Killed at `point`: all of it or nothing is there, and swept or delivered anew it is done once. `medical`: we read that schema."""
    execution = waiting(branche)
    bulle = execution.dans_la_bulle
    before, events = whole(bulle=medical), told(branche)
    wake(execution)
    killed(point, log, trial=trial, bulle=bulle)
    assert anomalies() == []
    if point == DONE_BY_THEN:
        assert automates.executer(execution.pk) is False, "delivered again: done already"
    else:
        assert whole(bulle=medical) == before, "nothing is half done"
        assert sweep(bulle=bulle) == 1
    execution.refresh_from_db()
    assert execution.terminee_le is not None and execution.tentatives == 0
    assert Task.objects.get(pk=execution.etape_id).status == STATUS.DONE
    after = told(branche)
    assert after[: len(events)] == events
    assert automates.executer(execution.pk) is False
    assert told(branche) == after, "once"
    assert anomalies() == []


FEW = [("appliquer", "au milieu"), ("diffuser", DONE_BY_THEN)]
MANY = [(nom, point) for nom in ESSAI for point in POINTS if (nom, point) not in FEW]
PROVE = pytest.mark.skipif(not os.environ.get("VIGIE_PROVE"), reason="a worker for each: make prove")


@pytest.mark.lent
@pytest.mark.usefixtures("essai")
@pytest.mark.parametrize(("nom", "point"), [*FEW, *(pytest.param(*case, marks=PROVE) for case in MANY)])
def test_a_worker_killed_at_an_automatic_step(vraie_base: None, log: Path, nom: str, point: str) -> None:
    m = f.monde()
    branche = ESSAI[nom](m)
    survives(branche, point, log, trial=True)
    match nom:
        case "diffuser":
            do(m, branche, "avis", "conclusions", "honoraires", "decision")
            automates.balayer()
        case "escalader":
            assert Tache.objects.filter(genre=GenreTache.ESCALADE, objet_id=branche.pk).count() == 1
            do(m, branche, "avis", "conclusions", "honoraires", "decision")
            automates.balayer()
    assert Branche.objects.get(pk=branche.pk).etat == EtatBranche.TERMINEE
    assert told(branche).count("essai.applique") == told(branche).count("essai.diffuse") == 1
    assert anomalies() == []


@pytest.mark.lent
@PROVE
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nom", sorted(PRODUIT))
def test_a_worker_killed_at_a_step_of_the_product(vraie_base: None, log: Path, nom: str, point: str) -> None:
    survives(PRODUIT[nom](f.monde()), point, log)


@pytest.mark.lent
@pytest.mark.bulle
@PROVE
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nom", sorted(BULLE))
def test_a_worker_killed_at_a_step_of_a_procedure_of_the_bulle(vraie_base: None, log: Path, settings: Any, nom: str, point: str) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True
    survives(BULLE[nom](f.monde()), point, log, medical=True)


def fails_once(branche: Branche, nom: str, monkeypatch: pytest.MonkeyPatch, *, medical: bool = False) -> None:
    """Stopped once all is written, nothing of it stays but the attempt; tried again, it is done."""
    execution = waiting(branche)
    assert execution.etape.flow_task.name == nom.partition(".")[2]
    before = whole(bulle=medical)
    with monkeypatch.context() as patch:
        patch.setattr(noeuds.AutomatiqueActivation, "_activate_next", stop)
        assert automates.executer(execution.pk) is False
    assert whole(bulle=medical) == before
    execution.refresh_from_db()
    assert (execution.tentatives, execution.terminee_le) == (1, None)
    assert anomalies() == []
    Execution.objects.filter(pk=execution.pk).update(prochain_essai=timezone.now())
    assert sweep(bulle=execution.dans_la_bulle) == 1
    assert anomalies() == []


def stop(*_: object) -> None:
    raise RuntimeError("panne")


@pytest.mark.parametrize("nom", sorted(PRODUIT))
def test_a_step_that_fails_leaves_nothing_half_done(db: None, monkeypatch: pytest.MonkeyPatch, nom: str) -> None:
    fails_once(PRODUIT[nom](f.monde()), nom, monkeypatch)


@pytest.mark.bulle
@pytest.mark.parametrize("nom", sorted(BULLE))
def test_a_step_of_the_bulle_that_fails_leaves_nothing_half_done(
    db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, nom: str
) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True
    fails_once(BULLE[nom](f.monde()), nom, monkeypatch, medical=True)


def test_every_automatic_step_of_every_flow_is_among_them() -> None:
    nodes = {(genre, node) for genre in registre.FLOWS for node in registre.flow_of(genre).instance.nodes()}
    assert {f"{genre}.{node.name}" for genre, node in nodes if isinstance(node, noeuds.Automatique)} == {*PRODUIT, *BULLE}


@pytest.mark.lent
@pytest.mark.usefixtures("essai")
def test_a_sweeper_killed_while_a_timer_runs_out(vraie_base: None, log: Path) -> None:
    m = f.monde()
    branche = late(at_the_opinion(m))
    before = picture()
    forget_messages()
    current_app.send_task("workflows.balayer")
    killed("minuterie", log, trial=True)
    assert picture() == before
    assert automates.balayer() >= 1
    automates.balayer()
    assert Tache.objects.filter(genre=GenreTache.ESCALADE, objet_id=branche.pk).count() == 1
    assert automates.balayer() == 0
    assert anomalies() == []
