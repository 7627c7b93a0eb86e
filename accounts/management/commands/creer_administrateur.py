"""`manage.py creer_administrateur EMAIL`: the first account of an installation, with the link that sets its password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.passwords import password_link
from accounts.services import creer_premier_administrateur


class Command(BaseCommand):
    help = "Ouvre le premier compte d’administrateur et affiche le lien où il choisit son mot de passe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="adresse du compte")
        parser.add_argument("--prenom", default="Administrateur")
        parser.add_argument("--nom", default="technique")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PROCESS != "web":
            raise CommandError("Cette commande se lance avec VIGIE_PROCESS=web : son lien est celui de l’adresse du web.")
        try:
            user = creer_premier_administrateur(email=options["email"], prenom=options["prenom"], nom=options["nom"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stderr.write("Compte ouvert. Ce lien sert une fois, pour choisir le mot de passe :")
        self.stdout.write(password_link(user))
