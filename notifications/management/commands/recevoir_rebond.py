"""`manage.py recevoir_rebond < message`: a mail server's pipe for what it returns."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError

from notifications.rebonds.lecture import LIMITE
from notifications.rebonds.reception import recevoir


class Command(BaseCommand):
    help = (
        "Lit un message de rebond ou de plainte sur l’entrée standard. Rend 0 même quand il n’apprend rien, 65 quand il est trop long, "
        "75 quand la base ne répond pas : le serveur de messagerie le garde et le présente de nouveau."
    )

    requires_system_checks: list[str] = []  # the server has made them as it started; a mail server calls this for each message

    def handle(self, *args: Any, **options: Any) -> None:
        octets = sys.stdin.buffer.read(LIMITE + 1)
        if len(octets) > LIMITE:
            self.stderr.write("Le message dépasse 10 Mo.")
            raise SystemExit(os.EX_DATAERR)
        try:
            appris = recevoir(octets)
        except (OperationalError, InterfaceError) as error:
            self.stderr.write("La base ne répond pas.")
            raise SystemExit(os.EX_TEMPFAIL) from error
        self.stdout.write(f"{appris} constat(s).")
