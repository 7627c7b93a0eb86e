"""`manage.py sceller_journal`: one sealing round, as the task `journal.sceller` does each minute."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from journal.sealing import CompteurRecule, sceller


class Command(BaseCommand):
    help = "Scelle les entrées du journal qui peuvent l’être et ancre la tête de la chaîne hors de la base."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bilan = sceller()
        except CompteurRecule as error:
            raise CommandError(str(error)) from None
        if bilan.occupe:
            self.stdout.write("Un autre scellement est en cours.")
        self.stdout.write(f"{bilan.scelles} entrée(s) scellée(s)\u00a0; la chaîne compte {bilan.tete.rang} sceau(x).")
