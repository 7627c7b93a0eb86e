"""Sessions in the database under a keyed digest of their key: reading the table opens nobody's session.

The key of the digest is the process's own secret. What a session holds is signed for its own key: copied into the row of another
session it is not read. The bulle keeps its sessions in its own schema, which the web's login does not open.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import SessionOuverte


def digest(session_key: str | None) -> str:
    return salted_hmac("project.sessions", session_key or "", algorithm="sha256").hexdigest()[:40]


ALIVE = (
    f"SELECT s.* FROM {Session._meta.db_table} s WHERE s.session_key = %s AND s.expire_date > %s AND NOT EXISTS"  # noqa: S608
    f" (SELECT FROM {SessionOuverte._meta.db_table} o WHERE o.empreinte = s.session_key AND o.fermee_le IS NOT NULL)"
)
"""The one query of every page, written out: composing it each time took five times as long as asking it."""


class SessionStore(DatabaseStore):
    @property
    def empreinte(self) -> str:
        """The digest under which this session is stored: a name for it that opens nothing."""
        return digest(self.session_key)

    @property
    def key_salt(self) -> str:
        return f"project.sessions.{self.empreinte}"

    def _get_session_from_db(self) -> Any:
        """Nothing for a session that was closed from the other process."""
        alive = self.model.objects.raw(ALIVE, [digest(self.session_key), timezone.now()])
        row = next(iter(alive), None)
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return self.model.objects.filter(session_key=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        return cast(Session, row)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model.objects.filter(session_key=digest(key)).delete()
            SessionOuverte.objects.filter(empreinte=digest(key)).delete()
