"""AES-256-GCM envelopes: a fresh data key per row, wrapped by the ring; labels that bind each ciphertext to its table, row and field.

A ciphertext moved to another row, field or place of a file does not open. Files are cut in numbered segments, the last one marked, so
that none can be dropped, repeated or reordered unseen, and a reader verifies each before it gives it out.

Nonces are random, 96 bits: a data key seals one row (a hundred segments, some texts and their corrections), nowhere near the 2^32
messages that NIST SP 800-38D allows.
"""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone

from medical.errors import CleIndisponible, ContenuAltere
from medical.models.cles import Cle
from medical.trousseau import KEY_BYTES, NONCE, Trousseau, trousseau

SEGMENT = 256 * 1024
"""Bytes of clear text in each segment but the last."""
TAG = 16
SEALED_SEGMENT = NONCE + SEGMENT + TAG

TABLES: dict[str, str] = {
    "medical.cle": "medical_cle",
    "medical.facture": "medical_facture",
    "medical.fichier": "medical_fichier",
    "medical.mission": "medical_mission",
    "medical.opinion": "medical_opinion",
    "medical.seance": "medical_seance",
    "medical.soutien": "medical_soutien",
}
"""The name of each table inside labels. Never to be changed, whatever becomes of a model's or a table's name: labels outlive the code."""


def label(table: str, uid: UUID, champ: str) -> bytes:
    """« table:row:field », the associated data of a ciphertext."""
    return f"{table}:{uid}:{champ}".encode()


def label_of(objet: Any, champ: str) -> bytes:
    """The label of a field of a row that has a `uid` (known before it is inserted)."""
    return label(TABLES[objet._meta.label_lower], objet.uid, champ)


