"""`manage.py charger_volume [N]`: N sinistres for measures of speed. Runs under the owner's login."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from documents.listes import load_all
from project.volume import DejaCharge, load


class Command(BaseCommand):
    help = "Charge N sinistres (100 000 sans nombre) pour les mesures de vitesse. Refusé en production."
    requires_system_checks: tuple[str, ...] = ()  # data alone: pages and addresses are not its business

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("nombre", type=int, nargs="?", default=100_000)
        parser.add_argument("--journal", action="store_true", help="une entrée de journal par sinistre")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION or settings.VIGIE_ENV == "preproduction":
            raise CommandError("Le volume de mesure ne se charge ni en production ni en préproduction.")
        if settings.PROCESS != "owner":
            raise CommandError("Le volume se charge sous le compte propriétaire : VIGIE_PROCESS=owner.")
        if options["nombre"] < 1:
            raise CommandError("Donnez un nombre de sinistres d’au moins 1.")
        depart = time.monotonic()
        load_all()
        connection.ensure_connection()
        try:
            debits = load(connection.connection, options["nombre"], journal=options["journal"], dire=self.stdout.write)
        except DejaCharge as error:
            raise CommandError(str(error)) from error
        secondes, lignes = time.monotonic() - depart, sum(debit.lignes for debit in debits)
        rythme = f"{lignes / secondes:,.0f}".replace(",", "\u202f")
        self.stdout.write(f"{options['nombre']} sinistres, {lignes} lignes en {secondes:.0f} s : {rythme} lignes/s.")
