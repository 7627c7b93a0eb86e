"""Two doors for returned messages: a server's pipe (`manage.py recevoir_rebond`), and a Maildir that is looked at each minute.

In the Maildir a message is acted on, then moved from new/ to cur/ (marked as seen when it told something): killed in between, it is read
again, which changes nothing. What can't be read is moved to ecartes/, beside new/ and cur/, and never deleted. A folder that can't be
listed, or a database that is down, leaves everything where it is.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError

from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import LIMITE, lire

logger = logging.getLogger(__name__)

LOT = 200
DUREE = 60.0
"""Seconds after which the rest waits for the next minute: hostile messages may take a second each."""
ECARTES = "ecartes"


class Illisible(Exception):
    """Not a message one can read: no plain file, or too long."""


def recevoir(octets: bytes) -> int:
    """Act on one returned message. How many of its reports told something new of an e-mail of ours."""
    return sum(constater(rebond) for rebond in lire(octets))


def lire_maildir() -> int:
    """Act on the oldest messages of VIGIE_REBONDS_MAILDIR, LOT at most. How many were moved out of new/. Safe to run twice at once."""
    if not settings.REBONDS_MAILDIR:
        return 0
    maildir = Path(settings.REBONDS_MAILDIR)
    try:
        for nom in ("cur", ECARTES):
            (maildir / nom).mkdir(mode=0o700, exist_ok=True)
        noms = sorted(entry.name for entry in os.scandir(maildir / "new") if not entry.name.startswith("."))
    except OSError as error:
        logger.error("boite des retours illisible", extra={"erreur": type(error).__name__})
        return 0
    prises, fin = 0, time.monotonic() + DUREE
    for nom in noms[:LOT]:
        prises += _take(maildir, nom)
        if time.monotonic() > fin:
            break
    return prises


def _take(maildir: Path, nom: str) -> bool:
    """Act on one file and move it. A name is never logged: servers write what they like in it."""
    try:
        vu = recevoir(_content(maildir / "new" / nom)) > 0
        rangee = Path("cur") / f"{nom.partition(':')[0]}:2,{'S' if vu else ''}"
    except (OperationalError, InterfaceError):
        raise
    except FileNotFoundError:
        return False  # another worker has moved it
    except Exception as error:  # one message must not keep the others from being read
        logger.error("retour mis de côté", extra={"erreur": type(error).__name__})
        rangee = Path(ECARTES) / nom
    return _move(maildir / "new" / nom, maildir / rangee)


def _content(chemin: Path) -> bytes:
    """The bytes of a plain file, LIMITE at most; a link, a pipe or a folder is not opened. Raises Illisible, OSError."""
    handle = os.open(chemin, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as fichier:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Illisible
        octets = fichier.read(LIMITE + 1)
    if len(octets) > LIMITE:
        raise Illisible
    return octets


def _move(depuis: Path, vers: Path) -> bool:
    """Move without writing over a file that has the same name."""
    if os.path.lexists(vers):
        vers = vers.with_name(f"{os.urandom(8).hex()}.{vers.name}"[:250])
    try:
        depuis.rename(vers)
    except FileNotFoundError:
        return False
    except OSError as error:
        logger.error("retour resté en place", extra={"erreur": type(error).__name__})
        return False
    return True
