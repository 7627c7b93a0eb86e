"""A real HTTP server on loopback that answers as told, and events to tell it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from cases.models import Sinistre
from journal.models import Evenement
from journal.services import annoncer
from notifications.models import Abonnement, Livraison
from notifications.webhooks import services
from notifications.webhooks.catalogue import TYPES
from notifications.webhooks.consommation import handle
from notifications.webhooks.services import Reglages
from tests import factories as f


@dataclass
class Appel:
    """A call as the program received it."""

    chemin: str
    entetes: dict[str, str]
    brut: bytes

    @property
    def corps(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.brut)
        return found


Reponse = Callable[["Recepteur", Any, Appel], int | None]
"""What to answer: a status, or None when it has dealt with the connection itself."""


@dataclass
class Recepteur:
    """The program of somebody else. `appels`: what it was sent; `gardes`: what it answered 2xx to."""

    port: int
    appels: list[Appel] = field(default_factory=list)
    gardes: list[Appel] = field(default_factory=list)
    repondre: Reponse = lambda _self, _handler, _appel: 204
    verrou: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/crochet?client=7"


@pytest.fixture
def recepteur(settings: Any) -> Iterator[Recepteur]:
    settings.WEBHOOKS_PRIVES = True
    with ecouter() as found:
        yield found


class ecouter:
    """The server, for as long as the context lasts."""

    def __enter__(self) -> Recepteur:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                brut = self.rfile.read(int(self.headers["Content-Length"]))
                appel = Appel(self.path, {nom.lower(): valeur for nom, valeur in self.headers.items()}, brut)
                with ici.verrou:
                    ici.appels.append(appel)
                statut = ici.repondre(ici, self, appel)
                if statut is None:
                    return
                if 200 <= statut < 300:
                    with ici.verrou:
                        ici.gardes.append(appel)
                self.send_response(statut)
                if 300 <= statut < 400:
                    self.send_header("Location", ici.url + "&ailleurs")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        ici = Recepteur(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return ici

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=10)


def toujours(statut: int) -> Reponse:
    return lambda _recepteur, _handler, _appel: statut


def rompre(_recepteur: Recepteur, handler: Any, _appel: Appel) -> None:
    """Take the call and drop the line."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def goutte_a_goutte(_recepteur: Recepteur, handler: Any, _appel: Appel) -> None:
    """Begin an answer that never ends, a byte now and then."""
    handler.close_connection = True
    try:
        for signe in b"HTTP/1.1 200 OK\r\nX-Lent: " + b"a" * 4000:
            handler.connection.sendall(bytes([signe]))
            time.sleep(0.05)
    except OSError:
        pass


def verifier(secret: str, appel: Appel) -> bool:
    """An independent reading of the specification: what docs/webhooks.md gives to receivers."""
    cle = base64.b64decode(secret.removeprefix("whsec_"))
    signe = appel.entetes["webhook-id"].encode() + b"." + appel.entetes["webhook-timestamp"].encode() + b"." + appel.brut
    attendue = "v1," + base64.b64encode(hmac.new(cle, signe, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(attendue, une) for une in appel.entetes["webhook-signature"].split(" "))


def abonner(acteur: User, url: str, **champs: Any) -> tuple[Abonnement, str]:
    reglages = {"nom": "SIRH", "url": url, "types": list(TYPES)} | champs
    return services.creer(acteur=acteur, reglages=Reglages(**reglages))


def evenement(sinistre: Sinistre | None, type: str = "sinistre.valider", objet: tuple[str, int] | None = None, **donnees: str) -> Evenement:
    """An event as an act announces it."""
    objet_type, objet_id = objet or ("sinistre", sinistre.pk if sinistre is not None else 0)
    sinistre_id = sinistre.pk if sinistre is not None else None
    with transaction.atomic():
        annoncer(type=type, objet_type=objet_type, objet_id=objet_id, sinistre_id=sinistre_id, donnees=donnees)
    return Evenement.objects.order_by("-pk")[:1].get()


def dire(
    sinistre: Sinistre | None, type: str = "sinistre.valider", objet: tuple[str, int] | None = None, **donnees: str
) -> list[Livraison]:
    """The same, and the calls it makes."""
    un = evenement(sinistre, type, objet, **donnees)
    with transaction.atomic():
        handle(un)
    return list(Livraison.objects.filter(evenement_id=un.pk).order_by("pk"))


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)
