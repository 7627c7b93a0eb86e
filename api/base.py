"""What every operation shares: the token, strict JSON in, JSON out, problem documents, and the reading of headers and parameters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.gate import Refus, relations_of, rights_table
from accounts.models import JetonApi, User
from api import problems
from api.authentication import JetonAuthentication
from api.fields import Entree
from api.parsers import StrictJSONParser, check_length
from api.problems import Problem
from api.throttling import PerAccountThrottle

S = TypeVar("S", bound=Entree)

CONFIRMER = (
    "Cet acte engage de l’argent : le titulaire du jeton confirme d’abord son identité à la page « Mes jetons d’API ». "
    "Le jeton peut ensuite l’accomplir pendant {minutes} minutes."
)

_VERSION = re.compile(r'(?:W/)?"?([0-9]{1,9})"?', re.ASCII)


class AlwaysJSON(BaseContentNegotiation):
    """One representation exists: it is given whatever « Accept » says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Operation(APIView):
    """Base of every view of this API."""

    authentication_classes = [JetonAuthentication]
    permission_classes = [IsAuthenticated]
    throttle_classes = [PerAccountThrottle]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJSON
    metadata_class = None
    http_method_names = ["get", "post", "head"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        check_length(request._request)
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        final.setdefault("Cache-Control", "no-store")
        return final

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        return problems.handle


def acteur(request: Request) -> User:
    """Whoever the token opens. The permission class has refused everybody else."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("An operation runs for an account.")
    return user


def require_action(user: User, action: str) -> None:
    """Raise Refus (403) when no role of `user` holds `action` on anything: an empty list would say nothing."""
    if not relations_of(user, action):
        libelle = rights_table()[action].libelle.lower()
        raise Refus(f"Vos droits ne permettent pas cette action : {libelle}.", action=action, visible=True)


def exiger_confirmation(request: Request) -> None:
    """For an act on money: the holder of the token confirmed his identity for it, on « Mes jetons », within STEP_UP_MINUTES.

    Raises Problem 403. A demonstration never asks.
    """
    minutes = settings.STEP_UP_MINUTES
    confirme_le = request.auth.confirme_le if isinstance(request.auth, JetonApi) else None
    if minutes and (confirme_le is None or confirme_le <= timezone.now() - dt.timedelta(minutes=minutes)):
        raise Problem(
            "authentification-recente-requise", CONFIRMER.format(minutes=minutes), page=settings.PUBLIC_URL + reverse("mes-jetons")
        )


def read(request: Request, entree: type[S]) -> dict[str, Any]:
    """The document of the request, checked field by field. An empty body is an empty object."""
    if request.data is None:
        raise serializers.ValidationError({"": ["Donnez un objet JSON."]})
    return _validated(entree(data=request.data))


def read_parameters(request: Request, entree: type[S], *multiples: str) -> dict[str, Any]:
    """The parameters of the address, checked; those of `multiples` may be repeated. Raises ValidationError."""
    raw: dict[str, Any] = {}
    for name, values in request.query_params.lists():
        if name not in multiples and len(values) > 1:
            raise serializers.ValidationError({name[:80]: ["Ce paramètre ne se répète pas."]})
        if any("\x00" in text for text in (name, *values)):
            raise serializers.ValidationError({name[:80].replace("\x00", ""): ["Ce paramètre contient un caractère interdit."]})
        raw[name] = values if name in multiples else values[0]
    return _validated(entree(data=raw))


def _validated(serializer: Entree) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def read_version(request: Request, *, required: bool) -> int | None:
    """The version of « If-Match » (a quoted ETag or the bare number). Raises Problem 428 when it is required and missing."""
    raw = request.headers.get("If-Match")
    if raw is None:
        if required:
            raise Problem("version-requise", "Donnez dans « If-Match » la version du dossier que vous avez lue (son champ « version »).")
        return None
    found = _VERSION.fullmatch(raw.strip())
    if found is None:
        raise Problem("en-tete-invalide", '« If-Match » est la version du dossier, comme "3".', champs={"If-Match": ["Un nombre entier."]})
    return int(found[1])
