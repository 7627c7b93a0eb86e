"""The worker's side of the workshop: one child per process, kept from file to file, killed when too slow, replaced when it dies."""

from __future__ import annotations

import base64
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

from documents.atelier import limites
from documents.atelier.limites import Apercu, AtelierEnPanne, Irrecevable

ROOT = Path(__file__).resolve().parents[2]
TEMOIN = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC")
"""A white dot, as PNG."""


def fabriquer(contenu: bytes, type: str) -> Apercu:
    """The sanitised copy of a file whose content is of `type` (one of scan.ACCEPTED). Slow: never inside a transaction.

    Raises Irrecevable when the file cannot be shown safely, AtelierEnPanne when the child died of it or took too long.
    """
    with _LOCK:
        return _child().make(contenu, type)


def fonctionne() -> bool:
    """Whether the workshop makes the copy of a picture known to be good: else it, and no file, is the cause of its failures."""
    try:
        fabriquer(TEMOIN, "image/png")
    except (AtelierEnPanne, Irrecevable):
        return False
    return True


class Etabli:
    """A running child, and the process that started it: a fork of the worker starts its own."""

    def __init__(self) -> None:
        self.owner, self.jobs = os.getpid(), 0
        # Its environment is made from nothing: whoever takes the child over through a file finds no password there.
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "documents.atelier.etabli"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C meant for the worker leaves it finish its file
        )

    @property
    def usable(self) -> bool:
        return self.owner == os.getpid() and self.jobs < limites.TRAVAUX and self.process.poll() is None

    def make(self, contenu: bytes, type: str) -> Apercu:
        self.jobs += 1
        watchdog = threading.Timer(limites.SECONDES, self.process.kill)
        watchdog.start()
        try:
            status = self._exchange(contenu, type)
        except (OSError, EOFError, struct.error) as error:
            self.close()
            raise AtelierEnPanne(f"the child ended with {self.process.returncode}") from error
        except BaseException:  # the worker itself is interrupted in mid-exchange: the pipes are no longer in step
            self.close()
            raise
        finally:
            watchdog.cancel()
        if isinstance(status, Apercu):
            return status
        kind, said = status
        if kind == b"R":
            raise Irrecevable(said)
        raise AtelierEnPanne(said)

    def _exchange(self, contenu: bytes, type: str) -> Apercu | tuple[bytes, str]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        for part in (type.encode(), contenu):
            stdin.write(struct.pack("!I", len(part)) + part)
        stdin.flush()
        kind = stdout.read(1)
        if not kind:
            raise EOFError
        if kind != b"A":
            return kind, _part(stdout).decode()
        (pages,) = struct.unpack("!I", stdout.read(4))
        return Apercu(type=_part(stdout).decode(), pages=pages, contenu=_part(stdout))

    def close(self) -> None:
        """End the child and wait for it. Nothing is lost: it keeps nothing from file to file."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be written has nobody to read it
                    continue
        self.process.wait()


def _part(stdout: object) -> bytes:
    (length,) = struct.unpack("!I", stdout.read(4))  # type: ignore[attr-defined]
    if length > limites.SORTIE:
        raise EOFError
    part: bytes = stdout.read(length)  # type: ignore[attr-defined]
    if len(part) != length:
        raise EOFError
    return part


_LOCK = threading.Lock()
_current: Etabli | None = None


def _child() -> Etabli:
    global _current
    if _current is not None and not _current.usable:
        if _current.owner == os.getpid():
            _current.close()
        _current = None
    if _current is None:
        try:
            _current = Etabli()
        except OSError as error:
            raise AtelierEnPanne(f"no child: {error.strerror}") from error
    return _current
