"""Secrets of subscriptions at rest: AES-GCM under a key derived from SECRET_KEY, bound to the subscription they belong to.

They must be read again to sign, so a digest would not do. A stolen copy of the database signs nothing without the process's own key.
"""

from __future__ import annotations

import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

SIZE = 32
NONCE = 12


class SecretIllisible(Exception):
    """SECRET_KEY has changed since, or the row was moved or altered."""


def tirer() -> bytes:
    """A new secret: 32 random bytes."""
    return os.urandom(SIZE)


def sceller(secret: bytes, uid: uuid.UUID) -> bytes:
    """The secret as the row of subscription `uid` keeps it: nonce, ciphertext and tag, 60 bytes."""
    nonce = os.urandom(NONCE)
    return nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, secret, _label(uid))


def ouvrir(scelle: bytes | memoryview, uid: uuid.UUID) -> bytes:
    """The secret of subscription `uid`. Keys of SECRET_KEY_FALLBACKS open too. Raises SecretIllisible."""
    brut = bytes(scelle)
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(key).decrypt(brut[:NONCE], brut[NONCE:], _label(uid))
        except (InvalidTag, ValueError):
            continue
    raise SecretIllisible


def _cipher(key: str | bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), SIZE, salt=None, info=b"vigie/webhooks/secret/1").derive(force_bytes(key)))


def _label(uid: uuid.UUID) -> bytes:
    return b"notifications.abonnement.secret:" + uid.bytes
