"""VIGIE_HOME: the one folder that holds the state of the embedded parts, their ports and their secrets."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]

PARTS = ("postgres", "valkey", "s3", "s3_medical")


def default_home() -> Path:
    return Path(os.environ.get("VIGIE_HOME") or ROOT / ".local").expanduser().absolute()


class Busy(Exception):
    """Another process holds the lock."""


class Home:
    """Files of one installation. Each secret is a file of its own, so that a process reads only what is its due."""

    def __init__(self, path: Path, *, fast: bool = False) -> None:
        self.path = path
        self.fast = fast

    def create(self) -> Home:
        # Traversable (not listable) for the unprivileged user that PostgreSQL runs as, when we are root.
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in ("secrets", "logs", "run"):
            folder = self.path / name
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
        return self

    # -- secrets ---------------------------------------------------------------------------------------------------

    def read_secret(self, name: str) -> str | None:
        try:
            return (self.path / "secrets" / name).read_text().strip() or None
        except OSError:
            return None

    def secret(self, name: str, size: int = 24) -> str:
        """The secret of that name, made up the first time. Two processes at once agree on one value."""
        found = self.read_secret(name)
        if found:
            return found
        folder = self.path / "secrets"
        descriptor, temporary = tempfile.mkstemp(dir=folder)  # mkstemp creates with mode 0600
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(size) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(temporary, folder / name)
        os.unlink(temporary)
        value = self.read_secret(name)
        if value is None:
            raise RuntimeError(f"secret {name} could not be written in {folder}")
        return value

    # -- ports and process ids -------------------------------------------------------------------------------------

    def read(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads((self.path / f"{name}.json").read_text()))
        except (OSError, ValueError):
            return {}

    def write(self, name: str, value: dict[str, Any]) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=self.path)
        with os.fdopen(descriptor, "w") as file:
            json.dump(value, file, indent=1, sort_keys=True)
        os.replace(temporary, self.path / f"{name}.json")

    def plan(self) -> dict[str, int]:
        """The port of each part: chosen once and remembered, chosen anew only when somebody else took it."""
        self.create()
        with self.lock("plan", wait=20):
            ports: dict[str, int] = self.read("ports")
            if self.running():
                return ports
            for part in PARTS:
                if part not in ports or not port_is_free(ports[part]):
                    ports[part] = free_port(set(ports.values()))
            self.write("ports", ports)
            return ports

    # -- locks -----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self, name: str, *, shared: bool = False, wait: float = 0) -> Iterator[IO[str]]:
        """Hold a lock that the kernel releases when we die. Raises Busy."""
        file = (self.path / "run" / f"{name}.lock").open("a")
        os.set_inheritable(file.fileno(), False)
        mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
        limit = time.monotonic() + wait
        try:
            while True:
                try:
                    fcntl.flock(file, mode)
                    break
                except OSError:
                    if time.monotonic() >= limit:
                        raise Busy(name) from None
                    time.sleep(0.05)
            yield file
        finally:
            file.close()

    def is_locked(self, name: str) -> bool:
        try:
            with self.lock(name):
                return False
        except (Busy, OSError):
            return (self.path / "run").is_dir()

    def running(self) -> bool:
        """Whether a keeper holds the parts of this home."""
        return self.is_locked("parts")

    def ready(self) -> bool:
        state = self.read("state")
        if not state.get("ready"):
            return False
        try:
            os.kill(int(state["keeper"]), 0)  # what a killed keeper wrote counts for nothing
        except (OSError, KeyError, ValueError):
            return False
        return self.running()

    # -- addresses -------------------------------------------------------------------------------------------------

    def addresses(self, database: str = "vigie") -> dict[str, str]:
        """Settings that the embedded parts stand for. Empty when they were never planned."""
        ports = self.read("ports")
        if not ports:
            return {}

        def url(login: str) -> str:
            return f"postgres://{login}:{self.read_secret('postgres_' + login)}@127.0.0.1:{ports['postgres']}/{database}"

        return {
            "DATABASE_URL": url("vigie_web"),
            "DATABASE_BULLE_URL": url("vigie_bulle"),
            "DATABASE_OWNER_URL": url("vigie_owner"),
            "DATABASE_ADMIN_URL": url("postgres"),
            "BROKER_URL": f"redis://:{self.read_secret('valkey')}@127.0.0.1:{ports['valkey']}/0",
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3']}",
            "S3_MEDICAL_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3_medical']}",
        }


def free_port(taken: set[int] | None = None) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in (taken or ()):
            return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
