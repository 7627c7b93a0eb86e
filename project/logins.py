"""Start-up refuses a database login that could do more than its process should."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created

from project.environment import SettingRefused
from project.provision import OWNERS

VARIABLES = {"web": "DATABASE_URL", "bulle": "DATABASE_BULLE_URL"}

# session_user and not current_user: SET ROLE can be undone by whoever holds the connection.
QUESTION = """
SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole OR r.rolreplication,
       EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = ANY(%s) AND pg_has_role(r.oid, o.oid, 'MEMBER')),
       EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')),
       COALESCE((SELECT has_schema_privilege(r.oid, n.oid, 'USAGE') FROM pg_namespace n WHERE n.nspname = 'medical'), false)
FROM pg_roles r WHERE r.rolname = session_user
"""


def fault(cursor: Any, process: str) -> str | None:
    """Why this login is refused for that process, or None."""
    cursor.execute(QUESTION, (list(OWNERS),))
    superuser, bypass, powerful, member, owns, medical = cursor.fetchone()
    if superuser:
        return "se connecte en superutilisateur"
    if bypass:
        return "se connecte sous un compte BYPASSRLS"
    if powerful:
        return "se connecte sous un compte qui crée des rôles ou réplique"
    if member:
        return "se connecte sous un compte membre d'un rôle propriétaire"
    if owns:
        return "se connecte sous un compte propriétaire de tables"
    if medical and process == "web":
        return "se connecte sous un compte qui ouvre le schéma medical"
    return None


_checked = False


def check_new_connection(sender: Any, connection: Any, **_: Any) -> None:
    """The first connection of a process is looked at before anything else uses it."""
    global _checked
    if _checked or settings.PROCESS == "owner":
        return
    with connection.connection.cursor() as cursor:
        found = fault(cursor, settings.PROCESS)
        if not connection.get_autocommit():
            connection.connection.rollback()
    if found:
        connection.close()
        raise SettingRefused(VARIABLES[settings.PROCESS], f"{found} : le démarrage est refusé.")
    _checked = True


def watch() -> None:
    connection_created.connect(check_new_connection, dispatch_uid="project.logins")


def check_now() -> None:
    """At the start of a server. A database that does not answer yet is no reason to refuse: it will be looked at later."""
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    connection.close()
