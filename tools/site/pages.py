"""Every page of the reference, as Markdown by its file name."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from tools.plan.load import load
from tools.plan.truth import Truth
from tools.site.api import ERRORS, tag_pages
from tools.site.source import attribute_texts, events, metrics

EXAMPLES = "docs/examples/api.json"


def pages(root: Path) -> dict[str, str]:
    """All of them. The code that runs is asked, so they say what is."""
    from hearth.api.app import openapi_document

    examples = json.loads((root / EXAMPLES).read_text("utf-8"))
    found = {
        "index.md": _index(),
        "api.md": _api(examples),
        "settings.md": _settings(root),
        "commands.md": _commands(),
        "events.md": _events(root),
        "metrics.md": _metrics(root),
        "permissions.md": _permissions(),
        "tables.md": _tables(root),
    }
    return found | tag_pages(openapi_document(), route_permissions(), examples)


def route_permissions() -> dict[str, str]:
    """The permission that each route declares, by `METHOD /path` as the description spells it."""
    from hearth.api import v1

    found: dict[str, str] = {}
    for handler in v1.handlers:
        permission = handler.opt.get("permission")
        for path in handler.paths:
            plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
            for method in handler.http_methods:
                if permission is not None:
                    found[f"{method} /api/v1{plain}"] = str(permission)
    return found


def _index() -> str:
    return (
        "# Reference\n\nMade from the code when this site was built.\n\n"
        "- [The REST API](api.md): signing in, errors, paging; then a page for each part\n"
        "- [Settings](settings.md)\n- [Commands](commands.md)\n- [Events](events.md)\n- [Metrics](metrics.md)\n"
        "- [Permissions and roles](permissions.md)\n- [Tables](tables.md)\n"
    )


def _api(examples: list[dict[str, Any]]) -> str:
    login = next(one for one in examples if one["route"] == "/api/v1/auth/login" and one["status"] == 200)
    problem = next(example for example in examples if example["status"] == 404)
    rows = "\n\n".join(f"### {status}\n\n{text}" for status, text in ERRORS.items())
    text = (Path(__file__).parent / "api.md").read_text("utf-8")
    shown = {"login": login["body"], "tokens": login["response"], "problem": problem["response"]}
    for name, value in shown.items():
        text = text.replace("{{" + name + "}}", json.dumps(value, indent=2, ensure_ascii=False))
    return text.replace("{{errors}}", rows)


def _settings(root: Path) -> str:
    from hearth.config import Config

    texts = attribute_texts(root / "src/hearth/config.py", "Config")
    lines = [
        "# Settings\n",
        "Defaults, then `hearth.toml` in the data folder, then variables, then options. `hearth config show` prints",
        "each value and where it came from. A key that does not exist stops the start.\n",
        "| key | variable | type | default | what for |",
        "|---|---|---|---|---|",
    ]
    for field in msgspec.structs.fields(Config):
        default = "" if field.default is msgspec.NODEFAULT else _value(field.default)
        if field.default_factory is not msgspec.NODEFAULT:
            default = _value(typing.cast("typing.Callable[[], object]", field.default_factory)())
        kind = _kind(field.type)
        lines.append(
            f"| `{field.name}` | `HEARTH_{field.name.upper()}` | {kind} | {default} | {texts.get(field.name, '')} |"
        )
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value not in ((), {}, []) else "empty"


def _kind(kind: object) -> str:
    if isinstance(kind, type):
        return kind.__name__.lower().replace("posixpath", "path")
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    if hasattr(kind, "__metadata__"):
        meta = next(iter(getattr(kind, "__metadata__", ())), None)
        bounds = [
            f"{word} {getattr(meta, name)}"
            for name, word in (("ge", "from"), ("le", "to"))
            if getattr(meta, name, None) is not None
        ]
        return " ".join([_kind(arguments[0]), *bounds])
    return " or ".join(_kind(one) for one in arguments if one not in (type(None), Ellipsis)) or str(kind)


def _commands() -> str:
    from hearth.app.cli import hearth

    return "# Commands\n\n`-h` after any of them says the same.\n\n" + "\n".join(_command(hearth, "hearth"))


def _command(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    if name != "hearth":
        yield f"## {name}\n" if name.count(" ") == 1 else f"### {name}\n"
    if command.help:
        yield re.sub(r"[ \t]+", " ", command.help.replace("\b", "")).strip() + "\n"
    if not isinstance(command, click.Group):
        usage = " ".join(command.collect_usage_pieces(context))
        yield f"```text\n{name} {usage}\n```\n"
        options = [found for found in (one.get_help_record(context) for one in command.params) if found]
        if options:
            yield "| option | |\n|---|---|"
            for left, right in options:
                yield f"| `{_cell(left)}` | {_cell(right)} |"
            yield ""
        return
    for word in command.list_commands(context):
        inner = command.get_command(context, word)
        if inner is not None and not inner.hidden:
            yield from _command(inner, f"{name} {word}")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _events(root: Path) -> str:
    lines = [
        "# Events\n",
        "`GET /api/v1/events` streams what happens (server-sent events). A listener hears what it may see: a viewer's",
        "own activity, and the libraries given to it. `Last-Event-ID` replays five minutes; `missed` says that more",
        "was lost than can be replayed, so load anew. An event may be heard twice around a reconnect.",
        "`scan.requested` stays inside the server.\n",
    ]
    for event in events(root / "src/hearth"):
        lines += [f"## {event.tag}\n", f"{event.text} Declared by `{event.room}`.\n"]
        if event.fields:
            lines += [
                "| field | type |",
                "|---|---|",
                *(f"| `{n}` | `{t.replace('|', chr(92) + '|')}` |" for n, t in event.fields),
                "",
            ]
    return "\n".join(lines) + "\n"


def _metrics(root: Path) -> str:
    found = metrics(root / "src/hearth")
    if not found:
        return "# Metrics\n\nThis version exposes no metrics.\n"
    lines = [
        "# Metrics\n",
        "In Prometheus' format at `/metrics`.\n",
        "| metric | kind | labels | |",
        "|---|---|---|---|",
    ]
    for metric in found:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(lines) + "\n"


def _permissions() -> str:
    from hearth.accounts.permissions import BUILT_IN, PERMISSIONS, compile_roles

    compiled = compile_roles({})
    roles = {name: compiled[name] for name in BUILT_IN}

    lines = ["# Permissions and roles\n", f"| permission | {' | '.join(roles)} |", f"|---|{'---|' * len(roles)}"]
    lines += [
        f"| `{word}` | " + " | ".join("yes" if word in roles[role] else "" for role in roles) + " |"
        for word in sorted(PERMISSIONS)
    ]
    lines += ["", "## What each route takes\n", "| route | permission |", "|---|---|"]
    lines += [f"| `{route}` | `{permission}` |" for route, permission in sorted(route_permissions().items())]
    return "\n".join(lines) + "\n"


def _tables(root: Path) -> str:
    plan = load(root, "docs/plan/plan.toml")
    lines = ["# Tables\n", "Each schema is written by the room of its name alone.\n"]
    schema = ""
    for name in sorted(Truth(plan).names("table")):
        room = name.partition(".")[0]
        if room != schema:
            lines += ["", f"## {room}\n"]
            schema = room
        lines.append(f"- `{name}`")
    return "\n".join(lines) + "\n"
