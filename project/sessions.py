"""Sessions in the database under a keyed digest of their key: reading the table opens nobody's session.

The key of the digest is the process's own secret, so that the web's database login can neither read a bulle session's
cookie nor write one that the bulle accepts.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils.crypto import salted_hmac


def digest(session_key: str | None) -> str:
    return salted_hmac("project.sessions", session_key or "", algorithm="sha256").hexdigest()[:40]


class SessionStore(DatabaseStore):
    @property
    def empreinte(self) -> str:
        """The digest under which this session is stored: a name for it that opens nothing."""
        return digest(self.session_key)

    def _get_session_from_db(self) -> Any:
        from django.core.exceptions import SuspiciousOperation
        from django.utils import timezone

        try:
            return self.model.objects.get(session_key=digest(self.session_key), expire_date__gt=timezone.now())
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
