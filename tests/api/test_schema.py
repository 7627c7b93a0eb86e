"""The OpenAPI document: complete, valid, and true. Schemathesis plays it against the API as several people."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.problems import TITLES
from api.views.commun import openapi_document
from cases.models import Sinistre
from tests import factories as f
from tests.api.conftest import Caller, token_of
from tests.api.test_access import Scene, operations, scene  # noqa: F401 a fixture

EXAMPLES = 60 if os.environ.get("VIGIE_PROVE") else 3
METHODS = ("get", "post")
JSON_BODY: dict[str, Any] = {"content": {"application/json": {}}}
"""What stands for the body of an operation that takes no field: « prendre », « approuver »…"""


def described() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, entry) for path, item in openapi_document()["paths"].items() for method, entry in item.items() if method in METHODS
    ]


def test_generation_has_no_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO(), stderr=io.StringIO())


def test_every_operation_is_described() -> None:
    found = described()
    assert len(found) == len([o for o in operations() if o[0] not in ("schema", "nulle-part")])
    names = [entry["operationId"] for _, _, entry in found]
    assert len(set(names)) == len(names)
    for path, method, entry in found:
        where = f"{method} {path}"
        assert entry["summary"] and entry["tags"] and entry["security"] == [{"jeton": []}], where
        assert {"401", "403", "429", "503"} <= set(entry["responses"]), where
        assert ("404" in entry["responses"]) is ("{" in path), where
        problems = [r for code, r in entry["responses"].items() if int(code) >= 400]
        assert all(list(r["content"]) == ["application/problem+json"] for r in problems), where
        assert all(r["content"]["application/problem+json"]["examples"] for r in problems), where
        if method == "post":
            assert {"400", "411", "413", "415"} <= set(entry["responses"]), where
            assert list(entry.get("requestBody", JSON_BODY)["content"]) == ["application/json"], where
    by_name = {entry["operationId"]: {p["name"]: p for p in entry.get("parameters", ())} for _, _, entry in found}
    assert by_name["transiter_sinistre"]["If-Match"]["required"]
    for creating in ("declarer_sinistre", "ajouter_arret", "saisir_decompte", "composer_bordereau"):
        assert "Idempotency-Key" in by_name[creating], creating


def test_documents_that_come_in_are_closed() -> None:
    schemas = openapi_document()["components"]["schemas"]
    incoming = [name for name in schemas if name.endswith("Request")]
    choices = {name for name in incoming if "oneOf" in schemas[name]}
    assert choices == {"DemandeProcedureRequest"}
    for name in choices:
        assert {one["$ref"].rpartition("/")[2] for one in schemas[name]["oneOf"]} <= {*incoming} - choices
    closed = [name for name in incoming if name not in choices]
    assert len(closed) > 10 and all(schemas[name]["additionalProperties"] is False for name in closed)


def test_every_problem_has_its_status() -> None:
    assert all(400 <= status < 600 and title for status, title in TITLES.values())


@pytest.mark.django_db
def test_the_document_is_public(parts: None) -> None:
    response = Caller("").get("schema/")
    assert response.status_code == 200 and response.json()["info"]["title"] == "Vigie"
    assert response.json()["paths"].keys() == openapi_document()["paths"].keys()


# -- played -------------------------------------------------------------------------------------------------------------

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance,
]  # fmt: skip


def real_ids(scene: Scene) -> Callable[[str, dict[str, Any]], None]:  # noqa: F811
    """Puts what exists in the scene into the path of a case, so that most requests reach their service."""
    known = {path.split("?")[0]: path for path, _ in scene.calls.values()}

    def fill(template: str, parameters: dict[str, Any]) -> None:
        parts = template.removeprefix("/api/v1/").split("/")
        for path in known:
            words = path.split("/")
            if len(words) == len(parts) and all(
                p == w or (p.startswith("{") and (w[:1].isdigit() or p == "{nom}")) for p, w in zip(parts, words, strict=True)
            ):
                own = {p.strip("{}"): w for p, w in zip(parts, words, strict=True) if p.startswith("{") and p != "{nom}"}
                parameters.update(own)
                return

    return fill


@pytest.mark.django_db
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_played(m: f.Monde, scene: Scene, settings_of_api: None, mode: GenerationMode) -> None:  # noqa: F811
    """Each request drawn is sent by each of the three people: to draw one costs twice what answering it does."""
    played = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    tokens = {role: token_of(m.people[role]) for role in ("gestionnaire", "mairie", "payeur")}
    fill = real_ids(scene)
    checks = CHECKS if mode == GenerationMode.POSITIVE else [*CHECKS, negative_data_rejection]
    count = Sinistre.objects.count()

    for found in played.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]

        @seed(1)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def play(case: Any) -> None:
            if mode == GenerationMode.POSITIVE and case.path_parameters:
                fill(case.path, case.path_parameters)
            for role, secret in tokens.items():
                with transaction.atomic():
                    response = case.call(headers={"Authorization": f"Token {secret}"})
                    transaction.set_rollback(True)
                try:
                    case.validate_response(response, checks=checks)
                except BaseException as error:
                    error.add_note(f"sent by: {role}")
                    raise

        play()
    assert Sinistre.objects.count() == count


@pytest.fixture
def settings_of_api(settings: Any, parts: None) -> Iterator[None]:
    """No limit of requests, and the end of a request leaves the test's connection open, as Django's own test client does."""
    settings.API_REQUESTS_PER_MINUTE = 10**6
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
