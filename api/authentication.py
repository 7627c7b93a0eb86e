"""`Authorization: Token …`: the only key of this door. No session, hence no cross-site forgery."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import JetonApi, User
from accounts.selectors import jeton_ouvert

_SECRET = re.compile(r"[A-Za-z0-9_\-]{20,200}", re.ASCII)
REFUSED = "Ce jeton n’ouvre rien : inconnu, expiré ou révoqué. Un rôle médical n’en a pas."


class JetonAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, JetonApi] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, secret = header.partition(" ")
        if not header:
            return None
        if scheme.lower() != "token" or not _SECRET.fullmatch(secret.strip()):
            raise AuthenticationFailed("Écrivez « Authorization: Token » suivi du jeton.")
        jeton = jeton_ouvert(secret.strip())
        if jeton is None:
            raise AuthenticationFailed(REFUSED)
        return jeton.user, jeton

    def authenticate_header(self, request: Request) -> str:
        return 'Token realm="vigie"'


class JetonScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.JetonAuthentication"
    name = "jeton"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "« Token » suivi du jeton que « manage.py api_token » ou la page « Mes jetons » a donné.",
        }
