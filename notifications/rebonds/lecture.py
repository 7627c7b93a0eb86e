"""Reading a bounce (RFC 3464 in the envelope of RFC 6522) or a complaint (RFC 5965, « ARF »), with the standard library alone.

Anybody can send anything to the address of returns: what is read here is believed of nobody. The bytes are bounded, the parts counted
while they are parsed, and whatever can't be read is no report. Whether a report is about one of our e-mails is for constats.py to say.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import Compat32
from email.utils import getaddresses
from enum import Enum
from typing import Any

logger = logging.getLogger(__name__)

LIMITE = 10 * 1024 * 1024
"""Bytes. A message that is longer is no bounce of ours."""
LU = 256 * 1024
"""Bytes that are parsed. A hostile header costs the square of its length, and what returns one of ours, which have no attachment, tells
everything in its beginning."""
PARTIES = 60
"""Messages within a message (parts, recipients of the report): a real one has about ten."""

CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}>")
ADRESSE = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}")
PLAINTES = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
GENERIQUES = ("4.0.0", "5.0.0")
SANS_CODE = "5.0.0"


class Action(Enum):
    """What the report says of the e-mail."""

    ECHEC = "failed"
    RETARD = "delayed"
    PLAINTE = "complaint"


@dataclass(frozen=True)
class Rebond:
    """What one report says of one recipient. `adresses`: every way in which it names him, in lower case; `code`: RFC 3463."""

    adresses: frozenset[str]
    action: Action
    code: str
    message_ids: frozenset[str]


class _Trop(MessageError):
    """More parts than any report has."""


class _Compteuse:
    """Makes the parts of one message, so many at most: their number bounds depth, memory and time."""

    def __init__(self) -> None:
        self.faites = 0

    def __call__(self, policy: Any = None) -> Message:
        self.faites += 1
        if self.faites > PARTIES:
            raise _Trop
        return Message(policy=policy)


def lire(octets: bytes) -> list[Rebond]:
    """The bounces and complaints of a message; none for what is not a report, too long, or unreadable. Raises nothing."""
    if len(octets) > LIMITE:
        return []
    try:
        message = BytesParser(_class=_Compteuse(), policy=Compat32()).parsebytes(octets[:LU])  # type: ignore[arg-type]
        return [rebond for rebond in _rebonds(message) if rebond.adresses and rebond.message_ids]
    except Exception as error:  # the email package answers hostile bytes with errors of every kind
        logger.warning("retour illisible", extra={"erreur": type(error).__name__})
        return []


def _rebonds(message: Message) -> Iterator[Rebond]:
    if message.get_content_type() == "multipart/report" and message.is_multipart():
        parts = {part.get_content_type(): part for part in reversed(_children(message))}
        if "message/delivery-status" in parts:
            yield from _delivery_status(parts["message/delivery-status"], _original_ids(message))
        elif "message/feedback-report" in parts:
            yield from _complaint(parts["message/feedback-report"], message)
    elif message.get("X-Failed-Recipients"):
        yield from _old_exim(message)


def _children(message: Message) -> list[Message]:
    content = message.get_payload()
    return [part for part in content if isinstance(part, Message)] if isinstance(content, list) else []


# -- delivery reports (RFC 3464) ---------------------------------------------------------------------------------------


def _delivery_status(status: Message, ids: frozenset[str]) -> Iterator[Rebond]:
    """One block of fields for each recipient; the first block is about the whole and has none."""
    for block in _children(status):
        action = {"failed": Action.ECHEC, "delayed": Action.RETARD}.get(_field(block, "Action").lower())
        adresses = _typed_addresses(block, "Original-Recipient") | _typed_addresses(block, "Final-Recipient")
        if action is not None and adresses:
            own = frozenset(MESSAGE_ID.findall(_field(block, "X-Original-Message-ID")))
            yield Rebond(adresses, action, _code(block, action), ids | own)


def _typed_addresses(block: Message, name: str) -> frozenset[str]:
    """« rfc822;mairie@exemple.fr », where « + » and « = » may be written +2B and +3D (RFC 3461)."""
    found = _addresses_in(_field(block, name).rpartition(";")[2])
    return found | {_xtext(adresse) for adresse in found}


def _xtext(text: str) -> str:
    return re.sub(r"\+([0-9a-f]{2})", lambda hexa: chr(int(hexa[1], 16)), text)


def _code(block: Message, action: Action) -> str:
    """The status; when it says nothing (5.0.0), the more precise one that the server's own words may hold."""
    status = CODE.search(_field(block, "Status"))
    precise = CODE.search(_field(block, "Diagnostic-Code"))
    if status is not None and (status[1] not in GENERIQUES or precise is None):
        return status[1]
    if precise is not None:
        return precise[1]
    return SANS_CODE if action is Action.ECHEC else "4.0.0"


def _original_ids(message: Message) -> frozenset[str]:
    """The Message-ID of the returned message, whole or as headers alone; else what the report answers to."""
    for part in _children(message):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            found = [_field(inner, "Message-ID") for inner in _children(part)]
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            found = [_field(Parser(policy=Compat32()).parsestr(_text(part), headersonly=True), "Message-ID")]
        else:
            continue
        ids = frozenset(MESSAGE_ID.findall(" ".join(found)))
        if ids:
            return ids
    return frozenset(MESSAGE_ID.findall(f"{_field(message, 'In-Reply-To')} {_field(message, 'References')}"))


# -- complaints (RFC 5965) ---------------------------------------------------------------------------------------------


def _complaint(report: Message, message: Message) -> Iterator[Rebond]:
    """One complaint; the recipient is the one the report names or, where it hides him, the one the returned message was for."""
    for fields in _children(report):
        if _field(fields, "Feedback-Type").lower() in PLAINTES:
            adresses = _addresses_in(*map(str, fields.get_all("Original-Rcpt-To", [])))
            yield Rebond(adresses or _returned_recipients(message), Action.PLAINTE, "", _original_ids(message))


def _returned_recipients(message: Message) -> frozenset[str]:
    found = [inner for part in _children(message) if part.get_content_type() == "message/rfc822" for inner in _children(part)]
    return frozenset(adresse for inner in found for adresse in _addresses_in(*map(str, inner.get_all("To", []))))


# -- bounces in plain words (Exim until 4.87) --------------------------------------------------------------------------


def _old_exim(message: Message) -> Iterator[Rebond]:
    """A text for people; the recipients are in a header, the Message-ID in the copy at the end of the text."""
    text = _text(message)
    ids = frozenset(re.findall(r"(?im)^[ \t]{0,8}message-id:[ \t]{0,8}(<[!-;=?-~]{1,200}>)", text))
    code = re.search(r"\b[45]\d\d[ -]([45]\.\d{1,3}\.\d{1,3})(?![\d.])", text)
    for adresse in sorted(_addresses_in(*map(str, message.get_all("X-Failed-Recipients", [])))):
        yield Rebond(frozenset({adresse}), Action.ECHEC, code[1] if code else SANS_CODE, ids)


# -- fields and texts --------------------------------------------------------------------------------------------------


def _field(message: Message, name: str) -> str:
    """A header as one short line; "" when there is none."""
    return " ".join(str(message.get(name, ""))[:2000].split())


def _addresses_in(*texts: str) -> frozenset[str]:
    """The addresses of header values, in lower case."""
    found = (adresse.strip().lower() for _, adresse in getaddresses([text[:2000] for text in texts[:20]]))
    return frozenset(adresse for adresse in found if ADRESSE.fullmatch(adresse))


def _text(part: Message) -> str:
    """The text of a part, whatever charset it claims."""
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
