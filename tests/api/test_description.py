"""The API's description: committed, true, and complete."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from hearth.accounts import PERMISSIONS
from hearth.api.app import described, openapi_document
from hearth.api.description import can_fail
from tests.api.whole import routes

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def operations() -> list[tuple[str, dict[str, Any]]]:
    document = openapi_document()
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_committed_description_is_that_of_the_code() -> None:
    assert yaml.load(COMMITTED.read_text(), yaml.CSafeLoader) == openapi_document(), (
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


def test_every_operation_has_the_errors_that_it_can_give() -> None:
    wrong = []
    for name, operation in operations():
        method, path = name.split()
        promised = set(re.findall(r"\b4\d\d\b", operation["description"])) | set(
            can_fail(path, method.lower(), operation)
        )
        wrong += [f"{name}: {status}" for status in sorted(promised - set(operation["responses"]))]
    assert not wrong


def test_every_operation_has_its_right() -> None:
    declared = {}
    for method, path, word in routes(described()):
        declared[f"{method} {re.sub(r':[a-z]+', '', path)}"] = None if word == "public" else word
    told = {name: operation["x-permission"] for name, operation in operations()}
    assert told == {name: declared[name] for name in told}
    assert {word for word in told.values() if word} <= set(PERMISSIONS)
    # Who asks with nothing is let in exactly where no right is needed.
    assert [name for name, operation in operations() if operation.get("security") == []] == [
        name for name, word in told.items() if word is None
    ]


def test_every_answer_has_an_example_that_fits() -> None:
    document = openapi_document()
    components = {"components": document["components"]}
    wrong = []
    for name, operation in operations():
        for status, response in operation["responses"].items():
            for media in response.get("content", {}).values():
                (shown,) = media["examples"].values()
                known = document["components"]["examples"].get(shown.get("$ref", "").rpartition("/")[2], shown)
                if not jsonschema_rs.is_valid(media["schema"] | components, known["value"], validate_formats=True):
                    wrong.append(f"{name} {status}: {known}")
    assert not wrong


def test_fields_have_their_bounds_also_where_they_may_be_null() -> None:
    schemas = openapi_document()["components"]["schemas"]
    assert {"type": "string", "minLength": 1, "maxLength": 200} in schemas["HandListPatch"]["properties"]["name"][
        "anyOf"
    ]
    assert {"type": "integer", "minimum": 144, "maximum": 8640} in schemas["Client"]["properties"]["max_height"][
        "anyOf"
    ]
    assert schemas["Session"]["properties"]["created_at"]["format"] == "date-time"


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
