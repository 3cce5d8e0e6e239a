"""Litestar's OpenAPI document, made true and complete: problem documents for errors, the bounds of every field, who may
call what, and an example of every answer.

Litestar 2.25 documents its own error shape for 4xx whatever the exception handlers answer, and loses the bounds of
fields that may be null; msgspec, which reads the bodies, describes them as it reads them.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.typing import FieldDefinition

from hearth.api.examples import example, problem_example
from hearth.api.problems import MEDIA_TYPE

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457). `type` is stable and for programs, `detail` is a sentence for people.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "extra": {"type": "object"},
    },
}
ERRORS = {
    "400": "The request makes no sense",
    "401": "Sign in first",
    "403": "Not allowed",
    "404": "Not found",
    "409": "It clashes with what is there",
    "413": "The body is too large",
    "429": "Too many requests",
    "503": "Not ready: the database or another part is away",
}
_SCHEMAS = "#/components/schemas/"
_EXAMPLES = "#/components/examples/"
# Public routes that look at nobody: what they tell, they tell everybody.
_ASK_NOBODY = ("/health/", "/api/v1/server")


def repair(document: dict[str, Any], app: Litestar) -> dict[str, Any]:
    """The document with problem answers, rights, bounds, examples, and paths in order."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, schema in _bounded(app, set(schemas)).items():
        schemas[name] = _with_formats(schema, schemas.get(name, {}))
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An access token or an API key."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "hearth_session"},
    }
    document["security"] = [{"bearer": []}, {"cookie": []}]
    rights = dict(_rights(app))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            right = operation["x-permission"] = rights[method.upper(), path]
            if right is None:
                operation["security"] = []
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _given(parameter["schema"])
            _answers(operation, can_fail(path, method, operation), schemas)
    components["examples"] = {f"Problem{status}": {"value": problem_example(int(status))} for status in ERRORS}
    for name in sorted(_shown(document["paths"]) - set(components["examples"])):
        components["examples"][name] = {"value": example(schemas[name], schemas)}
    document["paths"] = dict(sorted(document["paths"].items()))
    components["schemas"] = dict(sorted(schemas.items()))
    components["examples"] = dict(sorted(components["examples"].items()))
    return document


def _shown(paths: Any) -> set[str]:
    """The names of the examples that answers refer to."""
    if isinstance(paths, dict):
        reference = str(paths.get("$ref", ""))
        found = {reference.removeprefix(_EXAMPLES)} if reference.startswith(_EXAMPLES) else set()
        return found.union(*map(_shown, paths.values()))
    return set().union(*map(_shown, paths)) if isinstance(paths, list) else set()


def can_fail(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    """The statuses of the errors that an operation can answer with."""
    body = "requestBody" in operation
    named = any(parameter["in"] == "path" for parameter in operation.get("parameters", []))
    found = {"400", "429", "503"}
    found |= set() if path.startswith(_ASK_NOBODY) else {"401", "403"}
    found |= {"404"} if named or body else set()
    found |= {"409"} if method not in ("get", "head") else set()
    found |= {"413"} if body else set()
    return sorted(found)


def _answers(operation: dict[str, Any], errors: list[str], schemas: dict[str, Any]) -> None:
    kept = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    for status, answer in kept.items():
        if status == "204":
            answer.pop("content", None)
        for media in answer.get("content", {}).values():
            name = str(media.get("schema", {}).get("$ref", "")).removeprefix(_SCHEMAS)
            shown = {"$ref": f"{_EXAMPLES}{name}"} if name else {"value": example(media["schema"], schemas)}
            media["examples"] = {"success": shown}
    for status in errors:
        told = {
            "schema": {"$ref": f"{_SCHEMAS}Problem"},
            "examples": {"problem": {"$ref": f"{_EXAMPLES}Problem{status}"}},
        }
        kept[status] = {"description": ERRORS[status], "content": {MEDIA_TYPE: told}}
    operation["responses"] = dict(sorted(kept.items()))


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema: what may be left out is not "null" when it is there."""
    others = [one for one in schema.get("oneOf", []) if one != {"type": "null"}]
    if len(others) != 1:
        return schema
    return {**others[0], **{key: value for key, value in schema.items() if key != "oneOf"}}


def _rights(app: Litestar) -> Iterator[tuple[tuple[str, str], str | None]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in handler.http_methods:
                yield (method, route.path_format), handler.opt.get("permission")


def _bounded(app: Litestar, wanted: set[str]) -> dict[str, Any]:
    """The schemas of all that handlers take and give, by the names that Litestar has for them."""
    kinds: set[type] = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            kinds |= set(_structs(handler.parsed_return_field))
            if handler.parsed_data_field is not None:
                kinds |= set(_structs(handler.parsed_data_field))
    _, found = msgspec.json.schema_components(kinds, ref_template=f"{_SCHEMAS}{{name}}")
    # Of two that have one name msgspec tells the whole way to each, Litestar the end of it with underscores.
    names = {name: next((short for short in wanted if _same(name, short)), name) for name in found if "." in name}
    return {names.get(name, name): _tidied(schema, names) for name, schema in found.items()}


def _with_formats(schema: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """msgspec takes times without a zone too and does not call them times; ours all have one."""
    for name, field in schema.get("properties", {}).items():
        known = other.get("properties", {}).get(name, {})
        if any(one.get("format") == "date-time" for one in (known, *known.get("oneOf", []))):
            for one in (field, *field.get("anyOf", [])):
                if one.get("type") == "string":
                    one["format"] = "date-time"
    return schema


def _same(dotted: str, underscored: str) -> bool:
    return dotted.replace(".", "_").endswith(f"_{underscored}")


def _structs(field: FieldDefinition) -> Iterator[type]:
    if field.is_subclass_of(Response) or field.is_union or field.is_collection or field.is_mapping:
        for inner in field.inner_types:
            yield from _structs(inner)
    elif field.is_subclass_of(msgspec.Struct):
        yield field.annotation


def _tidied(schema: Any, names: dict[str, str]) -> Any:
    """As the rest of the document is written: patterns of ECMA 262, no empty lists, text without its indentation."""
    if isinstance(schema, list):
        return [_tidied(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _tidied(value, names) for key, value in schema.items() if (key, value) != ("required", [])}
    if isinstance(reference := found.get("$ref"), str):
        name = reference.removeprefix(_SCHEMAS)
        found["$ref"] = _SCHEMAS + names.get(name, name)
    if isinstance(pattern := found.get("pattern"), str):
        found["pattern"] = pattern.replace("\\A", "^").replace("\\Z", "$")
    if isinstance(text := found.get("description"), str):
        found["description"] = inspect.cleandoc(text)
    if found.get("type") == "object" and not {"properties", "additionalProperties"} & set(found):
        found["additionalProperties"] = True
    if isinstance(words := found.get("enum"), list) and all(isinstance(word, str) for word in words):
        found["type"] = "string"
    return found
