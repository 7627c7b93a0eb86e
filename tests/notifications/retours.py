"""Returned messages in the shapes of the usual servers. Their words are ours; only the form is theirs."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from notifications.enums import EtatCourriel, GenreCourriel
from notifications.models import Courriel, message_id_of

MAIRIE = "secretariat@mairie.example"


def parti(**champs: Any) -> Courriel:
    """An e-mail that a server has taken."""
    cle = f"essai:{uuid.uuid4()}"
    valeurs = {
        "cle": cle,
        "message_id": message_id_of(cle),
        "genre": GenreCourriel.PIECES_DEMANDEES,
        "adresse": MAIRIE,
        "etat": EtatCourriel.ENVOYE,
        "objet": "Dossier 2026-000001",
        "texte": "Bonjour,",
    } | champs
    if valeurs["etat"] in (EtatCourriel.ENVOYE, EtatCourriel.REJETE):
        valeurs.setdefault("envoye_le", timezone.now())
    return Courriel.objects.create(**valeurs)


def octets(texte: str) -> bytes:
    return texte.replace("\n", "\r\n").encode()


def original(message_id: str, adresse: str) -> str:
    return (
        f"From: Vigie <ne-pas-repondre@vigie.example>\nTo: {adresse}\nSubject: =?utf-8?q?Dossier?=\nMessage-ID: {message_id}\n"
        'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="=-dedans"\n\n'
        "--=-dedans\nContent-Type: text/plain; charset=utf-8\n\nBonjour.\n--=-dedans\nContent-Type: text/html\n\n"
        "<p>Bonjour.</p>\n--=-dedans--\n"
    )


def postfix(message_id: str, adresse: str, code: str = "5.1.1", action: str = "failed", origine: str = "") -> bytes:
    """Postfix: the report, then the message whole. `origine`: the address that was written to, when the server rewrote it."""
    asked = f"Original-Recipient: rfc822;{origine}\n" if origine else ""
    return octets(
        "Return-Path: <>\nFrom: MAILER-DAEMON@relais.example (Mail Delivery System)\nTo: ne-pas-repondre@vigie.example\n"
        "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="4XyZ.1/relais.example"\n'
        "Message-Id: <retour@relais.example>\n\n"
        "This is a MIME-encapsulated message.\n\n--4XyZ.1/relais.example\nContent-Description: Notification\n"
        f"Content-Type: text/plain; charset=us-ascii\n\nThe mail system\n\n<{adresse}>: host mx.example said: 550 {code}\n\n"
        "--4XyZ.1/relais.example\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; relais.example\nX-Postfix-Queue-ID: 4XyZ\nArrival-Date: Mon, 16 Nov 2026 08:00:00 +0100 (CET)\n\n"
        f"Final-Recipient: rfc822; {adresse}\n{asked}Action: {action}\nStatus: {code}\nRemote-MTA: dns; mx.example\n"
        f"Diagnostic-Code: smtp; 550 {code} no such person\n\n"
        "--4XyZ.1/relais.example\nContent-Description: Undelivered Message\nContent-Type: message/rfc822\n\n"
        f"{original(message_id, adresse)}\n--4XyZ.1/relais.example--\n"
    )


def exim(message_id: str, adresse: str) -> bytes:
    """Exim since 4.87: a status that says nothing, the server's own words more precise, the headers alone returned."""
    return octets(
        f"Return-path: <>\nX-Failed-Recipients: {adresse}\nAuto-Submitted: auto-replied\n"
        f"From: Mail Delivery System <Mailer-Daemon@e.example>\n"
        "To: ne-pas-repondre@vigie.example\nReferences: <autre@vigie.example>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=1700000000-eximdsn-1\nMIME-Version: 1.0\n"
        "Subject: Mail delivery failed: returning message to sender\n\n--1700000000-eximdsn-1\n"
        "Content-type: text/plain; charset=us-ascii\n\n"
        f"A message that you sent could not be delivered.\n\n  {adresse}\n    host mx.example: 550 5.1.1 unknown\n\n"
        "--1700000000-eximdsn-1\nContent-type: message/delivery-status\n\nReporting-MTA: dns; e.example\n\n"
        f"Action: failed\nFinal-Recipient: rfc822;{adresse}\nStatus: 5.0.0\nRemote-MTA: dns; mx.example\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown\n\n--1700000000-eximdsn-1\nContent-type: text/rfc822-headers\n\n"
        f"Return-path: <ne-pas-repondre@vigie.example>\nTo: {adresse}\nMessage-ID: {message_id}\n\n--1700000000-eximdsn-1--\n"
    )


def vieil_exim(message_id: str, adresse: str) -> bytes:
    """Exim before: words for people, a copy of the message under them."""
    return octets(
        f"X-Failed-Recipients: {adresse}\nAuto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@e.example>\n"
        "To: ne-pas-repondre@vigie.example\nSubject: Mail delivery failed\n\nThis message was created automatically.\n\n"
        f"  {adresse}\n    SMTP error after RCPT TO: 550 5.2.1 mailbox disabled\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{original(message_id, adresse)}"
    )


def exchange(message_id: str, adresse: str) -> bytes:
    """Exchange: a page for people inside an alternative, a bare status, the message named by « In-Reply-To » alone."""
    return octets(
        "From: <postmaster@ville.example>\nTo: <ne-pas-repondre@vigie.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status;\n boundary="a1b2_c3"\nX-MS-Exchange-Message-Is-Ndr:\n'
        f"Message-ID: <ndr@ville.example>\nIn-Reply-To: {message_id}\nReferences: {message_id}\nSubject: Non remis\n\n"
        '--a1b2_c3\nContent-Type: multipart/alternative; differences=Content-Type;\n boundary="d4_e5"\n\n'
        '--d4_e5\nContent-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n'
        "Votre message n=E2=80=99a pu =C3=AAtre remis.\n\n"
        '--d4_e5\nContent-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: base64\n\nPHA+Tm9uIHJlbWlzPC9wPg==\n\n--d4_e5--\n\n'
        "--a1b2_c3\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;ville.example\nReceived-From-MTA: dns;relais.example\n\n"
        f"Final-Recipient: rfc822;{adresse}\nAction: failed\nStatus: 5.1.10\n"
        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found\nX-Display-Name: Mairie\n\n--a1b2_c3--\n"
    )


def plainte(message_id: str, adresse: str, nature: str = "abuse", nommee: bool = True) -> bytes:
    """A feedback loop's report (ARF). `nommee`: whether it names the recipient besides the returned message."""
    named = f"Original-Rcpt-To: <{adresse}>\n" if nommee else ""
    return octets(
        "From: <fbl@operateur.example>\nTo: <ne-pas-repondre@vigie.example>\nSubject: complaint\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report;\n boundary="part_1"\n\n'
        "--part_1\nContent-Type: text/plain; charset=US-ASCII\n\nThis is an abuse report.\n\n"
        f"--part_1\nContent-Type: message/feedback-report\n\nFeedback-Type: {nature}\nUser-Agent: Boucle/1.0\nVersion: 1\n{named}\n"
        f"--part_1\nContent-Type: message/rfc822\n\n{original(message_id, adresse)}\n--part_1--\n"
    )


TOUS = {"postfix": postfix, "exim": exim, "vieil_exim": vieil_exim, "exchange": exchange, "plainte": plainte}
