"""Everywhere a value may end up besides a page: tables, sessions, buckets, queues, e-mails, logs."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import boto3
import psycopg
import redis
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core import mail, signing
from psycopg import sql

from documents.s3 import CLIENT
from notifications.models import Livraison
from project.settings.logs import logging_settings
from tests import base
from tests.canari.recherche import Releve, texte


def tables(dsn: str, schema: str) -> Iterator[tuple[str, bytes]]:
    """Every row of every table and sequence of a schema, as the server writes it in text."""
    with psycopg.connect(dsn) as connection:
        noms = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind IN ('r', 'm') ORDER BY 1",
            (schema,),
        ).fetchall()
        for (nom,) in noms:
            with connection.cursor().copy(
                sql.SQL("COPY (SELECT t::text FROM {} t) TO STDOUT").format(sql.Identifier(schema, nom))
            ) as sortie:
                yield f"{schema}.{nom}", b"".join(bytes(morceau) for morceau in sortie)


def sessions(dsn: str, secrets: list[str]) -> Iterator[tuple[str, bytes]]:
    """What sessions hold: signed and compressed in their rows, opened here with the keys of both processes."""
    with psycopg.connect(dsn) as connection:
        for schema in ("public", "medical"):
            if not connection.execute("SELECT to_regclass(%s)", (f"{schema}.django_session",)).fetchone()[0]:  # type: ignore[index]
                continue
            table = sql.Identifier(schema, "django_session")
            for cle, contenu in connection.execute(sql.SQL("SELECT session_key, session_data FROM {}").format(table)).fetchall():
                yield f"{schema}.django_session", texte(_ouvrir_session(cle, contenu, secrets))


def _ouvrir_session(cle: str, contenu: str, secrets: list[str]) -> Any:
    class Lue(SessionBase):
        key_salt = f"project.sessions.{cle}"  # type: ignore[assignment]

    for secret in secrets:
        with contextlib.suppress(signing.BadSignature):
            return signing.loads(contenu, key=secret, salt=Lue.key_salt, serializer=Lue().serializer)
    raise AssertionError("a session was signed with neither key: it can't be searched")


def _objets(endpoint: str, cle: str, secret: str, bucket: str) -> Iterator[tuple[str, bytes]]:
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=cle, aws_secret_access_key=secret, region_name=settings.S3_REGION, config=CLIENT
    )
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            answer = client.get_object(Bucket=bucket, Key=item["Key"])
            yield item["Key"], texte({**answer["Metadata"], "type": answer["ContentType"]}) + b"\n" + answer["Body"].read()


def bucket_administratif() -> Iterator[tuple[str, bytes]]:
    yield from _objets(settings.S3_ENDPOINT_URL, settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY, settings.S3_BUCKET)


def bucket_medical() -> Iterator[tuple[str, bytes]]:
    bulle = base.bulle_settings()
    yield from _objets(
        bulle["S3_MEDICAL_ENDPOINT_URL"],
        bulle["S3_MEDICAL_ACCESS_KEY_ID"],
        bulle["S3_MEDICAL_SECRET_ACCESS_KEY"],
        settings.S3_MEDICAL_BUCKET,
    )


def messages() -> Iterator[tuple[str, bytes]]:
    """Whatever this session of tests has in the broker: queues, and what a worker took and has not acknowledged."""
    prefixe = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    with redis.Redis.from_url(settings.BROKER_URL) as client:
        for cle in client.scan_iter(match=f"{prefixe}*"):
            genre = client.type(cle)
            brut: list[bytes] = []
            if genre == b"list":
                brut = list(client.lrange(cle, 0, -1))
            elif genre == b"hash":
                brut = [*client.hgetall(cle).values()]
            elif genre == b"string":
                brut = [client.get(cle) or b""]
            for message in brut:
                yield cle.decode(), message + b"\n" + _corps(message)


def _corps(message: bytes) -> bytes:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return base64.b64decode(json.loads(message)["body"])
    return b""


def courriels() -> Iterator[tuple[str, bytes]]:
    for message in mail.outbox:
        yield "boîte d’envoi", message.message().as_bytes() + b"\n" + str(message.body).encode()


def appels() -> Iterator[tuple[str, bytes]]:
    """The bodies of webhooks, as they are signed and sent."""
    for corps in Livraison.objects.values_list("corps", flat=True):
        yield "appel", corps.encode()


def relever(releve: Releve, qui: str, contenus: Iterator[tuple[str, bytes]]) -> int:
    """Read them all as `qui`. Returns how many there were."""
    nombre = 0
    for nombre, (ou, contenu) in enumerate(contenus, start=1):  # noqa: B007
        releve.lire(qui, ou, ou.encode() + b"\n" + contenu)
    return nombre


class Journaux:
    """Everything that any logger says, written as production writes it (JSON), from INFO up.

    Nobody else listens to the root meanwhile: pytest would write each line again, and keep its request until the test ends.
    """

    def __init__(self) -> None:
        self.sortie = io.StringIO()

    @contextlib.contextmanager
    def ecouter(self) -> Iterator[None]:
        formats = logging_settings(json=True)["formatters"]["structured"]
        convertisseur = logging.config.DictConfigurator({"version": 1})
        handler = logging.StreamHandler(self.sortie)
        handler.setFormatter(convertisseur.configure_formatter(dict(formats)))
        muets = [nom for nom in logging.root.manager.loggerDict if not logging.getLogger(nom).propagate]
        ecoutes = [logging.root, *(logging.getLogger(nom) for nom in muets)]
        avant, autres = logging.root.level, logging.root.handlers[:]
        logging.root.setLevel(logging.INFO)
        logging.root.handlers.clear()
        for logger in ecoutes:
            logger.addHandler(handler)
        try:
            yield
        finally:
            logging.root.setLevel(avant)
            for logger in ecoutes:
                logger.removeHandler(handler)
            logging.root.handlers.extend(autres)

    @property
    def lignes(self) -> list[str]:
        return self.sortie.getvalue().splitlines()