@dataclass(frozen=True, repr=False)
class Ouverte:
    """A data key, open in memory, with the row that keeps it wrapped. Its representation shows nothing."""

    cle: Cle
    brute: bytes

    def seal(self, clair: str, etiquette: bytes) -> bytes:
        """Encrypt a text for one place."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self.brute).encrypt(nonce, clair.encode(), etiquette)

    def open(self, scelle: bytes | memoryview, etiquette: bytes) -> str:
        """Decrypt a text at its place. Raises ContenuAltere."""
        return _decrypt(AESGCM(self.brute), bytes(scelle), etiquette).decode()

    def seal_stream(self, morceaux: Iterable[bytes], etiquette: bytes) -> Iterator[bytes]:
        """Encrypt a file as it comes: sealed segments, all of SEALED_SEGMENT bytes but the last, which may be empty."""
        cipher = AESGCM(self.brute)
        # One segment at least is kept back: the last must be known to be the last.
        for numero, (clair, final) in enumerate(_cut(morceaux, SEGMENT)):
            nonce = secrets.token_bytes(NONCE)
            yield nonce + cipher.encrypt(nonce, clair, _place(etiquette, numero, final=final))

    def open_stream(self, morceaux: Iterable[bytes], etiquette: bytes) -> Iterator[bytes]:
        """Decrypt a file, segment by segment, each verified before it is given. Raises ContenuAltere, also for a cut file."""
        cipher = AESGCM(self.brute)
        for numero, (scelle, final) in enumerate(_cut(morceaux, SEALED_SEGMENT)):
            yield _decrypt(cipher, scelle, _place(etiquette, numero, final=final))


def sealed_size(taille: int) -> int:
    """Bytes of the ciphertext of a file of `taille` bytes."""
    return taille + (NONCE + TAG) * max(1, -(-taille // SEGMENT))


def clear_size(taille_scellee: int) -> int:
    """Bytes of the file whose ciphertext has `taille_scellee` bytes. Raises ContenuAltere for a length that no ciphertext has."""
    segments = max(1, -(-taille_scellee // SEALED_SEGMENT))
    clair = taille_scellee - (NONCE + TAG) * segments
    if clair < 0 or sealed_size(clair) != taille_scellee:
        raise ContenuAltere("A length that no ciphertext has.")
    return clair


def _cut(morceaux: Iterable[bytes], longueur: int) -> Iterator[tuple[bytes, bool]]:
    """Cut a stream in pieces of exactly `longueur` bytes and a last one of 0 to `longueur`, marked."""
    reste = bytearray()
    for morceau in morceaux:
        reste += morceau
        debut = 0
        while len(reste) - debut > longueur:
            yield bytes(reste[debut : debut + longueur]), False
            debut += longueur
        del reste[:debut]
    yield bytes(reste), True


def _place(etiquette: bytes, numero: int, *, final: bool) -> bytes:
    return etiquette + b":%d:%s" % (numero, b"fin" if final else b"suite")


def _decrypt(cipher: AESGCM, scelle: bytes, etiquette: bytes) -> bytes:
    try:
        return cipher.decrypt(scelle[:NONCE], scelle[NONCE:], etiquette)
    except (InvalidTag, ValueError) as error:
        raise ContenuAltere(etiquette.decode()) from error


# -- Data keys ---------------------------------------------------------------------------------------------------------------

_proven: weakref.WeakSet[Any] = weakref.WeakSet()
"""The rings whose current key has opened what it wrapped before."""


def draw_data_key() -> Ouverte:
    """Draw a data key, wrapped and not yet saved: the caller saves `cle` with the row it serves. May ask a service on the network, so
    never inside a lock. Raises CleIndisponible, also when the ring's current key is not the one that wrapped before under its name:
    what would be written under a wrong key would be lost the day the right one comes back.
    """
    ring, brute = trousseau(), secrets.token_bytes(KEY_BYTES)
    _prove(ring)
    cle = Cle(kek=ring.courante)
    cle.emballee = ring.wrap(brute, label_of(cle, "emballee"))
    return Ouverte(cle, brute)


def new_data_key() -> Ouverte:
    """Draw a data key and save it. Raises CleIndisponible when the ring does not answer."""
    ouverte = draw_data_key()
    ouverte.cle.save(force_insert=True)
    return ouverte


def _prove(ring: Trousseau) -> None:
    """The current key opens the oldest data key kept under its name. Asked once per ring and process."""
    if ring in _proven:
        return
    oldest = Cle.objects.filter(kek=ring.courante).order_by("pk").first()
    if oldest is not None:
        ring.unwrap(oldest.kek, bytes(oldest.emballee), label_of(oldest, "emballee"))
        _proven.add(ring)


def open_data_key(cle: Cle) -> Ouverte:
    """Raises CleIndisponible when the key that wraps it is not there, or when it was destroyed with what it encrypted."""
    if cle.detruite:
        raise CleIndisponible("This data key was destroyed with what it encrypted.")
    return Ouverte(cle, trousseau().unwrap(cle.kek, bytes(cle.emballee), label_of(cle, "emballee")))


def rewrap(cle_id: int) -> bool:
    """Wrap one data key anew under the ring's current key. Returns whether it was done. What it encrypts is not touched.

    Unwrapped and wrapped outside any lock, then written if nobody has changed the row meanwhile. Raises CleIndisponible.
    """
    ring, cle = trousseau(), Cle.objects.get(pk=cle_id)
    if cle.detruite or cle.kek == ring.courante:
        return False
    before = bytes(cle.emballee)
    brute = ring.unwrap(cle.kek, before, label_of(cle, "emballee"))
    emballee = ring.wrap(brute, label_of(cle, "emballee"))
    done = Cle.objects.filter(pk=cle.pk, kek=cle.kek, emballee=before).update(
        emballee=emballee, kek=ring.courante, reemballee_le=timezone.now()
    )
    return bool(done)


def seal_field(ouverte: Ouverte, objet: Any, champ: str, clair: str) -> bytes:
    """Encrypt `clair` for the field `champ` of a row that has a `uid`."""
    return ouverte.seal(clair, label_of(objet, champ))


def open_field(objet: Any, champ: str) -> str:
    """The clear text of one field of a row with `uid` and `cle`. Raises CleIndisponible, ContenuAltere."""
    return open_data_key(objet.cle).open(getattr(objet, champ), label_of(objet, champ))


__all__ = [
    "SEALED_SEGMENT",
    "SEGMENT",
    "CleIndisponible",
    "ContenuAltere",
    "Ouverte",
    "clear_size",
    "draw_data_key",
    "label",
    "label_of",
    "new_data_key",
    "open_data_key",
    "open_field",
    "rewrap",
    "seal_field",
    "sealed_size",
]
