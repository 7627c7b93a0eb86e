"""Alive and ready. Ready is false for the database or a missing migration only: all the rest degrades and is named."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from cases.services.echeances import abandoned
from journal.selectors import etat_des_consommateurs, etat_du_scellement
from medical import stockage
from medical.errors import CleIndisponible, StockageIndisponible
from medical.services.rotation import sonder

SEALING_LATE = dt.timedelta(minutes=10)
BEAT_LASTS = 120  # seconds: four beats missed
QUEUES = ("default", "bulle")


class Down(Exception):
    """What does not answer, in words for a screen."""


def _broker() -> redis.Redis:
    return redis.Redis.from_url(settings.BROKER_URL, socket_connect_timeout=1, socket_timeout=1)


def _beat_key(queue: str) -> str:
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    return f"{prefix}battement:{queue}"


def beat(queue: str) -> None:
    with _broker() as client:
        client.set(_beat_key(queue), int(time.time()), ex=BEAT_LASTS)


# -- what can be down --------------------------------------------------------------------------------------------------


def check_broker() -> None:
    try:
        with _broker() as client:
            client.ping()
    except redis.RedisError as error:
        raise Down(type(error).__name__) from None


def check_workers() -> None:
    try:
        with _broker() as client:
            silent = [queue for queue in QUEUES if not client.exists(_beat_key(queue))]
    except redis.RedisError:
        raise Down("inconnu : le courtier ne répond pas") from None
    if silent:
        raise Down("sans battement : " + ", ".join(silent))


def check_storage() -> None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    if not settings.S3_ENDPOINT_URL:
        raise Down("aucun entrepôt n'est réglé")
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL,
        aws_access_key_id=settings.S3_ACCESS_KEY_ID,
        aws_secret_access_key=settings.S3_SECRET_ACCESS_KEY,
        region_name=settings.S3_REGION,
        config=Config(
            connect_timeout=1, read_timeout=2, retries={"max_attempts": 0}, s3={"addressing_style": "path"}, signature_version="s3v4"
        ),
    )
    try:
        client.head_bucket(Bucket=settings.S3_BUCKET)
    except (BotoCoreError, ClientError) as error:
        raise Down(type(error).__name__) from None
    finally:
        client.close()


def check_medical_storage() -> None:
    try:
        stockage.repond()
    except StockageIndisponible as error:
        raise Down(error.cause) from None


def check_medical_keys() -> None:
    """Every key-encryption key that wraps something is in the ring and opens it."""
    try:
        sonder()
    except CleIndisponible:
        raise Down("une clé en usage n’est pas dans le trousseau, ou ne répond pas") from None
    finally:
        connection.close()  # of the thread that asks


def check_clamd() -> None:
    import clamd

    parts = urlsplit(settings.CLAMD_URL)
    client = (
        clamd.ClamdUnixSocket(parts.path, timeout=1)
        if parts.scheme == "unix"
        else clamd.ClamdNetworkSocket(parts.hostname, parts.port or 3310, timeout=1)
    )
    try:
        client.ping()
    except (clamd.ClamdError, OSError) as error:
        raise Down(type(error).__name__) from None


def check_smtp() -> None:
    try:
        with socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=2):
            pass
    except OSError as error:
        raise Down(type(error).__name__) from None


def check_journal() -> None:
    """Sealing that stands still, events that a consumer could not handle: work that waits for a person."""
    try:
        failing = [etat.nom for etat in etat_des_consommateurs() if etat.degrade]
        waiting_since = etat_du_scellement().depuis
    finally:
        connection.close()  # of the thread that asks
    if failing:
        raise Down("événements en échec : " + ", ".join(failing))
    if waiting_since is not None and timezone.now() - waiting_since > SEALING_LATE:
        raise Down("scellement en retard")


def check_deadlines() -> None:
    """Échéances that the sweeper has given up on."""
    try:
        left = abandoned()
    finally:
        connection.close()  # of the thread that asks
    if left:
        raise Down(f"{left} échéance(s) en échec")


def dependencies() -> dict[str, Callable[[], None]]:
    found = {
        "courtier": check_broker,
        "taches": check_workers,
        "entrepot": check_storage,
        "journal": check_journal,
        "echeances": check_deadlines,
    }
    if settings.PROCESS == "bulle":
        found |= {"entrepot medical": check_medical_storage, "cles": check_medical_keys}
    if settings.CLAMD_URL:
        found["antivirus"] = check_clamd
    if getattr(settings, "EMAIL_HOST", "") and urlsplit(settings.EMAIL_URL).scheme.startswith("smtp"):
        found["messagerie"] = check_smtp
    return found


_cache: tuple[float, dict[str, str]] | None = None
_cache_lock = threading.Lock()


def look(*, lasting: float = 3) -> dict[str, str]:
    """What is down, and why. Asked all at once, remembered for some seconds so that asking can't be used as a weapon."""
    global _cache
    with _cache_lock:
        if _cache is not None and time.monotonic() - _cache[0] < lasting:
            return _cache[1]
        checks = dependencies()

        def ask(name: str) -> str | None:
            try:
                checks[name]()
            except Down as why:
                return str(why)
            except Exception as error:  # a check that breaks is a part that is down
                return type(error).__name__
            return None

        with ThreadPoolExecutor(len(checks)) as pool:
            answers = dict(zip(checks, pool.map(ask, checks), strict=True))
        down = {name: why for name, why in answers.items() if why is not None}
        _cache = (time.monotonic(), down)
        return down


# -- the database ------------------------------------------------------------------------------------------------------

_migrated = False


def database_fault() -> str | None:
    """Why we can't serve, or None. Migrations only ever advance, so a good answer is kept."""
    global _migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "migration manquante"
            _migrated = True
    except Exception as error:
        connection.close()
        return f"base de données : {type(error).__name__}"
    return None


def readiness() -> tuple[int, dict[str, Any]]:
    fault = database_fault()
    if fault is not None:
        return 503, {"statut": "indisponible", "raison": fault}
    down = look()
    return 200, {
        "statut": "degrade" if down else "ok",
        "degraded": bool(down),
        "down": sorted(down),
        "raisons": down,
        "antivirus": "réglé" if settings.CLAMD_URL else "absent",
        "demonstration": settings.DEMO,
    }


class HealthMiddleware:
    """Answers before sessions, hosts and redirections: a health check must not depend on what it checks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            status, body = readiness()
            answer = JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
            answer._has_been_logged = True  # type: ignore[attr-defined]  # asked every second: not a line each time
            return answer
        if request.path == "/metrics":
            from project.metrics import metrics

            return metrics(request)
        return self.get_response(request)
