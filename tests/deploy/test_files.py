"""What ships beside the package holds together: image, compose files, unit, proxies, workflows.

No container engine runs here: what these tests read they do not start. docs/operate/install.md says what was run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hearth.config import load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
COMPOSE = [DEPLOY / "compose.yaml", DEPLOY / "compose.dev.yaml"]


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def stages() -> list[list[str]]:
    """The Dockerfile's instructions by stage, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("FROM "):
            found.append([])
        found[-1].append(line)
    return found


def test_the_image_is_built_in_stages_on_a_base_of_ones_choice() -> None:
    before, build, final = stages()
    assert any(line.startswith("ARG BASE=") for line in before)
    assert build[0] == "FROM ${BASE} AS build"
    assert final[0] == "FROM ${BASE}"
    assert not [line for line in final if "pip" in line.split("COPY")[0] and "tini" not in line], "no installers in it"
    assert any("--require-hashes" in line for line in build)


def test_the_image_is_not_root_healthy_labelled_and_has_an_init() -> None:
    final = stages()[2]
    words = {line.split()[0]: line for line in final}
    assert words["USER"] == "USER ${UID}:${GID}"
    assert "ARG UID=1000" in final
    assert "/health/live" in words["HEALTHCHECK"]
    assert words["ENTRYPOINT"] == 'ENTRYPOINT ["/usr/bin/tini", "--", "hearth"]'
    labels = words["LABEL"]
    for label in ("title", "description", "licenses", "version", "revision", "created"):
        assert f"org.opencontainers.image.{label}=" in labels
    assert words["STOPSIGNAL"] == "STOPSIGNAL SIGTERM"


