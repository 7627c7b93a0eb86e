"""The medical bucket: ciphertexts only, under random keys that say nothing, written, read back and compared.

The bulle's processes alone hold its credentials. Nothing here is called inside a database lock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings

from documents import s3
from documents.s3 import DOWN
from medical.errors import ContenuAbsent, StockageIndisponible

CHUNK = 256 * 1024


def _client() -> Any:
    return s3.client(settings.S3_MEDICAL_ENDPOINT_URL, settings.S3_MEDICAL_ACCESS_KEY_ID, settings.S3_MEDICAL_SECRET_ACCESS_KEY)


def content_name(objet: str) -> str:
    """Where the ciphertext of a file stands."""
    return f"fichiers/{objet}"


def preview_name(objet: str) -> str:
    """Where the ciphertext of its sanitised copy stands."""
    return f"apercus/{objet}"


def deposer(nom: str, scelle: IO[bytes], empreinte: str) -> None:
    """Write a whole ciphertext, read it back, compare with its SHA-256. What differs is taken away. Raises StockageIndisponible."""
    scelle.seek(0)
    try:
        _client().put_object(Bucket=settings.S3_MEDICAL_BUCKET, Key=nom, Body=scelle, ContentType="application/octet-stream")
        relue = digest(nom)
    except (*DOWN, ContenuAbsent) as error:
        raise StockageIndisponible(f"{type(error).__name__} while {nom} was written") from error
    if relue != empreinte:
        effacer(nom)
        raise StockageIndisponible(f"The store gave back other bytes than were written to {nom}.")


@dataclass(frozen=True)
class Objet:
    """A ciphertext being read: bytes in all, then its pieces as they come. Reading to the end, or `fermer`, gives the connection back."""

    taille: int
    corps: Any

    def morceaux(self) -> Iterator[bytes]:
        """Raises StockageIndisponible when the store goes away in the middle."""
        with closing(self.corps):
            try:
                while morceau := self.corps.read(CHUNK):
                    yield morceau
            except DOWN as error:
                raise StockageIndisponible(f"{type(error).__name__} in mid-read") from error

    def fermer(self) -> None:
        self.corps.close()


def ouvrir(nom: str) -> Objet:
    """Begin to read an object. Raises ContenuAbsent, StockageIndisponible."""
    try:
        answer = _client().get_object(Bucket=settings.S3_MEDICAL_BUCKET, Key=nom)
    except DOWN as error:
        if s3.says_absent(error):
            raise ContenuAbsent(nom) from error
        raise StockageIndisponible(f"{type(error).__name__} for {nom}") from error
    return Objet(int(answer["ContentLength"]), answer["Body"])


def digest(nom: str) -> str:
    """SHA-256 of an object as the store gives it back. Raises ContenuAbsent, StockageIndisponible."""
    total = hashlib.sha256()
    for morceau in ouvrir(nom).morceaux():
        total.update(morceau)
    return total.hexdigest()


def existe(nom: str) -> bool:
    """Whether the bucket holds this object now. Raises StockageIndisponible when it does not say."""
    try:
        _client().head_object(Bucket=settings.S3_MEDICAL_BUCKET, Key=nom)
    except DOWN as error:
        if s3.says_absent(error):
            return False
        raise StockageIndisponible(f"{type(error).__name__} for {nom}") from error
    return True


def effacer(*noms: str) -> bool:
    """Take objects away; one that is not there is no fault. False when the store did not answer: the sweeper finds what is left."""
    gone = [_effacer(nom) for nom in noms]
    return all(gone)


def _effacer(nom: str) -> bool:
    try:
        _client().delete_object(Bucket=settings.S3_MEDICAL_BUCKET, Key=nom)
    except DOWN as error:
        return s3.says_absent(error)
    return True


def inventaire() -> Iterator[tuple[str, dt.datetime]]:
    """Every object of the bucket: name, instant of writing. Raises StockageIndisponible."""
    try:
        for page in _client().get_paginator("list_objects_v2").paginate(Bucket=settings.S3_MEDICAL_BUCKET):
            for item in page.get("Contents", []):
                yield item["Key"], item["LastModified"]
    except DOWN as error:
        raise StockageIndisponible(type(error).__name__) from error


def repond() -> None:
    """Raises StockageIndisponible unless the bucket answers at once: for the health check."""
    try:
        _client().head_bucket(Bucket=settings.S3_MEDICAL_BUCKET)
    except DOWN as error:
        raise StockageIndisponible(type(error).__name__) from error
