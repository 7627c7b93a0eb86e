"""The child: reads (type, content) from its input, answers with a sanitised copy or a refusal, again and again until its input ends.

    request   length type  length content
    answer    "A" pages length type length content | "R" length reason | "E" length name of the error
              (lengths and pages: 4 bytes, big-endian)

It holds no password, opens no file and writes none. Its memory is bounded for ever, its processor time anew for each file.
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from typing import IO

from documents.atelier import images, limites, pdf
from documents.atelier.limites import Apercu, Irrecevable

TROP_LOURD = "Ce fichier demande trop de mémoire pour être ouvert : réduisez-le, ou numérisez le document de nouveau."


def work(type: str, contenu: bytes) -> Apercu:
    """Raises Irrecevable; anything else that is raised is told by its name."""
    made = pdf.sanitised(contenu) if type == "application/pdf" else images.sanitised(contenu, type)
    if len(made.contenu) > limites.SORTIE:
        raise Irrecevable("Ce fichier est trop volumineux une fois ouvert : numérisez-le avec une définition plus basse.")
    return made


def answer(type: str, contenu: bytes) -> bytes:
    """The whole answer to one request."""
    try:
        made = work(type, contenu)
    except Irrecevable as refused:
        return b"R" + _framed(refused.motif.encode())
    except MemoryError:
        return b"R" + _framed(TROP_LOURD.encode())
    except Exception as error:  # its text may quote the file: only its name goes out
        return b"E" + _framed(error.__class__.__name__.encode())
    return b"A" + struct.pack("!I", made.pages) + _framed(made.type.encode()) + _framed(made.contenu)


def _framed(part: bytes) -> bytes:
    return struct.pack("!I", len(part)) + part


def _read(source: IO[bytes]) -> bytes | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack("!I", head)
    part = source.read(length)
    return part if len(part) == length else None


def main() -> None:
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints does not break the exchange
    resource.setrlimit(resource.RLIMIT_AS, (limites.MEMOIRE, limites.MEMOIRE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        type, contenu = _read(source), _read(source)
        if type is None or contenu is None:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime) + limites.SECONDES_CPU
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
        sink.write(answer(type.decode(), contenu))
        sink.flush()


if __name__ == "__main__":
    main()
