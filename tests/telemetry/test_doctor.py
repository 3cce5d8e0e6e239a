"""`hearth doctor`: finds what is wrong with a machine or an installation, and says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hearth.app.cli.doctor import Finding, examine
from hearth.config import Config, load
from tests.journeys.server import Client, Server


def doctor(data: Path, **settings: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the findings by their check."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HEARTH_")}
    done = subprocess.run(
        [sys.executable, "-m", "hearth", "doctor", "--json", "--data", str(data), "--port", "0"],
        env={**environment, **{f"HEARTH_{key.upper()}": value for key, value in settings.items()}},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, {one["check"]: one for one in msgspec.json.decode(done.stdout)}


def test_beside_a_running_server(person: Client, loud: Server) -> None:
    _, found = doctor(loud.data)
    for check in (
        "Database and cache",
        "Running server",
        "Libraries",
        "Jobs",
        "ffmpeg",
        "Encoding",
        "Secrets",
        "Limits",
    ):
        assert found[check]["ok"], found[check]
    assert found["Libraries"]["detail"] == "1 libraries in 1 folders"
    assert found["Running server"]["detail"] == "every part is well"


@pytest.mark.parametrize(
    ("check", "settings", "words"),
    [
        ("Traces", {"otlp_endpoint": "http://127.0.0.1:9"}, "start the receiver or unset otlp_endpoint"),
        ("Reverse proxy", {"public_url": "https://media.example.org"}, "Set trusted_proxies"),
        ("Reverse proxy", {"public_url": "http://x", "trusted_proxies": "127.0.0.1"}, "in the clear"),
        ("Encoding", {"ffmpeg": "/bin/false"}, "set ffmpeg in hearth.toml"),
        ("Log files", {"log_folder": "/proc/nowhere"}, "set log_folder anew"),
        ("Cache folder", {"cache": "/proc/nowhere"}, "set cache to another one"),
    ],
)
async def test_each_fault_is_named_with_what_to_do(
    data_dir: Path, check: str, settings: dict[str, str], words: str
) -> None:
    found = await _found({"data": data_dir, **settings}, check)
    assert not found.ok
    assert words in found.detail


async def test_secrets_open_to_others(data_dir: Path) -> None:
    (data_dir / "secrets").mkdir(mode=0o700)
    (data_dir / "secrets" / "key").write_text("CANARY")
    (data_dir / "secrets" / "key").chmod(0o644)
    found = await _found({"data": data_dir}, "Secrets")
    assert not found.ok
    assert f"chmod -R go-rwx {data_dir / 'secrets'}" in found.detail
    assert "CANARY" not in found.detail


async def _found(options: dict[str, Any], check: str) -> Finding:
    config: Config = load(options, environment={}).config
    (found,) = await examine(config, only={check})
    return found
