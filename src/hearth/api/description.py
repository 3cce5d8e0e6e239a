"""Litestar's OpenAPI document, made true: problem documents for errors, and who may call what.

Litestar 2.25 documents its own error shape for 4xx whatever the exception handlers answer.
"""

from typing import Any

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
_ERRORS = {
    "401": "Sign in first",
    "403": "Not allowed",
    "429": "Too many requests",
    "503": "Not ready: the database or another part is away",
}
_ANSWER = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def repair(document: dict[str, Any]) -> dict[str, Any]:
    """The document with problem answers, security schemes, and paths in order."""
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An access token or an API key."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "hearth_session"},
    }
    document["security"] = [{"bearer": []}, {"cookie": []}]
    for operations in document["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            for status, title in _ERRORS.items():
                responses.setdefault(status, {"description": title})
            if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
                responses.setdefault("404", {"description": "Not found"})
            for status, response in responses.items():
                if status >= "400":
                    response["content"] = _ANSWER
                    response.pop("headers", None)
            operation["responses"] = dict(sorted(responses.items()))
    document["paths"] = dict(sorted(document["paths"].items()))
    components["schemas"] = dict(sorted(components["schemas"].items()))
    return document
