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
        _, created = SessionOuverte.objects.update_or_create(
            empreinte=empreinte,
            defaults={"vue_le": now},
            create_defaults={
                "user": user,
                "processus": settings.PROCESS,
                "ip": request.META.get("REMOTE_ADDR") or None,
                "navigateur": request.headers.get("User-Agent", "")[:200],
                "vue_le": now,
            },
        )
        if created:
            # Signing in is the moment to forget this person's sessions that expired.
            alive = Session.objects.filter(expire_date__gt=now).values("session_key")
            SessionOuverte.objects.filter(user=user).exclude(empreinte=empreinte).exclude(empreinte__in=alive).delete()
        request.session[MARK], request.session[SEEN] = empreinte, int(now.timestamp())
        # The session middleware, outside this one, saves it with the answer.


@dataclass(frozen=True)
class LigneSession:
    session: SessionOuverte
    courante: bool


def sessions_de(user: User, courante: str = "") -> list[LigneSession]:
    """Where `user` is signed in now, web and bulle alike, latest first. `courante`: the digest of the session that asks."""
    rows = list(SessionOuverte.objects.filter(user=user).order_by("-vue_le", "-pk"))
    alive = set(
        Session.objects.filter(session_key__in=[row.empreinte for row in rows], expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    return [LigneSession(row, row.empreinte == courante) for row in rows if row.empreinte in alive]


@transaction.atomic
def fermer_sessions(*, acteur: User, session_id: int | None = None, sauf: str = "") -> int:
    """Close one of one's own sessions, or all but the one whose digest is `sauf`. Returns how many closed. Idempotent."""
    rows = SessionOuverte.objects.filter(user=acteur).exclude(empreinte=sauf)
    if session_id is not None:
        rows = rows.filter(pk=session_id)
    digests = list(rows.values_list("empreinte", flat=True))
    Session.objects.filter(session_key__in=digests).delete()
    rows.delete()
    if digests:
        details: dict[str, Any] = {"nombre": len(digests)}
        consigner(acteur=acteur, action="session.fermee", objet_type="compte", objet_id=acteur.pk, donnees=details)
    return len(digests)


def close_all_sessions(user_id: int) -> None:
    """Sign a person out everywhere, when his account closes; in the caller's transaction."""
    rows = SessionOuverte.objects.filter(user_id=user_id)
    Session.objects.filter(session_key__in=list(rows.values_list("empreinte", flat=True))).delete()
    rows.delete()
