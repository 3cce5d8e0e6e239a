"""Logs: no secret reaches them, in any shape (attack row 43)."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from hearth.kit import logs


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/v1/items?api_key=CANARY&limit=5",
        "GET /x?a=1&token=CANARY",
        "GET /x?access_token=CANARY HTTP/1.1",
        "api_key%3DCANARY",
        "Authorization: Bearer CANARYCANARYCANARY",
        "headers={'authorization': 'Bearer CANARYCANARY', 'accept': '*/*'}",
        '{"username": "ada", "password": "CANARY CANARY"}',
        "X-Emby-Token: CANARY",
        'MediaBrowser Client="x", Token="CANARY"',
        "postgresql://hearth:CANARY@db/hearth",
        "GET /media/CANARYCANARYCANARYCANARYCANARY/segment-1.m4s",
        "eyJhbGciOiJIUzI1NiJ9.eyJCANARY1.CANARY-_",
        "Cookie: hearth_session=CANARY",
        "refresh_token=CANARY",
        "'-headers', 'Authorization: Basic CANARYCANARY'",
    ],
)
def test_redact_hides(text: str) -> None:
    hidden = logs.redact(text)
    assert "CANARY" not in hidden
    assert logs.HIDDEN in hidden


@pytest.mark.parametrize(
    "text",
    [
        "scanned /media/films/Alien (1979)/Alien.mkv in 12 ms",
        "GET /api/v1/items?limit=5&sort=-added_at",
        "the token has expired",
        "postgresql://hearth@/hearth?host=/run/hearth",
    ],
)
def test_redact_leaves_the_rest(text: str) -> None:
    assert logs.redact(text) == text


def test_redact_value_goes_into_structures() -> None:
    value = {
        "a": [{"api_key": "CANARY"}, ("x", b"token=CANARY")],
        "refresh_token": {"deep": "CANARY"},
        "n": 1,
        "none": None,
    }
    hidden = logs.redact_value(value)
    assert "CANARY" not in str(hidden)
    assert isinstance(hidden, dict)
    assert hidden["n"] == 1
    deep: dict[str, object] = {}
    deep["self"] = deep
    assert "..." in str(logs.redact_value(deep))


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "json", process="web 1")
    logging.getLogger("hearth.test").info("request %s", "/x?api_key=CANARY", extra={"status": 200, "token": "CANARY"})
    structlog.get_logger("hearth.other").warning("said", password="CANARY", path=b"/m/\xff")
    try:
        raise ValueError("bad token=CANARY")
    except ValueError:
        logging.getLogger("hearth.test").exception("failed")
    text = capsys.readouterr().err
    assert "CANARY" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert lines[0]["message"] == "request /x?api_key=[hidden]"
    assert lines[0]["status"] == 200
    assert lines[0]["process"] == "web 1"
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[1]["path"] == "/m/\\xff"
    assert "ValueError" in lines[2]["exception"]


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "human")
    logging.getLogger("hearth.test").debug("not this")
    try:
        raise ValueError("bad token=CANARY")
    except ValueError:
        logging.getLogger("hearth.test").exception("failed at token=CANARY")
    text = capsys.readouterr().err
    assert "not this" not in text
    assert "failed at" in text
    assert "ValueError" in text
    assert "CANARY" not in text


def test_auto_is_json_without_a_terminal() -> None:
    code = "from hearth.kit import logs; import logging; logs.configure(); logging.getLogger('x').warning('hello')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stderr)["message"] == "hello"
