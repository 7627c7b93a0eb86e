"""The list of places where a person is signed in, kept by digest of the session key: the table opens nobody's session.

django-allauth's own list keeps the keys themselves, which the web's database login could read and play at the bulle's address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import SessionOuverte, User
from journal.services import consigner

SEEN_EVERY = dt.timedelta(minutes=5)
MARK = "_session_ouverte"
SEEN = "_session_vue"


def digest_of(request: HttpRequest) -> str:
    """The name under which the request's session is stored (project/sessions.py)."""
    return str(request.session.empreinte)  # type: ignore[attr-defined]


class SessionsMiddleware:
    """Keeps the list: a row per session, refreshed at most each five minutes, so that an ordinary page costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        # A request that did not read the session is not made to: API tokens, static pages.
        if request.session.accessed and user is not None and user.is_authenticated and request.session.session_key:
            self._remember(request, user)
        return response

    @staticmethod
    def _remember(request: HttpRequest, user: User) -> None:
        empreinte = digest_of(request)
        now = timezone.now()
        seen = request.session.get(SEEN, 0)
        if request.session.get(MARK) == empreinte and now.timestamp() - seen < SEEN_EVERY.total_seconds():
            return
        expire = now + dt.timedelta(seconds=request.session.get_expiry_age()) + SEEN_EVERY
        _, created = SessionOuverte.objects.update_or_create(
            empreinte=empreinte,
            defaults={"vue_le": now, "expire_le": expire},
            create_defaults={
                "user": user,
                "processus": settings.PROCESS,
                "ip": request.META.get("REMOTE_ADDR") or None,
                "navigateur": request.headers.get("User-Agent", "")[:200],
                "vue_le": now,
                "expire_le": expire,
            },
        )
        if created:
            # Signing in is the moment to forget this person's sessions that expired; a day late, so that a closed one stays closed.
            SessionOuverte.objects.filter(user=user, expire_le__lt=now - dt.timedelta(days=1)).delete()
        request.session[MARK], request.session[SEEN] = empreinte, int(now.timestamp())
        # The session middleware, outside this one, saves it with the answer.


@dataclass(frozen=True)
class LigneSession:
    session: SessionOuverte
    courante: bool


def sessions_de(user: User, courante: str = "") -> list[LigneSession]:
    """Where `user` is signed in now, web and bulle alike, latest first. `courante`: the digest of the session that asks."""
    rows = SessionOuverte.objects.filter(user=user, fermee_le__isnull=True, expire_le__gt=timezone.now()).order_by("-vue_le", "-pk")
    return [LigneSession(row, row.empreinte == courante) for row in rows]


@transaction.atomic
def fermer_sessions(*, acteur: User, session_id: int | None = None, sauf: str = "") -> int:
    """Close one of one's own sessions, or all but the one whose digest is `sauf`. Returns how many closed. Idempotent."""
    rows = SessionOuverte.objects.filter(user=acteur).exclude(empreinte=sauf)
    if session_id is not None:
        rows = rows.filter(pk=session_id)
    nombre = _close(rows)
    if nombre:
        details: dict[str, Any] = {"nombre": nombre}
        consigner(acteur=acteur, action="session.fermee", objet_type="compte", objet_id=acteur.pk, donnees=details)
    return nombre


def close_all_sessions(user_id: int, *, processus: str = "") -> None:
    """Sign a person out everywhere, or of one process only (`web`, `bulle`); in the caller's transaction."""
    rows = SessionOuverte.objects.filter(user_id=user_id)
    _close(rows.filter(processus=processus) if processus else rows)


def _close(rows: QuerySet[SessionOuverte]) -> int:
    """This process deletes the sessions that it keeps; the other one, whose table it can't reach, reads that they are closed."""
    now = timezone.now()
    rows = rows.filter(fermee_le__isnull=True)
    Session.objects.filter(session_key__in=list(rows.values_list("empreinte", flat=True))).delete()
    alive = rows.filter(expire_le__gt=now).count()
    rows.update(fermee_le=now)
    return alive
