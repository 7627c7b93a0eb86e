"""The embedded default of Django's e-mail: nothing leaves, everything is shown in « Boîte d’envoi »."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from notifications.services import conserver


class BoiteEnvoi(BaseEmailBackend):
    """Keeps what allauth sends (a new password, a new device) where the demonstration's responsable can read it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            pages = [str(body) for body, kind in getattr(message, "alternatives", []) if kind == "text/html"]
            conserver(
                adresses=[parseaddr(address)[1] for address in message.recipients()],
                objet=str(message.subject),
                texte=str(message.body),
                html=pages[0] if pages else "",
            )
        return len(email_messages)
