"""The keeper: one process owns the embedded parts of a home, restarts what dies and stops all it started.

`python -m project.embedded start|stop|keep`. Users hold the shared lock « users »; with --while-used the keeper leaves
when nobody holds it any more, however its users ended.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from project import environment
from project.embedded.home import ROOT, Busy, Home, default_home
from project.embedded.postgres import Postgres
from project.embedded.process import start_time, wait_for
from project.embedded.s3 import S3
from project.embedded.valkey import Valkey
from project.provision import provision_cluster, provision_database

DATABASE = "vigie"
BUCKET = "vigie-pieces"
MEDICAL_BUCKET = "vigie-medical"


class Part(Protocol):
    name: str
    process: subprocess.Popen[bytes] | None

    def start(self, port: int, log: Path) -> None: ...
    def answers(self, port: int) -> bool: ...
    def stop(self) -> None: ...


class Keeper:
    def __init__(self, home: Home) -> None:
        self.home = home
        self.stopping = False
        # A part that a variable replaces by a real server is not started.
        self.parts: list[Part] = []
        if not os.environ.get("DATABASE_URL"):
            self.parts.append(Postgres(home))
        if not os.environ.get("BROKER_URL"):
            self.parts.append(Valkey(home))
        if not os.environ.get("S3_ENDPOINT_URL"):
            self.parts += [S3(home, "s3", BUCKET), S3(home, "s3_medical", MEDICAL_BUCKET)]

    def _clear_leftovers(self) -> None:
        """End what a killed keeper left behind: only processes whose pid and birth are the ones we wrote down."""
        for entry in self.home.read("state").get("processes", {}).values():
            pid, born = int(entry["pid"]), entry["born"]
            if born is not None and start_time(pid) == born:
                number = signal.SIGINT if entry["name"] == "postgres" else signal.SIGTERM
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
                if not wait_for(lambda pid=pid, born=born: start_time(pid) != born, seconds=10):  # type: ignore[misc]
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)

    def _write_state(self, *, ready: bool) -> None:
        processes: dict[str, Any] = {}
        for part in self.parts:
            if part.process is not None and part.process.poll() is None:
                pid = part.process.pid
                processes[part.name] = {"name": part.name, "pid": pid, "born": start_time(pid)}
        self.home.write("state", {"ready": ready, "keeper": os.getpid(), "processes": processes})

    def provision(self, port: int) -> None:
        logins = {login: self.home.secret(f"postgres_{login}") for login in ("vigie_owner", "vigie_web", "vigie_bulle")}
        admin = Postgres(self.home)
        provision_cluster(admin.admin_dsn(port), logins)
        if not self.home.fast:
            provision_database(admin.admin_dsn(port), DATABASE)

    def run(self, *, while_used: bool) -> int:
        ports = self.home.plan()
        try:
            # Waiting a little: whoever asks whether parts run holds this lock for an instant.
            with self.home.lock("parts", wait=5):
                self._clear_leftovers()
                ports = self._replan(ports)
                self._serve(ports, while_used=while_used)
        except Busy:
            return 0
        return 0

    def _replan(self, ports: dict[str, int]) -> dict[str, int]:
        from project.embedded.home import free_port, port_is_free

        for part in self.parts:
            if not port_is_free(ports[part.name]):
                ports[part.name] = free_port(set(ports.values()))
        self.home.write("ports", ports)
        return ports

    def _serve(self, ports: dict[str, int], *, while_used: bool) -> None:
        self._write_state(ready=False)
        for name, size in (("secret_key", 48), ("secret_key_bulle", 48), ("medical_kek", 32), ("demo_password", 9)):
            self.home.secret(name, size)
        try:
            for part in self.parts:
                part.start(ports[part.name], self.home.path / "logs" / f"{part.name}.log")
                self._write_state(ready=False)
                if part.name == "postgres":
                    self.provision(ports["postgres"])
            self._write_state(ready=True)
            self._watch(ports, while_used=while_used)
        finally:
            self._write_state(ready=False)
            for part in reversed(self.parts):
                part.stop()
            self._write_state(ready=False)

    def _watch(self, ports: dict[str, int], *, while_used: bool) -> None:
        failures = 0
        idle_since = time.monotonic()
        while not self.stopping:
            time.sleep(0.2)
            for part in self.parts:
                if part.process is not None and part.process.poll() is not None and not self.stopping:
                    failures += 1
                    time.sleep(min(0.2 * failures, 5))
                    part.start(ports[part.name], self.home.path / "logs" / f"{part.name}.log")
                    self._write_state(ready=True)
            if while_used:
                if self.home.is_locked("users"):
                    idle_since = time.monotonic()
                elif time.monotonic() - idle_since > 2:
                    return

    def stop(self, *_: object) -> None:
        self.stopping = True


def launch(home: Home, *, while_used: bool) -> subprocess.Popen[bytes] | None:
    """Start a keeper in the background unless there is one. Returns when the parts are ready."""
    started: subprocess.Popen[bytes] | None = None
    if not home.running():
        command = [sys.executable, "-m", "project.embedded", "keep", "--home", str(home.path)]
        command += ["--fast"] if home.fast else []
        command += ["--while-used"] if while_used else []
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (home.path / "logs" / "keeper.log").open("ab") as log:
            started = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
    if not wait_for(home.ready, seconds=240, alive=lambda: started is None or started.poll() in (None, 0)):
        lines = (home.path / "logs" / "keeper.log").read_text(errors="replace").strip().splitlines()
        raise RuntimeError(f"Les services embarqués ne démarrent pas : {lines[-1] if lines else '?'} (voir {home.path / 'logs'})")
    return started


@contextlib.contextmanager
def using(home: Home) -> Iterator[Home]:
    """The parts of a home, started if need be, and left to stop when their last user has gone."""
    home.create()
    with home.lock("users", shared=True, wait=10):
        launch(home, while_used=True)
        yield home


def stop_keeper(home: Home) -> bool:
    pid = home.read("state").get("keeper")
    if not pid or not home.running():
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(pid), signal.SIGTERM)
    return wait_for(lambda: not home.running(), seconds=60)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m project.embedded", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "keep", "status"])
    parser.add_argument("--home", type=Path, default=default_home())
    parser.add_argument("--fast", action="store_true", help="no fsync: for a cluster that tests throw away")
    parser.add_argument("--while-used", action="store_true", help="leave when the last user has gone")
    options = parser.parse_args()
    environment.load(ROOT)
    home = Home(options.home, fast=options.fast).create()
    if options.action == "start":
        launch(home, while_used=options.while_used)
        print(f"Services embarqués prêts ({home.path}).")
    elif options.action == "stop":
        print("Services embarqués arrêtés." if stop_keeper(home) else "Aucun service embarqué ne tourne.")
    elif options.action == "status":
        print("prêts" if home.ready() else "arrêtés")
        return 0 if home.ready() else 1
    else:
        keeper = Keeper(home)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, keeper.stop)
        return keeper.run(while_used=options.while_used)
    return 0
