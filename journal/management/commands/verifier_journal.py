"""`manage.py verifier_journal`: tells whether the journal was rewritten. Exit code 1 and one line per finding, else 0."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from journal import anchors
from journal.anchors import Ancre, AncreIllisible
from journal.verification import Verification


class Command(BaseCommand):
    help = "Relit tout le journal, ses contenus, sa chaîne de sceaux et ses ancres, et signale ce qui a été réécrit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ancres", type=Path, help="Dossier des ancres (par défaut, celui de l’installation).")
        parser.add_argument("--entrepot", action="store_true", help="Lire aussi les ancres copiées dans l’entrepôt d’objets.")

    def handle(self, *args: Any, **options: Any) -> None:
        verification = Verification(ancres=self._anchors(options["ancres"], remote=options["entrepot"]))
        found = 0
        for constat in verification.constats():
            found += 1
            self.stdout.write(str(constat))
        if verification.sceaux and not verification.ancres_lues:
            found += 1
            self.stdout.write("Aucune ancre lue\u00a0: une queue coupée ne se verrait pas.")
        self.stdout.write(self._summary(verification, found))
        if found:
            raise SystemExit(1)

    def _anchors(self, given: Path | None, *, remote: bool) -> Iterable[Ancre | AncreIllisible]:
        if given is not None and not given.is_dir():
            raise CommandError(f"Le dossier des ancres n’existe pas\u00a0: {given}")
        local = anchors.lire_dossier(given or anchors.folder())
        if not remote:
            return local
        try:
            return itertools.chain(local, list(anchors.lire_entrepot()))
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"L’entrepôt d’objets ne répond pas ({type(error).__name__}).") from None

    def _summary(self, verification: Verification, found: int) -> str:
        parts = [
            f"{verification.sceaux} sceau(x) vérifié(s)",
            f"{verification.effaces} contenu(s) effacé(s)",
            f"{verification.ancres_lues} ancre(s) lue(s)",
            f"{verification.en_attente} entrée(s) en attente de scellement",
        ]
        if verification.attente_depuis is not None:
            parts[-1] += f" (la plus ancienne du {timezone.localtime(verification.attente_depuis):%d/%m/%Y à %H:%M})"
        verdict = "aucune anomalie." if not found else f"{found} anomalie(s)."
        return f"{', '.join(parts)}\u00a0: {verdict}"
