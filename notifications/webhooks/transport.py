"""One call over HTTP: to the address that was checked, no redirection, ten seconds in all, nothing kept of the answer but its status."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from notifications.webhooks.adresses import AdresseRefusee, fautes, resoudre

TIMEOUT = 10.0
"""Seconds for the whole call once the name is resolved, however slowly the server drips its answer."""
READ = 64 * 1024
TRIED = 3


@dataclass(frozen=True)
class Reponse:
    """`statut`: what the server answered, None when it did not. `injoignable`: no answer at all, the next call would wait as long."""

    statut: int | None = None
    erreur: str = ""

    @property
    def acceptee(self) -> bool:
        return self.statut is not None and 200 <= self.statut < 300

    @property
    def injoignable(self) -> bool:
        return self.statut is None


def poster(url: str, corps: bytes, entetes: Mapping[str, str]) -> Reponse:
    """POST `corps`. Never raises for what the network or the other server does; the error says no value of theirs."""
    if fautes(url):  # a setting may have changed since it was typed
        return Reponse(erreur="adresse refusée")
    parties = urlsplit(url)
    hote, tls = parties.hostname or "", parties.scheme == "https"
    port = parties.port or (443 if tls else 80)
    try:
        adresses = resoudre(hote, port)[:TRIED]
    except AdresseRefusee:
        return Reponse(erreur="adresse refusée : elle mène à un réseau privé ou réservé")
    except OSError:
        return Reponse(erreur="le nom du serveur ne mène nulle part")
    connexion = _Epinglee(hote, port, adresses, tls=tls)
    cible = (parties.path or "/") + (f"?{parties.query}" if parties.query else "")
    with _deadline(connexion) as passee:
        try:
            connexion.request("POST", cible, body=corps, headers=dict(entetes))
            reponse = connexion.getresponse()
        except ssl.SSLCertVerificationError:
            return Reponse(erreur="certificat du serveur refusé")
        except (OSError, http.client.HTTPException) as error:
            if passee.is_set() or isinstance(error, TimeoutError):
                return Reponse(erreur="pas de réponse en dix secondes")
            return Reponse(erreur=f"pas de réponse ({type(error).__name__})")
        with contextlib.suppress(OSError, http.client.HTTPException):
            reponse.read(READ)
        return Reponse(reponse.status, "" if 200 <= reponse.status < 300 else _why(reponse.status))


def _why(statut: int) -> str:
    return "redirection, qui n’est pas suivie" if 300 <= statut < 400 else f"réponse {statut}"


class _Epinglee(http.client.HTTPConnection):
    """A connection to numeric addresses, under the host's name: `Host`, SNI and the certificate are the name's."""

    def __init__(self, hote: str, port: int, adresses: list[str], *, tls: bool) -> None:
        self.default_port = 443 if tls else 80
        super().__init__(hote, port, timeout=TIMEOUT)
        self.adresses, self.tls = adresses, tls
        self.prise: socket.socket | None = None

    def connect(self) -> None:
        nue = self._reach()
        nue.settimeout(TIMEOUT)
        self.sock = self.prise = nue
        if self.tls:
            # The handshake is ours to start, once the deadline can reach the socket.
            chiffree = ssl.create_default_context().wrap_socket(nue, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = self.prise = chiffree
            chiffree.do_handshake()

    def cut(self) -> None:
        """End whatever the connection waits for. `http.client` lets go of `sock` before the answer is read: ours stays."""
        if self.prise is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.prise, socket.SHUT_RDWR)

    def _reach(self) -> socket.socket:
        echec: OSError = OSError("no address")
        for adresse in self.adresses:
            try:
                return socket.create_connection((adresse, self.port), timeout=TIMEOUT / len(self.adresses))
            except OSError as error:
                echec = error
        raise echec


@contextlib.contextmanager
def _deadline(connexion: _Epinglee) -> Iterator[threading.Event]:
    """Cut the connection after TIMEOUT: a timeout of the socket alone starts again at each byte. The event says that it was cut."""
    passee = threading.Event()

    def cut() -> None:
        passee.set()
        connexion.cut()

    minuterie = threading.Timer(TIMEOUT, cut)
    minuterie.daemon = True
    minuterie.start()
    try:
        yield passee
    finally:
        minuterie.cancel()
        connexion.close()
