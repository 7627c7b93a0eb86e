"""The S3 bucket of administrative pièces: presigned doors, quarantine, publication.

Every key is drawn at random. A sender may replay his PUT, so what has been scanned is never published by a copy inside the store:
the very bytes that were scanned are written under a fresh key, read back and compared (`publish`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from s3transfer.exceptions import RetriesExceededError
from urllib3.exceptions import HTTPError

from documents.models import MAX_BYTES, Depot, new_key, published_name

PUT_SECONDS = 15 * 60
GET_SECONDS = 60
DOWN = (BotoCoreError, ClientError, RetriesExceededError, HTTPError, OSError)
"""What boto3 lets through when the store fails: transfers raise the errors of s3transfer and urllib3 as they are."""


class StockageIndisponible(Exception):
    """The store does not answer: the file waits, nothing is lost."""


class FichierAbsent(Exception):
    """The announced file never arrived."""


@dataclass(frozen=True)
class Envoi:
    """How to send one file: method, address, exact headers, seconds before it expires."""

    methode: str
    url: str
    entetes: dict[str, str]
    expire: int


@lru_cache(maxsize=1)
def _public_client() -> Any:
    """A client that signs for the address browsers use; it opens no connection itself."""
    return boto3.client(
        "s3",
        endpoint_url=settings.S3_PUBLIC_ENDPOINT_URL,
        aws_access_key_id=settings.S3_ACCESS_KEY_ID,
        aws_secret_access_key=settings.S3_SECRET_ACCESS_KEY,
        region_name=settings.S3_REGION,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def presign_put(depot: Depot) -> Envoi:
    """A door for exactly this type and length, open fifteen minutes."""
    url = _public_client().generate_presigned_url(
        "put_object",
        Params={
            "Bucket": settings.S3_BUCKET,
            "Key": depot.quarantine_name,
            "ContentType": depot.type,
            "ContentLength": depot.taille,
        },
        ExpiresIn=PUT_SECONDS,
        HttpMethod="PUT",
    )
    return Envoi("PUT", url, {"Content-Type": depot.type, "Content-Length": str(depot.taille)}, PUT_SECONDS)


def presign_get(depot: Depot, *, inline: bool) -> str:
    """An address for an available administrative file, at most 60 seconds; the name is the sender's, quoted by the store."""
    nom = depot.nom.replace('"', "").replace("\\", "").encode("ascii", "ignore").decode() or "piece"
    disposition = "inline" if inline else "attachment"
    return str(
        _public_client().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": settings.S3_BUCKET,
                "Key": depot.final_name,
                "ResponseContentType": depot.type,
                "ResponseContentDisposition": f'{disposition}; filename="{nom}"',
            },
            ExpiresIn=GET_SECONDS,
        )
    )


def read_quarantine(depot: Depot) -> bytes:
    """The bytes as they lie in quarantine, MAX_BYTES + 1 at most. Raises FichierAbsent or StockageIndisponible."""
    return _read(depot.quarantine_name)


def put_quarantine(depot: Depot, contenu: IO[bytes]) -> None:
    """Put a file that came through our own hands (a scan of late paper) where a sender's PUT would have put it."""
    try:
        storages["default"].save(depot.quarantine_name, ContentFile(contenu.read()))
    except DOWN as error:
        raise StockageIndisponible(str(error)) from error


def publish(contenu: bytes) -> str:
    """Write scanned bytes under a fresh key, read them back, compare. Returns the key; raises StockageIndisponible."""
    cle = new_key()
    try:
        storages["default"].save(published_name(cle), ContentFile(contenu))
        relu = _read(published_name(cle))
    except (*DOWN, FichierAbsent) as error:
        raise StockageIndisponible(str(error)) from error
    if hashlib.sha256(relu).digest() != hashlib.sha256(contenu).digest():
        raise StockageIndisponible("The store gave back other bytes than were written.")
    return cle


def _read(name: str) -> bytes:
    try:
        with storages["default"].open(name, "rb") as stored:
            return bytes(stored.read(MAX_BYTES + 1))
    except FileNotFoundError as error:
        raise FichierAbsent(name) from error
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey"}:
            raise FichierAbsent(name) from error
        raise StockageIndisponible(str(error)) from error
    except DOWN as error:
        raise StockageIndisponible(str(error)) from error
