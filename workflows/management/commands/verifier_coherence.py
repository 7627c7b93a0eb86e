"""`manage.py verifier_coherence`: what must always be true of the procedures; with `--fichiers`, of bordereaux and their files too.

Exit code 1 when something is not.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from documents.storage import StockageIndisponible
from workflows.coherence import anomalies, anomalies_des_bordereaux


class Command(BaseCommand):
    help = (
        "Cherche les procédures incohérentes : étape sans tâche, processus sans dossier, jonction bloquée, minuterie sans échéance. "
        "Avec --fichiers, compare aussi chaque bordereau à l’empreinte de ses lignes, et ses fichiers à la leur."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fichiers", action="store_true", help="relire aussi les fichiers des bordereaux dans le stockage")

    def handle(self, *args: Any, fichiers: bool = False, **options: Any) -> None:
        found = anomalies()
        if fichiers:
            try:
                found += anomalies_des_bordereaux()
            except StockageIndisponible as error:
                raise CommandError("Le stockage ne répond pas : les fichiers ne sont pas vérifiés.") from error
        for anomalie in found:
            self.stderr.write(str(anomalie))
        if found:
            raise CommandError(f"{len(found)} anomalie{'s' if len(found) > 1 else ''}.")
        self.stdout.write("Les procédures et les bordereaux sont cohérents." if fichiers else "Les procédures sont cohérentes.")
