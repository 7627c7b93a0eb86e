"""`manage.py verifier_coherence`: what must always be true of the procedures. Exit code 1 when something is not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.coherence import anomalies


class Command(BaseCommand):
    help = "Cherche les procédures incohérentes : étape sans tâche, processus sans dossier, jonction bloquée, minuterie sans échéance."

    def handle(self, *args: Any, **options: Any) -> None:
        found = anomalies()
        for anomalie in found:
            self.stderr.write(str(anomalie))
        if found:
            raise CommandError(f"{len(found)} anomalie{'s' if len(found) > 1 else ''}.")
        self.stdout.write("Les procédures sont cohérentes.")
