"""`manage.py charger_listes`: load the dated lists of required pièces; loading them again changes nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.models import ContratGroupe
from documents.listes import ListeInvalide, load, load_all


class Command(BaseCommand):
    help = "Charge les listes datées de pièces justificatives (documents/listes/*.toml, ou celle d’un contrat)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fichier", type=Path, help="un fichier à charger, au lieu de ceux de l’application")
        parser.add_argument("--contrat", help="numéro du contrat groupe auquel la liste du fichier est propre")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["contrat"] and not options["fichier"]:
            raise CommandError("--contrat va avec --fichier : la liste propre à un contrat est dans son fichier.")
        try:
            contrat = ContratGroupe.objects.get(numero=options["contrat"]) if options["contrat"] else None
            fichier = options["fichier"]
            resultats = [load(acteur=None, chemin=fichier, contrat=contrat)] if fichier else load_all()
        except ContratGroupe.DoesNotExist as error:
            raise CommandError(f"Aucun contrat ne porte le numéro {options['contrat']}.") from error
        except ListeInvalide as error:
            raise CommandError(str(error)) from error
        for liste, nouvelle in resultats:
            self.stdout.write(f"{liste} : {'chargée' if nouvelle else 'déjà en place'}.")
