"""AES-256-GCM envelopes: a fresh data key per row, wrapped by the ring; labels that bind each ciphertext to its table, row and field.

A ciphertext moved to another row, field or place of a file does not open. Files are cut in numbered segments, the last one marked, so
that none can be dropped, repeated or reordered unseen, and a reader verifies each before it gives it out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.utils import timezone

from medical.models.cles import Cle
from medical.trousseau import KEY_BYTES, NONCE, trousseau

SEGMENT = 256 * 1024
"""Bytes of clear text in each segment but the last."""
TAG = 16
SEALED_SEGMENT = NONCE + SEGMENT + TAG


class ContenuAltere(Exception):
    """What is stored is not what was written here: changed, cut, moved from another row, or written under another key."""


def label(table: str, uid: UUID, champ: str) -> bytes:
    """« table:row:field », the associated data of a ciphertext. Stable for ever: it outlives renamings in the code."""
    return f"{table}:{uid}:{champ}".encode()


@dataclass(frozen=True)
class Ouverte:
    """A data key, open in memory, with the row that keeps it wrapped."""

    cle: Cle
    brute: bytes

    def seal(self, clair: str, etiquette: bytes) -> bytes:
        """Encrypt a text for one place."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self.brute).encrypt(nonce, clair.encode(), etiquette)

    def open(self, scelle: bytes | memoryview, etiquette: bytes) -> str:
        """Decrypt a text at its place. Raises ContenuAltere."""
        brut = bytes(scelle)
        return _decrypt(self.brute, brut, etiquette).decode()

    def seal_stream(self, morceaux: Iterable[bytes], etiquette: bytes) -> Iterator[bytes]:
        """Encrypt a file as it comes: sealed segments, all of SEALED_SEGMENT bytes but the last."""
        cipher = AESGCM(self.brute)
        reste, numero = b"", 0
        for morceau in morceaux:
            reste += morceau
            while len(reste) > SEGMENT:  # one segment at least is kept back: the last must be known to be the last
                yield _seal_segment(cipher, reste[:SEGMENT], etiquette, numero, final=False)
                reste, numero = reste[SEGMENT:], numero + 1
        yield _seal_segment(cipher, reste, etiquette, numero, final=True)

    def open_stream(self, morceaux: Iterable[bytes], etiquette: bytes) -> Iterator[bytes]:
        """Decrypt a file, segment by segment, each verified before it is given. Raises ContenuAltere, also for a cut file."""
        reste, numero = b"", 0
        for morceau in morceaux:
            reste += morceau
            while len(reste) > SEALED_SEGMENT:
                yield _decrypt(self.brute, reste[:SEALED_SEGMENT], _place(etiquette, numero, final=False))
                reste, numero = reste[SEALED_SEGMENT:], numero + 1
        yield _decrypt(self.brute, reste, _place(etiquette, numero, final=True))


def _place(etiquette: bytes, numero: int, *, final: bool) -> bytes:
    return etiquette + b":%d:%s" % (numero, b"fin" if final else b"suite")


def _seal_segment(cipher: AESGCM, clair: bytes, etiquette: bytes, numero: int, *, final: bool) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + cipher.encrypt(nonce, clair, _place(etiquette, numero, final=final))


def _decrypt(brute: bytes, scelle: bytes, etiquette: bytes) -> bytes:
    try:
        return AESGCM(brute).decrypt(scelle[:NONCE], scelle[NONCE:], etiquette)
    except (InvalidTag, ValueError) as error:
        raise ContenuAltere(etiquette.decode()) from error


def new_data_key() -> Ouverte:
    """Draw a data key and keep it wrapped. Raises CleIndisponible when the ring does not answer."""
    ring, brute = trousseau(), secrets.token_bytes(KEY_BYTES)
    cle = Cle(kek=ring.courante)
    cle.emballee = ring.wrap(brute, _wrap_label(cle))
    cle.save(force_insert=True)
    return Ouverte(cle, brute)


def open_data_key(cle: Cle) -> Ouverte:
    """Raises CleIndisponible when the key that wraps it is not there."""
    return Ouverte(cle, trousseau().unwrap(cle.kek, bytes(cle.emballee), _wrap_label(cle)))


def rewrap(cle_id: int) -> bool:
    """Wrap one data key anew under the ring's current key. Returns whether it was needed. What it encrypts is not touched."""
    ring = trousseau()
    with transaction.atomic():
        cle = Cle.objects.select_for_update(of=("self",)).get(pk=cle_id)
        if cle.kek == ring.courante:
            return False
        brute = ring.unwrap(cle.kek, bytes(cle.emballee), _wrap_label(cle))
        cle.emballee, cle.kek, cle.reemballee_le = ring.wrap(brute, _wrap_label(cle)), ring.courante, timezone.now()
        cle.save(update_fields=["emballee", "kek", "reemballee_le"])
    return True


def _wrap_label(cle: Cle) -> bytes:
    return label("medical_cle", cle.uid, "emballee")


def seal_field(ouverte: Ouverte, objet: Any, champ: str, clair: str) -> bytes:
    """Encrypt `clair` for the field `champ` of a row that has a `uid`."""
    return ouverte.seal(clair, label(objet._meta.db_table, objet.uid, champ))


def open_field(objet: Any, champ: str) -> str:
    """The clear text of one field of a row with `uid` and `cle`. Raises CleIndisponible, ContenuAltere."""
    return open_data_key(objet.cle).open(getattr(objet, champ), label(objet._meta.db_table, objet.uid, champ))
