"""`manage.py charger_demonstration`: the demonstration portfolio and its sign-ins, once; then again with VIGIE_PROCESS=bulle."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from project.demonstration.bulle import remplir
from project.demonstration.chargement import Refusee, is_loaded, load
from project.demonstration.socle import open_the_bulle, set_passwords
from project.demonstration.taille import Taille


class Command(BaseCommand):
    help = "Charge le portefeuille de démonstration (une seule fois) et donne leur mot de passe à ses comptes."
    requires_system_checks: tuple[str, ...] = ()  # data alone: pages and addresses are not its business

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--si-vide", action="store_true", help="ne rien dire si la base contient déjà un portefeuille")
        parser.add_argument("--dossiers", type=int, default=Taille.dossiers, help=f"nombre de dossiers ({Taille.dossiers})")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("La démonstration ne se charge qu’en mode démonstration (VIGIE_DEMO).")
        mot_de_passe = settings.DEMO_PASSWORD or settings.HOME.secret("demo_password", 9)
        if settings.PROCESS == "bulle":
            self._bulle(mot_de_passe)
            return
        if is_loaded():
            changes = set_passwords(mot_de_passe)
            if changes or not options["si_vide"]:
                self.stdout.write(f"Démonstration déjà en place ; {changes} mot(s) de passe remis à jour.")
            return
        depart = time.monotonic()
        try:
            nombre = load(mot_de_passe=mot_de_passe, taille=Taille(dossiers=options["dossiers"]), dire=self.stdout.write)
        except Refusee as error:
            if options["si_vide"]:
                return
            raise CommandError(str(error)) from error
        self.stdout.write(f"Démonstration chargée : {nombre} dossiers en {time.monotonic() - depart:.0f} s.")

    def _bulle(self, mot_de_passe: str) -> None:
        """The second step, under the bulle's login: what the web's may neither write nor read."""
        if not is_loaded():
            raise CommandError("Chargez d’abord le portefeuille, sous le compte du web.")
        self.stdout.write(f"Bulle : {open_the_bulle(mot_de_passe)} compte(s) admis ou remis à jour.")
        contenu = remplir()
        if contenu is not None:
            self.stdout.write(str(contenu))
