"""The embedded parts: started, killed, restarted, stopped; nothing left running."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from project.embedded.home import Busy, Home
from project.embedded.keeper import launch, stop_keeper
from project.embedded.postgres import Postgres
from project.embedded.process import start_time, wait_for

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120
"""Seconds for what takes two on an idle machine: a test fails on what died or stalled, not on a disk that others keep busy."""
pytestmark = pytest.mark.lent


def _processes(home: Home) -> dict[str, int]:
    return {name: int(entry["pid"]) for name, entry in home.read("state")["processes"].items()}


def _gone(pid: int) -> bool:
    return start_time(pid) is None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    for name in ("DATABASE_URL", "BROKER_URL", "S3_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    found = Home(tmp_path / "home", fast=True).create()
    yield found
    stop_keeper(found)
    private = found.read("private").get("folder")
    if private:
        subprocess.run(["rm", "-rf", private], check=True)


def test_life_of_the_parts(home: Home) -> None:
    """One story, since each start costs a second: closed folder, restart after kills, separate credentials, clean end."""
    home.path.parent.chmod(0o700)  # as a home directory of mode 0700
    keeper = launch(home, while_used=False)
    assert keeper is not None
    ports = home.read("ports")
    assert launch(home, while_used=False) is None, "a second start finds the first"

    # Secrets are nobody else's.
    for path in [*(home.path / "secrets").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    with psycopg.connect(Postgres(home).admin_dsn(ports["postgres"])) as admin:
        admin.execute("CREATE TABLE temoin AS SELECT 1 AS a")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"host=127.0.0.1 port={ports['postgres']} user=postgres dbname=postgres password=faux")
    if os.geteuid() == 0:
        postmaster = _processes(home)["postgres"]
        assert Path(f"/proc/{postmaster}").stat().st_uid != 0, "PostgreSQL never runs as root"

    # The web's credentials open nothing in the medical store.
    def store(part: str, keys: str) -> str:
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{ports[part]}",
            aws_access_key_id=home.secret(f"{keys}_key_id"),
            aws_secret_access_key=home.secret(f"{keys}_key"),
            region_name="us-east-1",
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )
        try:
            return " ".join(bucket["Name"] for bucket in client.list_buckets()["Buckets"])
        except ClientError as error:
            return str(error.response["ResponseMetadata"]["HTTPStatusCode"])

    assert store("s3", "s3") == "vigie-pieces"
    assert store("s3_medical", "s3_medical") == "vigie-medical"
    assert store("s3_medical", "s3") == "403"
    assert store("s3", "s3_medical") == "403"

    # A part that dies is started again, on its port, with its data.
    for name in ("valkey", "s3", "postgres"):
        pid = _processes(home)[name]
        os.kill(pid, signal.SIGKILL)
        assert wait_for(lambda name=name, pid=pid: _processes(home).get(name, pid) != pid, seconds=PATIENCE), name  # type: ignore[misc]
    assert wait_for(lambda: Postgres(home).answers(ports["postgres"]), seconds=PATIENCE)
    with psycopg.connect(Postgres(home).admin_dsn(ports["postgres"])) as admin:
        assert admin.execute("SELECT a FROM temoin").fetchone() == (1,)

    # The keeper killed outright takes its parts along, and the next start finds its data.
    pids = _processes(home)
    keeper.kill()
    keeper.wait()
    for name, pid in pids.items():
        assert wait_for(lambda pid=pid: _gone(pid), seconds=PATIENCE), f"{name} outlived its keeper"  # type: ignore[misc]
    keeper = launch(home, while_used=False)
    assert keeper is not None
    assert home.read("ports") == ports, "ports are remembered"
    pids = _processes(home)
    assert stop_keeper(home)
    keeper.wait(PATIENCE)
    assert all(_gone(pid) for pid in pids.values())


def test_port_taken_by_another_is_chosen_anew(tmp_path: Path) -> None:
    import socket

    home = Home(tmp_path, fast=True)
    ports = home.plan()
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports["valkey"]))
        other.listen()
        again = home.plan()
    assert again["valkey"] != ports["valkey"]
    assert again["postgres"] == ports["postgres"]


def test_stale_state_is_not_readiness(tmp_path: Path) -> None:
    home = Home(tmp_path, fast=True).create()
    home.write("state", {"ready": True, "keeper": 2**22 + 1, "processes": {}})
    assert not home.ready()


def test_lock_is_exclusive_and_dies_with_its_holder(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    code = (
        f"from project.embedded.home import *; h = Home(Path({str(tmp_path)!r}))\n"
        "with h.lock('run'): print('pris', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"pris\n"
    with pytest.raises(Busy), home.lock("run"):
        pass
    holder.kill()
    holder.wait()
    with home.lock("run", wait=2):
        pass


def test_two_processes_agree_on_a_secret(tmp_path: Path) -> None:
    Home(tmp_path).create()
    code = f"from project.embedded.home import *; print(Home(Path({str(tmp_path)!r})).secret('x'))"
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({process.communicate()[0] for process in both}) == 1


def test_supervisor_stops_all_it_started(tmp_path: Path) -> None:
    """`make run` on an empty home: it answers, a second start is refused, a dead child comes back, SIGTERM ends everything."""
    import urllib.request

    from project.embedded.home import free_port

    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "VIGIE_", "S3_", "BROKER_"))}
    environment |= {
        "VIGIE_HOME": str(tmp_path / "home"),
        "VIGIE_ENV_FILE": os.devnull,
        "PORT": str(port),
        "BULLE_PORT": str(free_port({port})),
        "VIGIE_DEMO": "non",
        "VIGIE_MFA_REQUIRED": "non",
        "VIGIE_WEB_WORKERS": "1",
        "PYTHONPATH": str(ROOT),
        "VIGIE_STATIC_ROOT": str(tmp_path / "static"),
    }
    command = [sys.executable, "-m", "project.supervisor"]
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    family: set[int] = set()
    try:

        def ready() -> bool:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
                return bool(answer.status == 200)
            return False

        assert wait_for(ready, seconds=2 * PATIENCE, alive=lambda: running.poll() is None), (tmp_path / "log").read_text()
        second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert "tourne déjà" in second.stderr

        web = next(pid for pid in _descendants(running.pid) if "granian" in _cmdline(pid) and str(port) in _cmdline(pid))
        os.kill(web, signal.SIGKILL)
        time.sleep(1)
        assert wait_for(ready, seconds=PATIENCE), "a dead child comes back"
        assert wait_for(lambda: sum("celery" in _cmdline(pid) for pid in _descendants(running.pid)) >= 3, seconds=PATIENCE)
        family = _descendants(running.pid) | set(_processes(Home(tmp_path / "home")).values())
        assert len(family) > 6
    finally:
        running.terminate()
        running.wait(PATIENCE)
        private = Home(tmp_path / "home").read("private").get("folder")
        if private:
            subprocess.run(["rm", "-rf", private], check=True)
    assert wait_for(lambda: all(_gone(pid) for pid in family), seconds=PATIENCE), [_cmdline(pid) for pid in family if not _gone(pid)]


def _cmdline(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _descendants(root: int) -> set[int]:
    found: set[int] = set()
    todo = [root]
    while todo:
        pid = todo.pop()
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                children = [int(word) for word in path.read_text().split()]
                found.update(children)
                todo += children
    return found
