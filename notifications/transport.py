"""Handing one e-mail to a server, and knowing what became of it.

The one thing that must not happen is sending twice what was accepted: so every failure is told apart by when it came. A server accepts
a message at its final dot (RFC 5321, §4.1.1.4): until we send it nothing was accepted, and the message may be tried again; a refusal in
so many words is a refusal; silence after the dot is uncertain, and only a person may decide to send again. So `avant_le_point` is called
between the message and its dot: what it commits is all that a relay killed later leaves behind.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any, Self

import requests
from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from cases.overtime import is_overtime
from notifications.models import Courriel
from notifications.rebonds.prestataire import REPERE
from notifications.rendering import Rendu

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class Issue(Enum):
    ACCEPTE = "accepté"
    REPOUSSE = "repoussé"
    REFUSE = "refusé"
    INCERTAIN = "incertain"


@dataclass(frozen=True)
class Reponse:
    """What came of one sending; `erreur` names the failure without any address."""

    issue: Issue
    erreur: str = ""


class BailPerdu(Exception):
    """Another relay holds the e-mail by now: this one sends nothing of it."""


class Injoignable(Exception):
    """The server can't be reached or refuses us altogether: nothing was tried, every e-mail waits."""


class _Watched:
    """smtplib, but the final dot goes alone, after `avant_le_point`; `pointe` remembers that it may have gone."""

    pointe = False
    en_suspens = False
    avant_le_point: Callable[[], None] = staticmethod(lambda: None)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """The dot goes alone: it must not wait for the message to be acknowledged, which servers take forty milliseconds to do."""
        found: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the message with its lines quoted (RFC 5321, §4.5.2), then its dot. `msg`: bytes, lines ended by CR LF.

        Raises SMTPDataError.
        """
        self.putcmd("data")  # type: ignore[attr-defined]
        code, texte = self.getreply()  # type: ignore[attr-defined]
        if code != 354:
            raise smtplib.SMTPDataError(code, texte)
        self.en_suspens = True
        cite = re.sub(rb"(?m)^\.", b"..", msg)
        self.send(cite if cite.endswith(b"\r\n") else cite + b"\r\n")  # type: ignore[attr-defined]
        self.avant_le_point()
        if self._has_spoken():
            raise smtplib.SMTPServerDisconnected("before the dot")
        self.pointe = True
        self.send(b".\r\n")  # type: ignore[attr-defined]
        code, texte = self.getreply()  # type: ignore[attr-defined]
        self.en_suspens = False
        if code == 421:
            self.close()  # type: ignore[attr-defined]
        return (250 if 200 <= code < 300 else code), texte  # smtplib would take another 2xx for a refusal

    def _has_spoken(self) -> bool:
        """Whether the server has hung up, or said anything, before it has all of the message: then it takes nothing, without a doubt."""
        return bool(select.select([self.sock], [], [], 0)[0])  # type: ignore[attr-defined]

    def quit(self) -> tuple[int, bytes]:
        """Take leave; but without a word where a message is not over, since the server would read it as a line of the message."""
        if self.en_suspens:
            self.close()  # type: ignore[attr-defined]
            return 221, b""
        found: tuple[int, bytes] = super().quit()  # type: ignore[misc]
        return found


class _WatchedSMTP(_Watched, smtplib.SMTP):
    pass


class _WatchedSMTPS(_Watched, smtplib.SMTP_SSL):
    pass


class Conservation:
    """The embedded default instead of a server: nothing leaves, every e-mail is kept and shown in « Boîte d’envoi »."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def send(self, courriel: Courriel, rendu: Rendu, avant_le_point: Callable[[], None]) -> Reponse:
        avant_le_point()
        return Reponse(Issue.ACCEPTE)


