"""`manage.py verifier_bulle` (VIGIE_PROCESS=bulle): opens everything, shows nothing. Exit code 1 when something does not open, or when
the trail of the soutiens is not the one that was sealed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from medical.errors import StockageIndisponible
from medical.services import traces
from medical.services.rotation import verifier


class Command(BaseCommand):
    help = "Ouvre chaque clé, chaque texte et un échantillon de fichiers de la bulle, et nomme les lignes qui ne s’ouvrent pas."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--contenus", type=int, default=200, help="nombre de fichiers à relire en entier (200)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PROCESS != "bulle":
            raise CommandError("La bulle ne se vérifie que de l’intérieur : VIGIE_PROCESS=bulle.")
        if options["contenus"] < 0:
            raise CommandError("Donnez un nombre de fichiers d’au moins 0.")
        try:
            bilan = verifier(contenus=options["contenus"])
        except StockageIndisponible:
            raise CommandError("Le stockage de la bulle ne répond pas.") from None
        reecrites = traces.anomalies()
        for ligne in [*bilan.fermes, *reecrites]:
            self.stdout.write(ligne)
        for kek, nombre in sorted(bilan.keks.items()):
            self.stdout.write(f"Clé « {kek} » : {nombre} clé(s) de données.")
        self.stdout.write(
            f"{bilan.cles} clé(s), {bilan.textes} texte(s), {bilan.contenus} contenu(s) ouverts : "
            + ("rien à signaler." if bilan.sain else f"{len(bilan.fermes)} ne s’ouvre(nt) pas.")
        )
        if reecrites or not bilan.sain:
            raise SystemExit(1)
