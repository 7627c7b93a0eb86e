"""The key-encryption keys: kept in a file or a variable of the bulle's process, or in a key management service.

A key-encryption key wraps data keys and nothing else. The first one named wraps; the others still unwrap, until a rotation has wrapped
every data key anew (`manage.py roter_cles`).
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from functools import lru_cache
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from medical.errors import CleIndisponible

NONCE = 12
"""Random, 96 bits: a key-encryption key may wrap 2^32 data keys (NIST SP 800-38D, 8.3), far more than a CDG will ever hold."""
KEY_BYTES = 32
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_KMS = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 2, "mode": "standard"})


class Trousseau(Protocol):
    @property
    def courante(self) -> str:
        """The identifier of the key that wraps now."""

    def wrap(self, cle: bytes, label: bytes) -> bytes: ...

    def unwrap(self, kek: str, emballee: bytes, label: bytes) -> bytes: ...


class TrousseauLocal:
    """Keys given as « identifier:base64 of 32 bytes ». No message shows more than the identifier."""

    def __init__(self, cles: list[str]) -> None:
        self._cles: dict[str, AESGCM] = {}
        for rang, entree in enumerate(cles, 1):
            identifiant, separateur, encodee = entree.partition(":")
            if not separateur or not IDENTIFIER.fullmatch(identifiant):  # what stands there may be the key itself: never printed
                raise ImproperlyConfigured(f"VIGIE_MEDICAL_KEYS: entry {rang} is not « identifier:base64 ».")
            try:
                brute = base64.b64decode(encodee, validate=True)
            except (binascii.Error, ValueError):
                raise ImproperlyConfigured(f"VIGIE_MEDICAL_KEYS: « {identifiant} » is not base64.") from None
            if len(brute) != KEY_BYTES:
                raise ImproperlyConfigured(f"VIGIE_MEDICAL_KEYS: « {identifiant} » is not {KEY_BYTES} bytes.")
            if identifiant in self._cles:
                raise ImproperlyConfigured(f"VIGIE_MEDICAL_KEYS: « {identifiant} » is given twice.")
            self._cles[identifiant] = AESGCM(brute)

    @property
    def courante(self) -> str:
        if not self._cles:
            raise CleIndisponible("No key-encryption key is given.")
        return next(iter(self._cles))

    def wrap(self, cle: bytes, label: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cles[self.courante].encrypt(nonce, cle, label)

    def unwrap(self, kek: str, emballee: bytes, label: bytes) -> bytes:
        if kek not in self._cles:
            raise CleIndisponible(f"The key-encryption key « {kek} » is not in the ring.")
        try:
            return self._cles[kek].decrypt(emballee[:NONCE], emballee[NONCE:], label)
        except (InvalidTag, ValueError) as error:
            raise CleIndisponible(f"The key-encryption key « {kek} » does not open this data key.") from error


class TrousseauKms:
    """Keys that never leave a key management service speaking the AWS protocol, named by their identifier or ARN.

    Not by an alias: it may be pointed at another key, and what it wrapped before would not open. The label goes as encryption context,
    so that the service refuses (and its own log shows) a wrapped key presented for another row.
    """

    def __init__(self, cles: list[str], endpoint: str, region: str) -> None:
        for nom in cles:
            if "alias/" in nom:
                raise ImproperlyConfigured("VIGIE_MEDICAL_KMS_KEYS: name a key by its identifier or ARN, not by an alias.")
        self._cles = cles
        self._client: Any = boto3.session.Session().client("kms", endpoint_url=endpoint or None, region_name=region, config=_KMS)

    @property
    def courante(self) -> str:
        return self._cles[0]

    def wrap(self, cle: bytes, label: bytes) -> bytes:
        try:
            answer = self._client.encrypt(KeyId=self.courante, Plaintext=cle, EncryptionContext={"label": label.decode()})
        except (BotoCoreError, ClientError) as error:
            raise CleIndisponible(f"The key management service does not answer for « {self.courante} ».") from error
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, kek: str, emballee: bytes, label: bytes) -> bytes:
        if kek not in self._cles:
            raise CleIndisponible(f"The key « {kek} » of the key management service is not in the ring.")
        try:
            answer = self._client.decrypt(KeyId=kek, CiphertextBlob=emballee, EncryptionContext={"label": label.decode()})
        except (BotoCoreError, ClientError) as error:
            raise CleIndisponible(f"The key management service does not open a data key of « {kek} ».") from error
        return bytes(answer["Plaintext"])


@lru_cache(maxsize=4)
def _ring(cles: tuple[str, ...], kms: tuple[str, ...], endpoint: str, region: str) -> Trousseau:
    return TrousseauKms(list(kms), endpoint, region) if kms else TrousseauLocal(list(cles))


def trousseau() -> Trousseau:
    """The ring of this process. Without any key (the web's process, or a lost file) it opens nothing: CleIndisponible when asked."""
    return _ring(tuple(settings.MEDICAL_KEYS), tuple(settings.MEDICAL_KMS_KEYS), settings.MEDICAL_KMS_ENDPOINT_URL, settings.S3_REGION)


__all__ = ["KEY_BYTES", "NONCE", "CleIndisponible", "Trousseau", "TrousseauKms", "TrousseauLocal", "trousseau"]
