"""Who comes through this door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from accounts.enums import Relation
from accounts.gate import Refus, relations_of
from accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def visiteur(request: HttpRequest) -> User:
    """The signed-in person behind `porte`."""
    return cast(User, request.user)


def porte(view: View[P]) -> View[P]:
    """Signed in, and acting for a collectivité: whoever else comes here is told so."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if Relation.SA_COLLECTIVITE not in relations_of(visiteur(request), "dossier_lire"):
            raise Refus("Ces pages sont celles des collectivités.", action="dossier_lire", visible=True)
        return view(request, *args, **kwargs)

    return login_required(wrapped)
