"""The API's description: committed, true, and complete."""

from pathlib import Path
from typing import Any

import yaml

from hearth.api.app import openapi_document

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def operations() -> list[tuple[str, dict[str, Any]]]:
    document = openapi_document()
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_committed_description_is_that_of_the_code() -> None:
    assert yaml.safe_load(COMMITTED.read_text()) == openapi_document(), (
        "run `make openapi` and commit docs/openapi.yaml"
    )


def test_every_operation_says_what_it_does() -> None:
    assert not [name for name, operation in operations() if not operation.get("description")]


def test_every_error_is_a_problem_document() -> None:
    wrong = [
        f"{name} {status}"
        for name, operation in operations()
        for status, response in operation["responses"].items()
        if status >= "400" and list(response.get("content", {})) != ["application/problem+json"]
    ]
    assert not wrong


def test_the_promised_routes_are_there() -> None:
    promised = {
        "DELETE /api/v1/play/{session_id}",
        "DELETE /api/v1/scans/{scan_id}",
        "GET /api/v1/events",
        "GET /api/v1/home",
        "GET /api/v1/items",
        "GET /api/v1/items/{item_id}",
        "GET /api/v1/items/{item_id}/children",
        "GET /api/v1/items/{item_id}/images/{image_type}",
        "GET /api/v1/libraries",
        "GET /api/v1/libraries/{library_id}/scans",
        "GET /api/v1/me",
        "GET /api/v1/scans/{scan_id}",
        "GET /api/v1/search",
        "GET /api/v1/server",
        "GET /health/live",
        "GET /health/ready",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/logout",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/items/{item_id}/play",
        "POST /api/v1/libraries",
        "POST /api/v1/libraries/{library_id}/scan",
        "POST /api/v1/setup",
        "PUT /api/v1/items/{item_id}/progress",
        "PUT /api/v1/items/{item_id}/watched",
        "PUT /api/v1/play/{session_id}",
    }
    assert promised <= {name for name, _ in operations()}