class WatchedBackend(EmailBackend):
    """Django's SMTP backend over a watched connection."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:  # type: ignore[override]
        return _WatchedSMTPS if self.use_ssl else _WatchedSMTP


class Transport:
    """A connection to the mail server or provider, opened once for several e-mails. Raises Injoignable on entering."""

    def __init__(self) -> None:
        self.smtp = settings.EMAIL_BACKEND == SMTP_BACKEND
        self.backend: Any = WatchedBackend() if self.smtp else get_connection()

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def send(self, courriel: Courriel, rendu: Rendu, avant_le_point: Callable[[], None]) -> Reponse:
        """Hand over one e-mail, calling `avant_le_point` once, just before it may be accepted: what that raises is let through, and
        nothing is sent. Raises Injoignable when the connection, lost before, can't be had again; SoftTimeLimitExceeded, at any moment."""
        self._open()
        if not self.smtp:
            avant_le_point()
        else:
            self.backend.connection.pointe, self.backend.connection.avant_le_point = False, avant_le_point
        try:
            self.backend.send_messages([_message(courriel, rendu)])
        except BailPerdu:
            self._close()
            raise
        except Exception as error:
            if is_overtime(error):
                self._close()
                raise
            reponse = _smtp_answer(error, pointe=self.backend.connection.pointe) if self.smtp else _provider_answer(error)
            self._close()
            return reponse
        return Reponse(Issue.ACCEPTE)

    def _open(self) -> None:
        try:
            self.backend.open()
        except Exception as error:
            self._close()
            if is_overtime(error):
                raise
            raise Injoignable(type(error).__name__) from error

    def _close(self) -> None:
        try:
            self.backend.close()
        except (smtplib.SMTPException, OSError):
            self.backend.connection = None


def _message(courriel: Courriel, rendu: Rendu) -> EmailMultiAlternatives:
    headers = {"Message-ID": courriel.message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    message = EmailMultiAlternatives(subject=rendu.objet, body=rendu.texte, to=[courriel.adresse], headers=headers)
    if settings.EMAIL_BACKEND == SMTP_BACKEND:
        # The envelope's sender is where servers return what they can't deliver.
        message.from_email, headers["From"] = settings.RETOUR_EMAIL, settings.DEFAULT_FROM_EMAIL
    else:
        message.metadata = {REPERE: courriel.message_id}  # type: ignore[attr-defined]
    if rendu.html:
        message.attach_alternative(rendu.html, "text/html")
    return message


def _smtp_answer(error: Exception, *, pointe: bool) -> Reponse:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _by_code(error, (code for code, _ in error.recipients.values()))
        case smtplib.SMTPResponseException() if pointe and not _is_refusal(error):
            return Reponse(Issue.INCERTAIN, f"{type(error).__name__} {error.smtp_code}")
        case smtplib.SMTPResponseException():
            return _by_code(error, [error.smtp_code])
        case smtplib.SMTPNotSupportedError() | ValueError():
            return Reponse(Issue.REFUSE, type(error).__name__)
    return Reponse(Issue.INCERTAIN if pointe else Issue.REPOUSSE, type(error).__name__)


def _is_refusal(error: smtplib.SMTPResponseException) -> bool:
    """Whether the server has refused in so many words: an answer that can't be read (-1, or a 500 of smtplib's own) tells nothing."""
    return isinstance(error, smtplib.SMTPDataError) and 400 <= error.smtp_code < 600


def _by_code(error: Exception, codes: Iterable[int]) -> Reponse:
    """A 5xx is for good, unless the sender or the service as a whole was refused: then it is ours to mend, and the e-mail waits."""
    found = max(codes)
    lasting = 500 <= found < 600 and not isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPAuthenticationError)
    return Reponse(Issue.REFUSE if lasting else Issue.REPOUSSE, f"{type(error).__name__} {found}")


def _provider_answer(error: Exception) -> Reponse:
    """A provider's API answers by HTTP status; without one, or with a fault of its own (5xx), it may have taken the message."""
    status = getattr(error, "status_code", None)
    nom = type(error).__name__ if status is None else f"{type(error).__name__} {status}"
    if isinstance(error, AnymailRecipientsRefused | ValueError):  # ValueError: what the provider can't carry, refused before asking it
        return Reponse(Issue.REFUSE, nom)
    if status in (401, 403, 408, 425, 429) or _never_connected(error):
        return Reponse(Issue.REPOUSSE, nom)
    if status is not None and 400 <= status < 500:
        return Reponse(Issue.REFUSE, nom)
    return Reponse(Issue.INCERTAIN, nom)


def _never_connected(error: Exception) -> bool:
    """Whether the provider's server was never reached, so that it can't have taken anything."""
    cause = error.__cause__ or error
    reason = getattr(cause.args[0], "reason", None) if isinstance(cause, requests.ConnectionError) and cause.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
