"""Sessions in the database under a keyed digest of their key: reading the table opens nobody's session.

The key of the digest is the process's own secret. What a session holds is signed for its own key: copied into the row of another
session it is not read. The bulle keeps its sessions in its own schema, which the web's login does not open.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core.exceptions import SuspiciousOperation
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import SessionOuverte


def digest(session_key: str | None) -> str:
    return salted_hmac("project.sessions", session_key or "", algorithm="sha256").hexdigest()[:40]


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
        closed = SessionOuverte.objects.filter(empreinte=OuterRef("session_key"), fermee_le__isnull=False)
        alive = self.model.objects.filter(~Exists(closed), expire_date__gt=timezone.now())
        try:
            return alive.get(session_key=digest(self.session_key))
        except (self.model.DoesNotExist, SuspiciousOperation):
            self._session_key = None
            return None

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
