"""What a start does before the engines are ready, and what it leaves for later."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hearth.app import web
from hearth.config import Config
from tests.app.test_supervise import descendants
from tests.engines import Engines

_LATE = (
    "pydantic",
    "rich",
    "pgqueuer",
    "hearth.ingest",
    "hearth.media.names",
    "hearth.app.worker",
)


def test_a_web_process_loads_nothing_that_a_first_request_can_do_without() -> None:
    code = (
        "import json, sys; from hearth.kit import logs; logs.configure();"
        "import uvicorn, hearth.app.process, hearth.app.web; from hearth.api.app import described; described();"
        f"print(json.dumps([name for name in {_LATE} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True)
    assert json.loads(done.stdout) == []


async def test_the_application_is_put_together_without_an_engine(tmp_path: Path) -> None:
    """The web process does so while PostgreSQL starts; without one it fails when it is to begin, and says why."""
    config = Config(data=tmp_path, cache=tmp_path / "cache", database_url=f"postgresql://h@/h?host={tmp_path}")
    app = await asyncio.to_thread(web.create_app, config)
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        said.append(dict(message))

    await asyncio.wait_for(app({"type": "lifespan"}, receive, send), 30)
    assert [message["type"] for message in said] == ["lifespan.startup.failed"]
    assert said[0]["message"].startswith("The database cannot be reached")


def test_a_web_process_waits_for_the_engines_and_ends_with_its_supervisor(tmp_path: Path) -> None:
    """It has its settings, listens to nobody before the second line, and goes when the pipe is closed instead."""
    config = json.dumps({"data": str(tmp_path), "cache": str(tmp_path / "c"), "database_url": "postgresql://h@/h"})
    done = subprocess.run(
        [sys.executable, "-m", "hearth.app.process", "worker"],
        input=config.encode() + b"\n", capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


async def test_the_reader_of_files_is_there_before_the_first_scan(
    data_dir: Path, database_url: str, engines: Engines
) -> None:
    """A worker starts it when it starts itself: its tenth of a second is nothing that a scan has to wait for."""
    settings = {"data": str(data_dir), "cache": str(data_dir / "c"), "database_url": database_url}
    config = json.dumps({**settings, "cache_url": engines.cache_url})
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hearth.app.process", "worker", stdin=subprocess.PIPE
    )
    try:
        assert worker.stdin is not None
        worker.stdin.write(config.encode() + b"\n\n")
        async with asyncio.timeout(60):
            while not any("hearth.media.probe_worker" in told for told in descendants(worker.pid).values()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        worker.terminate()
        code = await asyncio.wait_for(worker.wait(), 60)
    assert code == 0
