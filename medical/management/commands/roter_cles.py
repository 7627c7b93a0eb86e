"""`manage.py roter_cles` (VIGIE_PROCESS=bulle): every data key wrapped under the first key of the ring. Exit code 1 when some stay."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from medical.errors import CleIndisponible
from medical.services.rotation import roter
from medical.trousseau import trousseau


class Command(BaseCommand):
    help = "Ré-emballe chaque clé de données de la bulle sous la clé courante. Peut être interrompue et relancée."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PROCESS != "bulle":
            raise CommandError("Les clés ne se rotent que dans la bulle : VIGIE_PROCESS=bulle.")
        try:
            bilan = roter()
        except CleIndisponible as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Clé courante « {trousseau().courante} » : {bilan.refaites} ré-emballée(s), {bilan.deja} déjà sous elle.")
        for kek, nombre in sorted(bilan.fermees.items()):
            self.stdout.write(f"Sous « {kek} » : {nombre} clé(s) de données fermée(s). Rendez-la au trousseau, puis relancez.")
        if bilan.fermees:
            raise SystemExit(1)
        if bilan.refaites:
            self.stdout.write("Les anciennes clés peuvent quitter le trousseau après « manage.py verifier_bulle ».")
