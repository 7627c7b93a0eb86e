"""Prometheus figures: of requests, by route name and status, never by address; of e-mails and calls that wait, or failed."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from notifications.selectors import compte_par_etat
from notifications.webhooks.selectors import compte_des_livraisons

REQUESTS = Counter("vigie_requests_total", "Requests", ["process", "route", "method", "status"])
SECONDS = Histogram("vigie_request_seconds", "Time of a request", ["process", "route"])


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begin = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.view_name or match.route if match else "unknown"
        method = request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        REQUESTS.labels(settings.PROCESS, route, method, response.status_code).inc()
        SECONDS.labels(settings.PROCESS, route).observe(time.perf_counter() - begin)
        return response


class Comptes:
    """Read from the database when asked: whichever process answers, the figure is the same. The database down, there is none."""

    def __init__(self, nom: str, aide: str, lire: Callable[[], dict[str, int]]) -> None:
        self.nom, self.aide, self.lire = nom, aide, lire

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(self.nom, self.aide, labels=["etat"])
        try:
            for etat, nombre in self.lire().items():
                gauge.add_metric([etat], nombre)
        except DatabaseError:
            return
        yield gauge


COMPTES = (
    Comptes("vigie_webhooks_livraisons", "Calls to other programs, late or given up unseen", compte_des_livraisons),
    Comptes("vigie_courriels", "E-mails to send, and those that did not arrive or may not have, unseen", compte_par_etat),
)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return constant_time_compare(given, settings.METRICS_TOKEN)
    # Behind a proxy on this machine everybody would seem to be on loopback.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def metrics(request: HttpRequest) -> HttpResponse:
    import os

    if not _may_read(request):
        return HttpResponseForbidden("Réservé à la machine elle-même ou au porteur du jeton.", content_type="text/plain; charset=utf-8")
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    figures = generate_latest(registry)
    if settings.PROCESS == "web":
        travail = CollectorRegistry()
        for comptes in COMPTES:
            travail.register(comptes)  # type: ignore[arg-type]
        figures += generate_latest(travail)
    return HttpResponse(figures, content_type=CONTENT_TYPE_LATEST)
