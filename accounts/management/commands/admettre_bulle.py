"""`manage.py admettre_bulle --email ADRESSE`: the first person of the bulle, or the way back in for the only one who could have helped."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import admissions
from accounts.enums import MEDICAL_ROLES, Role
from accounts.models import Admission, User


class Command(BaseCommand):
    help = "Admet une personne dans la bulle (déjà admise : annule ce qu’elle y a) et affiche son lien d’enrôlement, à usage unique."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="adresse du compte, qui a déjà l’habilitation")
        parser.add_argument("--role", default=Role.MEDECIN_CONSEIL.value, choices=sorted(MEDICAL_ROLES), help="par défaut médecin conseil")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PROCESS != "bulle":
            raise CommandError("Cette commande se lance avec VIGIE_PROCESS=bulle : seule la bulle tient ses admissions.")
        user = User.objects.filter(email__iexact=options["email"].strip(), is_active=True).first()
        if user is None:
            raise CommandError("Aucun compte actif à cette adresse.")
        try:
            secret = ""
            if not Admission.objects.en_cours().filter(user=user, role=options["role"]).exists():
                _, secret = admissions.admettre(acteur=None, user_id=user.pk, role=options["role"])
            secret = secret or admissions.nouveau_lien(acteur=None, user_id=user.pk)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stderr.write("Remettez ce lien à la personne : il sert une fois, pendant 48 heures.")
        self.stdout.write(admissions.lien_d_enrolement(secret))
