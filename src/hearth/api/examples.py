"""An example for every schema of the description, made from the schema alone: always the same, and one that fits."""

from collections.abc import Mapping
from typing import Any

import msgspec

from hearth.api.problems import problem_of

_DEEP = 6
_FORMATS = {
    "uuid": "0198c0de-7a11-7000-8000-000000000001",
    "date-time": "2026-11-26T20:15:00Z",
    "date": "2021-05-14",
}
# What a field of the name holds, where a plain word would tell nothing.
_WORDS: dict[str, object] = {
    "title": "Paper Moons", "sort_title": "paper moons", "name": "Paper Moons", "username": "anna", "owner": "anna",
    "password": "quiet river 7 stones", "overview": "Two sisters run a cinema at the end of the line.",
    "device": "Kitchen tablet", "provider_ids": "tt0111161",
    "genre": "Drama", "genres": "Drama", "studio": "Hill", "studios": "Hill", "language": "eng", "quality": "1080p",
    "codec": "h264", "container": "mp4", "path": "/srv/films", "paths": "/srv/films", "folder": "/srv/films",
    "url": "/api/v1/items/0198c0de-7a11-7000-8000-000000000001/images/poster?v=1f2e", "color": "#102030",
    "role": "user", "version": "0.1.0", "code": "482913", "address": "192.0.2.10", "client": "Firefox on Linux",
    "year": 2021, "rating": 8, "width": 1920, "height": 1080, "number": 3, "group": 1, "season": 1, "total": 1,
    "expires_in": 600, "available": True,
}  # fmt: skip

_FIRST = {"movie", "movies", "direct", "done"}
_KEYS = {"images": "poster", "provider_ids": "imdb"}


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", deep: int = 0) -> Any:
    """A value that fits `schema`; `schemas` are those that it may refer to, `name` is that of the field it is for."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, deep + 1)
    if schema.get("enum"):
        return next((word for word in schema["enum"] if word in _FIRST), schema["enum"][0])
    for word in ("anyOf", "oneOf"):
        if word in schema:
            plain = [one for one in schema[word] if one.get("type") != "null"]
            too_deep = deep > _DEEP and len(plain) < len(schema[word])
            return None if too_deep else example(plain[0], schemas, name, deep)
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, name, deep)
        case "array":
            if deep > _DEEP and not schema.get("minItems"):
                return []
            return [example(schema.get("items", {}), schemas, name, deep + 1)] * max(1, schema.get("minItems", 1))
        case "string":
            return _text(schema, name)
        case "integer" | "number":
            return _number(schema, name)
        case "boolean":
            return name in ("available", "own", "setup_required") or False
        case "null":
            return None
    return "..."


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, deep: int) -> dict[str, Any]:
    found = {key: example(one, schemas, key, deep + 1) for key, one in schema.get("properties", {}).items()}
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping) and not found and deep <= _DEEP:
        found[_KEYS.get(name, "key")] = example(more, schemas, name, deep + 1)
    return found


def _text(schema: Mapping[str, Any], name: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    word = _WORDS.get(name)
    text = word if isinstance(word, str) else name.replace("_", " ") or "text"
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", len(text))]


def _number(schema: Mapping[str, Any], name: str) -> int | float:
    word = _WORDS.get(name)
    value: int | float = 5_400_000 if name.endswith("_ms") else word if isinstance(word, int) else 1
    value = max(value, schema.get("minimum", value), schema.get("exclusiveMinimum", value - 1) + 1)
    most: int | float = schema.get("maximum", value)
    return min(value, most)


def problem_example(status: int) -> dict[str, object]:
    """What an error of this status looks like."""
    found: dict[str, object] = msgspec.to_builtins(problem_of(status))
    return found
