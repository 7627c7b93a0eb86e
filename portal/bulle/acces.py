"""Who comes through the bulle's door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from accounts.enums import Role
from accounts.gate import Refus
from accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def visiteur(request: HttpRequest) -> User:
    """The signed-in person behind `reserve_a`."""
    return cast(User, request.user)


def reserve_a(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Signed in, with one of these roles: the others read that the page is not theirs."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not visiteur(request).has_role(*roles):
                raise Refus("Cette page de la bulle est réservée à un autre rôle.", action="file_consulter", visible=True)
            return view(request, *args, **kwargs)

        return login_required(wrapped)

    return decorate
