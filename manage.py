#!/usr/bin/env python3
"""Run a management command under the database login that it needs."""

import os
import sys

OWNER_COMMANDS = {
    "migrate",
    "makemigrations",
    "sqlmigrate",
    "showmigrations",
    "squashmigrations",
    "optimizemigration",
    "pgtrigger",
    "charger_volume",
}


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("VIGIE_PROCESS", "owner" if command in OWNER_COMMANDS else "web")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError:
        print("Django n'est pas installé : lancez d'abord « make setup », puis .venv/bin/python manage.py.", file=sys.stderr)
        return 2
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if os.environ.get("VIGIE_DEBUG"):
            raise
        print(f"La base de données ne répond pas ({str(error).strip().splitlines()[0]}).", file=sys.stderr)
        print("Lancez « make run » ou « make services », ou corrigez DATABASE_URL.", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
