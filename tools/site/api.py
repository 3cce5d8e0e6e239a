"""The REST API's pages, one a tag: each operation with permission, parameters, bodies, errors, a tried example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

ERRORS = {
    "400": "The request makes no sense; `detail` says what of it.",
    "401": "Nobody is signed in, or not any more: sign in, or refresh.",
    "403": "Signed in, but this account or key may not do that.",
    "404": "Not there, or not visible to this viewer: the two are never told apart.",
    "409": "It does not fit what is there now.",
    "413": "The body is larger than it may be.",
    "429": "Too many; `Retry-After` says when to come back.",
    "503": "A part that is needed is away; try again in a moment.",
}
_METHODS = ("get", "head", "post", "put", "patch", "delete")
_DEPTH = 3


def tag_pages(
    document: Mapping[str, Any], permissions: Mapping[str, str], examples: list[dict[str, Any]]
) -> dict[str, str]:
    """A page for each tag of the description, by its file name."""
    by_tag: dict[str, list[str]] = {}
    shown = {f"{one['method']} {one['route']}": one for one in reversed(examples) if one["status"] < 400}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                tag = operation.get("tags", ["other"])[0]
                key = f"{method.upper()} {path}"
                part = "\n".join(_operation(document, key, operation, permissions.get(key), shown.get(key)))
                by_tag.setdefault(tag, []).append(part)
    return {f"api-{tag}.md": f"# API: {tag}\n\n" + "\n\n".join(parts) + "\n" for tag, parts in sorted(by_tag.items())}


def _operation(
    document: Mapping[str, Any],
    key: str,
    operation: Mapping[str, Any],
    permission: str | None,
    example: Mapping[str, Any] | None,
) -> Iterator[str]:
    yield f"## {key}\n"
    if text := operation.get("description") or operation.get("summary"):
        yield f"{text}\n"
    yield f"Permission: `{permission}`.\n" if permission else "For anybody, without signing in.\n"
    if parameters := operation.get("parameters"):
        yield "| parameter | in | type | |"
        yield "|---|---|---|---|"
        for parameter in parameters:
            kind = type_name(document, parameter.get("schema", {}))
            needed = "required" if parameter.get("required") else ""
            about = _cell(parameter.get("description", ""))
            yield f"| `{parameter['name']}` | {parameter['in']} | {_cell(kind)} | {' '.join((needed, about)).strip()} |"
        yield ""
    body = _content(operation.get("requestBody", {}))
    if body:
        yield "Body:\n"
        yield from _fields(document, body)
    for status, response in operation["responses"].items():
        if status < "400":
            schema = _content(response)
            yield f"Answers {status}{':' if schema else ', with nothing in it.'}\n"
            if schema:
                yield from _fields(document, schema)
    refused = [status for status in operation["responses"] if status >= "400"]
    yield "Errors: " + ", ".join(f"[{status}](api.md#{status})" for status in refused) + ".\n"
    if example:
        yield from _example(example)


def _example(example: Mapping[str, Any]) -> Iterator[str]:
    yield '??? example "Tried out"\n'
    yield "    ```http"
    yield f"    {example['method']} {example['path']}"
    if example.get("signed_in", True):
        yield "    Authorization: Bearer <access token>"
    if example.get("body") is not None:
        yield "    Content-Type: application/json\n"
        yield from _indented(json.dumps(example["body"], indent=2, ensure_ascii=False))
    yield "    ```\n"
    yield f"    {example['status']}\n"
    if example.get("response") is not None:
        yield "    ```json"
        yield from _indented(json.dumps(example["response"], indent=2, ensure_ascii=False))
        yield "    ```"
    yield ""


def _indented(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield f"    {line}"


def _content(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    for media in holder.get("content", {}).values():
        schema = media.get("schema", {})
        return schema if isinstance(schema, Mapping) else {}
    return {}


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """The properties of an object, or the name of what it is."""
    seen = resolve(document, schema)
    if "properties" not in seen:
        yield f"- {type_name(document, schema)}\n"
        return
    if about := seen.get("description"):
        yield f"{about}\n"
    yield "| field | type | |"
    yield "|---|---|---|"
    required = set(seen.get("required", []))
    for name, inner in seen["properties"].items():
        notes = ["" if name in required else "optional", _about(inner)]
        about = ", ".join(filter(None, notes))
        yield f"| `{name}` | {_cell(type_name(document, inner))} | {_cell(about)} |"
    yield ""


def _about(schema: Mapping[str, Any]) -> str:
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (
            ("minimum", "at least"),
            ("maximum", "at most"),
            ("minLength", "from"),
            ("maxLength", "up to"),
        )
        if key in schema
    ]
    return ", ".join([*bounds, *([schema["description"]] if schema.get("description") else [])])


def resolve(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with its reference followed."""
    if "$ref" in schema:
        found = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found if isinstance(found, Mapping) else {}
    return schema


def type_name(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> str:
    """A schema in a few words: `list of Item`, `movie or series`, `integer or null`."""
    if "$ref" in schema:
        seen = resolve(document, schema)
        if "enum" in seen:
            return type_name(document, seen, depth + 1)
        inner = ", ".join(seen.get("properties", {}))
        name = schema["$ref"].rpartition("/")[2]
        return f"{name} ({inner})" if inner and depth < 1 else name
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    if "const" in schema:
        return f"`{schema['const']}`"
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(type_name(document, one, depth + 1) for one in schema[word]))
    if schema.get("type") == "array" and depth < _DEPTH:
        return f"list of {type_name(document, schema.get('items', {}), depth + 1)}"
    kind = schema.get("type", "anything")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{text} ({schema['format']})" if "format" in schema else text


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
