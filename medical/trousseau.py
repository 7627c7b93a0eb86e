"""The key-encryption keys: kept in a file or a variable of the bulle's process, or in a key management service.

A key-encryption key wraps data keys and nothing else. The first one named wraps; the others still unwrap, until a rotation has wrapped
every data key anew.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from functools import lru_cache
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE = 12
KEY_BYTES = 32


class CleIndisponible(Exception):
    """The key that would open this is not there (lost, withdrawn, service down): what it encrypts stays closed, nothing is lost."""


class Trousseau(Protocol):
    @property
    def courante(self) -> str:
        """The identifier of the key that wraps now."""

    def wrap(self, cle: bytes, label: bytes) -> bytes: ...

    def unwrap(self, kek: str, emballee: bytes, label: bytes) -> bytes: ...


class TrousseauLocal:
    """Keys given as « identifier:base64 of 32 bytes »."""

    def __init__(self, cles: list[str]) -> None:
        self._cles: dict[str, AESGCM] = {}
        for entree in cles:
            identifiant, _, encodee = entree.partition(":")
            try:
                brute = base64.b64decode(encodee, validate=True)
            except binascii.Error as error:
                raise ImproperlyConfigured(f"VIGIE_MEDICAL_KEYS: « {identifiant} » is not base64.") from error
            if not identifiant or len(brute) != KEY_BYTES:
                raise ImproperlyConfigured(f"VIGIE_MEDICAL_KEYS: « {identifiant} » is not an identifier and 32 bytes.")
            self._cles[identifiant] = AESGCM(brute)
        if not self._cles:
            raise ImproperlyConfigured("VIGIE_MEDICAL_KEYS names no key.")

    @property
    def courante(self) -> str:
        return next(iter(self._cles))

    def wrap(self, cle: bytes, label: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cles[self.courante].encrypt(nonce, cle, label)

    def unwrap(self, kek: str, emballee: bytes, label: bytes) -> bytes:
        if kek not in self._cles:
            raise CleIndisponible(f"The key-encryption key « {kek} » is not in the ring.")
        try:
            return self._cles[kek].decrypt(emballee[:NONCE], emballee[NONCE:], label)
        except InvalidTag as error:
            raise CleIndisponible(f"The key-encryption key « {kek} » does not open this data key.") from error


class TrousseauKms:
    """Keys that never leave a key management service speaking the AWS protocol; named « kms:<key id or alias> »."""

    def __init__(self, cles: list[str], endpoint: str, region: str) -> None:
        self._cles = cles
        self._client: Any = boto3.client("kms", endpoint_url=endpoint or None, region_name=region)

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
        try:
            answer = self._client.decrypt(KeyId=kek, CiphertextBlob=emballee, EncryptionContext={"label": label.decode()})
        except (BotoCoreError, ClientError) as error:
            raise CleIndisponible(f"The key management service does not open a key of « {kek} ».") from error
        return bytes(answer["Plaintext"])


@lru_cache(maxsize=4)
def _ring(cles: tuple[str, ...], kms: tuple[str, ...], endpoint: str, region: str) -> Trousseau:
    return TrousseauKms(list(kms), endpoint, region) if kms else TrousseauLocal(list(cles))


def trousseau() -> Trousseau:
    """The ring of this process. Raises ImproperlyConfigured outside the bulle, which alone has keys."""
    return _ring(tuple(settings.MEDICAL_KEYS), tuple(settings.MEDICAL_KMS_KEYS), settings.MEDICAL_KMS_ENDPOINT_URL, settings.S3_REGION)
