"""`manage.py api_token EMAIL`: create an API token and print it, once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.gate import Refus
from accounts.models import User
from accounts.services import JOURS_DU_JETON, creer_jeton


class Command(BaseCommand):
    help = "Crée un jeton d’API pour un compte et l’affiche : c’est la seule fois."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="adresse du compte")
        parser.add_argument("--jours", type=int, default=JOURS_DU_JETON, help=f"durée (par défaut {JOURS_DU_JETON} jours)")
        parser.add_argument("--libelle", default="Créé en ligne de commande", help="à quoi il servira")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError("Aucun compte à cette adresse.")
        try:
            _, secret = creer_jeton(acteur=None, user=user, libelle=options["libelle"], jours=options["jours"])
        except Refus as refus:
            raise CommandError(refus.message) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(secret)
