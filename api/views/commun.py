"""The document that describes the API, the page that shows it, and what lies at no address."""

from __future__ import annotations

import functools
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems
from api.base import Operation


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document: it depends on the code alone."""
    document: dict[str, Any] = SchemaGenerator(api_version="1").get_schema(request=None, public=True)
    return document


@functools.cache
def _encoded() -> bytes:
    return json.dumps(openapi_document(), ensure_ascii=False).encode()


class Schema(Operation):
    """Public: it says nothing of anybody."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(_encoded(), content_type="application/json", headers={"Cache-Control": "max-age=300"})


class Nowhere(Operation):
    """Any other address under /api/: a problem document too, whatever the method."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    http_method_names = ["get", "post", "put", "patch", "delete", "head", "options", "trace"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs, self.headers = args, kwargs, {}
        own = self.request = self.initialize_request(request, *args, **kwargs)
        detail = "Aucune opération à cette adresse."
        if not request.path.endswith("/"):
            detail += " Les adresses de cette API finissent par « / »."
        response: Response = problems.document("introuvable", detail, request.path)
        response.accepted_renderer, response.accepted_media_type = self.perform_content_negotiation(own, force=True)
        response.renderer_context = self.get_renderer_context()  # type: ignore[attr-defined]
        return response
