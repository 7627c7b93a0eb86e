"""`manage.py preparer_base`: the logins, the database and its grants on a real server, from an administrator's address."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from project import environment as env
from project.provision import provision_cluster, provision_database


class Command(BaseCommand):
    help = "Crée les comptes, la base, ses schémas et ses droits sur un serveur PostgreSQL. Peut être relancée sans risque."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin-url", default="", help="adresse d'un administrateur (sinon DATABASE_ADMIN_URL)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["admin_url"]:
            os.environ["DATABASE_ADMIN_URL"] = options["admin_url"]
        if not env.text("DATABASE_ADMIN_URL"):
            raise CommandError("Donnez --admin-url ou DATABASE_ADMIN_URL.")
        admin = env.database("DATABASE_ADMIN_URL", "")
        dsn = psycopg.conninfo.make_conninfo(
            host=admin["HOST"], port=admin["PORT"], user=admin["USER"], password=admin["PASSWORD"], dbname=admin["NAME"]
        )
        passwords: dict[str, str] = {}
        names = set()
        for name, login in (
            ("DATABASE_URL", "vigie_web"),
            ("DATABASE_BULLE_URL", "vigie_bulle"),
            ("DATABASE_OWNER_URL", "vigie_owner"),
        ):
            if not env.text(name):
                raise CommandError(f"{name} est obligatoire : la commande pose le mot de passe qu'elle y lit.")
            found = env.database(name, "")
            if found["USER"] != login:
                raise CommandError(f"{name} doit se connecter sous le compte {login}.")
            passwords[login] = found["PASSWORD"]
            names.add(found["NAME"])
        if len(names) != 1:
            raise CommandError("DATABASE_URL, DATABASE_BULLE_URL et DATABASE_OWNER_URL doivent nommer la même base.")
        try:
            provision_cluster(dsn, passwords)
            provision_database(dsn, names.pop())
        except psycopg.Error as error:
            raise CommandError(f"DATABASE_ADMIN_URL : {str(error).strip().splitlines()[0]}") from None
        self.stdout.write("Comptes, base, schémas et droits en place.")
