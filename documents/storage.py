"""The S3 bucket of administrative pièces: presigned doors, quarantine, publication.

Every key is drawn at random. A sender may replay his PUT, so what has been scanned is never published by a copy inside the store:
the very bytes that were scanned are written under a fresh key, read back and compared (`publish`); so is the sanitised copy that pages
show. An address never tells a file's name: it is the sender's words.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from documents import s3
from documents.atelier.limites import SORTIE
from documents.models import MAX_BYTES, Depot, new_key, preview_name, published_name
from documents.s3 import DOWN

PUT_SECONDS = 15 * 60
GET_SECONDS = 60
READ_MAX = max(MAX_BYTES, SORTIE) + 1
EXTENSION = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif", "image/heic": "heic"}


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


def _public_client() -> Any:
    """A client that signs for the address browsers use; it opens no connection itself."""
    return s3.client(settings.S3_PUBLIC_ENDPOINT_URL, settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY)


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
    """An address for an available administrative file, at most 60 seconds: `inline`, its sanitised copy; else the original, to be saved."""
    objet, type = (depot.preview_name, depot.apercu_type) if inline else (depot.final_name, depot.type)
    nom = f"piece-{depot.pk}.{EXTENSION[type]}"
    return _presign(objet, type=type, nom=nom, inline=inline)


def presign_kept(name: str, *, type: str, nom: str) -> str:
    """An address for what `keep` wrote, at most 60 seconds, to be saved under `nom`."""
    return _presign(name, type=type, nom=nom, inline=False)


def _presign(name: str, *, type: str, nom: str, inline: bool) -> str:
    return str(
        _public_client().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": settings.S3_BUCKET,
                "Key": name,
                "ResponseContentType": type,
                "ResponseContentDisposition": f'{"inline" if inline else "attachment"}; filename="{nom}"',
                "ResponseCacheControl": "no-store",
            },
            ExpiresIn=GET_SECONDS,
        )
    )


def read_quarantine(depot: Depot) -> bytes:
    """The bytes as they lie in quarantine, READ_MAX at most. Raises FichierAbsent or StockageIndisponible."""
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
    _publish_as(published_name(cle), contenu)
    return cle


def publish_preview(contenu: bytes) -> str:
    """The same for a sanitised copy."""
    cle = new_key()
    _publish_as(preview_name(cle), contenu)
    return cle


def _publish_as(name: str, contenu: bytes) -> None:
    store: Any = storages["default"]
    try:
        store.connection.meta.client.put_object(Bucket=store.bucket_name, Key=name, Body=contenu)
        relu = _read(name)
    except (*DOWN, FichierAbsent) as error:
        raise StockageIndisponible(str(error)) from error
    if hashlib.sha256(relu).digest() != hashlib.sha256(contenu).digest():
        remove(name)
        raise StockageIndisponible("The store gave back other bytes than were written.")


def keep(name: str, contenu: bytes) -> None:
    """Write a file that this software made or was handed, under a name of its own; read back and compared.

    Raises StockageIndisponible. Writing the same bytes again under the same name changes nothing.
    """
    _publish_as(name, contenu)


def read_kept(name: str) -> bytes:
    """What `keep` wrote. Raises FichierAbsent or StockageIndisponible."""
    return _read(name)


def read_published(depot: Depot) -> bytes:
    """The original as it lies in the store. Raises FichierAbsent or StockageIndisponible."""
    return _read(depot.final_name)


def exists(name: str) -> bool:
    """Whether the store holds this object now. Raises StockageIndisponible when it does not say."""
    try:
        return bool(storages["default"].exists(name))
    except DOWN as error:
        raise StockageIndisponible(str(error)) from error


def remove(*names: str) -> bool:
    """Delete objects; one that is not there is no error. Returns whether the store said yes to all of them."""
    done = True
    for name in names:
        try:
            storages["default"].delete(name)
        except DOWN:
            done = False
    return done


def effacer(depot: Depot) -> None:
    """Delete all that the administrative bucket holds of a file: quarantine, original, sanitised copy. May be run again.

    Raises StockageIndisponible when the store did not say yes to all.
    """
    names = [depot.quarantine_name]
    if depot.cle_publiee:
        names.append(depot.final_name)
    if depot.apercu_cle:
        names.append(depot.preview_name)
    if not remove(*names):
        raise StockageIndisponible("The store did not delete every object.")


@dataclass(frozen=True)
class Objet:
    """An object as the store lists it: its key without the prefix, and when it was written."""

    cle: str
    ecrit_le: dt.datetime


def listing(prefix: str) -> Iterator[Objet]:
    """The objects under a prefix (« pieces/ »), by key, a thousand a request. Raises StockageIndisponible."""
    store: Any = storages["default"]
    try:
        for page in store.connection.meta.client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket_name, Prefix=prefix):
            for found in page.get("Contents", []):
                yield Objet(found["Key"].removeprefix(prefix), found["LastModified"])
    except DOWN as error:
        raise StockageIndisponible(str(error)) from error


def _read(name: str) -> bytes:
    """One request: the transfers of django-storages ask twice, and each file is read three times on its way."""
    store: Any = storages["default"]
    try:
        answer = store.connection.meta.client.get_object(Bucket=store.bucket_name, Key=name)
        with answer["Body"] as body:
            found = bytes(body.read(READ_MAX))
    except DOWN as error:
        if s3.says_absent(error):
            raise FichierAbsent(name) from error
        raise StockageIndisponible(str(error)) from error
    if len(found) < min(int(answer["ContentLength"]), READ_MAX):
        raise StockageIndisponible("The store cut its answer short.")
    return found
