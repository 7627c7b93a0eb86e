"""The chain's arithmetic: pure functions, so that anybody can recompute a seal from an entry and the seal before it.

    empreinte(rang) = SHA-256( empreinte(rang - 1) ‖ canonical(rang, scelle_le, every column of the entry) )

The entry's `empreinte` column is the salted digest of its payload: through it the chain covers the payload, and stays
verifiable once retention has erased it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

GENESIS = hashlib.sha256(b"vigie.journal.1").digest()
"""What stands before the first seal: 32 bytes."""

COLUMNS = (
    "id",
    "xid",
    "le",
    "acteur_id",
    "acteur",
    "origine",
    "action",
    "objet_type",
    "objet_id",
    "sinistre_id",
    "motif",
    "empreinte",
)
"""Every column of an entry, in the order of the encoding. A column added later needs another version of the encoding."""

VERSION = 1


@dataclass(frozen=True)
class Tete:
    """The end of the chain: `rang` seals (0 when empty), the last `empreinte`, and the (xid, id) of the last sealed entry."""

    rang: int
    empreinte: bytes
    xid: int
    entree_id: int


EMPTY = Tete(rang=0, empreinte=GENESIS, xid=0, entree_id=0)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


def canonical(rang: int, scelle_le: dt.datetime, entree: tuple[Any, ...]) -> bytes:
    """A seal's text: a JSON list (no spaces, UTF-8), instants in UTC to the microsecond, bytes in hexadecimal.

    `entree` holds the values of COLUMNS. JSON keeps texts, numbers and nulls apart, so that no two rows give the same bytes.
    """
    row = [VERSION, rang, _plain(scelle_le), *(_plain(value) for value in entree)]
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()


def link(precedent: bytes, rang: int, scelle_le: dt.datetime, entree: tuple[Any, ...]) -> bytes:
    """The seal of an entry: 32 bytes."""
    return hashlib.sha256(precedent + canonical(rang, scelle_le, entree)).digest()