def test_what_the_image_copies_is_there_and_let_through() -> None:
    allowed = {
        line.removeprefix("!")
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {name for line in stages()[1] if line.startswith("COPY ") for name in line.split()[1:-1]}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_one_version_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    uv = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert uv is not None
    assert f"ARG UV_VERSION={uv[1]}" in (DEPLOY / "Dockerfile").read_text()
    assert f"ARG VERSION={version}" in (DEPLOY / "Dockerfile").read_text()
    assert f"hearth:{version}" in (DEPLOY / "compose.yaml").read_text()


def settings() -> Iterator[tuple[str, dict[str, str]]]:
    """Every place that sets HEARTH_*, with what it sets."""
    for path in COMPOSE:
        for name, one in read(path)["services"].items():
            if name == "hearth":  # others are told about Hearth in variables of their own
                yield f"{path.name} {name}", one.get("environment") or {}
    image = " ".join(line for line in stages()[2] if line.startswith("ENV "))
    yield "Dockerfile", dict(re.findall(r"(HEARTH_\w+)=(\S+)", image))
    unit = (DEPLOY / "systemd" / "hearth.service").read_text()
    yield "hearth.service", dict(re.findall(r"(HEARTH_\w+)=(\S+)", unit))


@pytest.mark.parametrize(
    ("place", "given"), list(settings()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_setting_that_is_given_exists(place: str, given: dict[str, str]) -> None:
    load({"data": "/nowhere"}, environment={name: str(value) for name, value in given.items()})


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_compose_files_hold_together(path: Path) -> None:
    compose = read(path)
    services, volumes = compose["services"], compose.get("volumes") or {}
    for name, one in services.items():
        assert "image" in one or "build" in one, name
        for needed in one.get("depends_on") or {}:
            assert needed in services
            if one["depends_on"][needed]["condition"] == "service_healthy":
                assert "healthcheck" in services[needed]
        for volume in one.get("volumes") or []:
            source = volume.split(":")[0]
            assert source in volumes or source.startswith((".", "/", "${")), volume
            if source.startswith("../"):
                assert (DEPLOY / source).exists(), source
        if "build" in one:
            assert (DEPLOY / one["build"]["context"] / one["build"]["dockerfile"]).is_file()
    assert set(volumes) == {
        v.split(":")[0] for one in services.values() for v in one.get("volumes") or [] if v.split(":")[0] in volumes
    }


def test_for_development_everything_is_on_this_machine_alone() -> None:
    compose = read(DEPLOY / "compose.dev.yaml")
    assert set(compose["services"]) == {"hearth", "postgres", "dragonfly", "prometheus", "grafana", "jaeger"}
    assert compose["services"]["postgres"]["image"] == "postgres:18"
    for one in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports") or [])
    watched = [one["path"] for one in compose["services"]["hearth"]["develop"]["watch"]]
    assert all((DEPLOY / path).exists() for path in watched)


def test_the_machine_at_home_gives_the_container_little() -> None:
    hearth = read(DEPLOY / "compose.yaml")["services"]["hearth"]
    assert hearth["read_only"] is True
    assert hearth["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in hearth["security_opt"]
    assert any(volume.endswith(":/media:ro") for volume in hearth["volumes"])
    grace = int(hearth["stop_grace_period"].removesuffix("s"))
    assert grace > load({"data": "/nowhere"}, environment={}).config.shutdown_grace_s + 10


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze checks units, it is not here")
def test_the_unit_is_one(tmp_path: Path) -> None:
    text = (DEPLOY / "systemd" / "hearth.service").read_text()
    unit = tmp_path / "hearth.service"
    unit.write_text(text.replace("/opt/hearth/bin/hearth", sys.executable).replace("User=hearth\nGroup=hearth\n", ""))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "hearth.service" in line]
    assert not said, said
    assert done.returncode == 0, done.stderr
    stop = re.search(r"TimeoutStopSec=(\d+)s", text)
    assert stop is not None
    assert int(stop[1]) > load({"data": "/nowhere"}, environment={}).config.shutdown_grace_s + 20


def test_proxies_neither_hold_streams_back_nor_believe_clients() -> None:
    nginx = (DEPLOY / "proxy" / "nginx.conf").read_text()
    assert nginx.count("{") == nginx.count("}")
    assert "proxy_buffering off;" in nginx
    assert "X-Forwarded-For $remote_addr;" in nginx
    assert "$proxy_add_x_forwarded_for" not in nginx
    limit = re.search(r"client_max_body_size (\d+)m;", nginx)
    assert limit is not None
    assert int(limit[1]) > load({"data": "/nowhere"}, environment={}).config.upload_limit_mb
    caddy = (DEPLOY / "proxy" / "Caddyfile").read_text()
    assert caddy.count("{") == caddy.count("}")
    assert "flush_interval -1" in caddy
    traefik = read(DEPLOY / "proxy" / "traefik.yaml")["http"]
    router = traefik["routers"]["hearth"]
    assert router["service"] in traefik["services"]
    assert "middlewares" not in traefik, "nothing stands between"
    for text in (nginx, caddy, (DEPLOY / "proxy" / "traefik.yaml").read_text()):
        assert "trusted_proxies" in text
        assert "127.0.0.1:8096" in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_little_and_run_what_is_pinned(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert "permissions" in job, name
        assert job["timeout-minutes"] <= 60, name
        for needed in job.get("needs") or []:
            assert needed in workflow["jobs"]
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            assert "${{" not in step.get("run", ""), "expressions reach a shell by its environment alone"
    assert all("# v" in line for line in path.read_text().splitlines() if " uses: " in line), "a pin says its version"


def test_every_python_is_tested_and_every_tool_has_its_turn() -> None:
    tests = read(ROOT / ".github" / "workflows" / "test.yaml")
    assert tests["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    security = (ROOT / ".github" / "workflows" / "security.yaml").read_text()
    for word in ("codeql-action", "pip-audit", "--select S", "zizmor", "actionlint", "trivy-action"):
        assert word in security
    release = (ROOT / ".github" / "workflows" / "release.yaml").read_text()
    for word in (
        "attest-build-provenance",
        "cyclonedx",
        "sbom: true",
        "provenance: mode=max",
        "gh-action-pypi-publish",
    ):
        assert word in release
    updates = read(ROOT / ".github" / "dependabot.yml")["updates"]
    assert {one["package-ecosystem"] for one in updates} == {"pip", "npm", "github-actions", "docker"}
    assert all((ROOT / one["directory"].lstrip("/")).is_dir() for one in updates)


def test_hooks_run_what_make_runs() -> None:
    hooks = read(ROOT / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks)
    make = (ROOT / "Makefile").read_text()
    for program in ("ruff check", "ruff format", "mypy", "lint-imports"):
        assert f"$(BIN)/{program}" in make
        assert any(program in hook["entry"] for hook in hooks)


def _tool(name: str) -> str | None:
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


@pytest.mark.skipif(_tool("zizmor") is None, reason="zizmor is not installed")
def test_zizmor_finds_nothing() -> None:
    done = subprocess.run(
        [str(_tool("zizmor")), "--offline", "--no-progress", str(ROOT / ".github")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(
    _tool("actionlint") is None, reason="neither actionlint is here nor Go, of which `make test` builds it"
)
def test_actionlint_finds_nothing() -> None:
    done = subprocess.run(
        [str(_tool("actionlint")), "-no-color", *map(str, WORKFLOWS)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
