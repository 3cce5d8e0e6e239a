"""The image of deploy/Dockerfile, built and run without a container engine: Debian's buildah with chroot isolation, on
a base that debootstrap makes, since no registry need be reachable. It takes root, and some minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests import plain
from tests.app.test_supervise import descendants, free_port
from tests.engines import make_folder

ROOT = Path(__file__).parents[2]
# The first FROM's own default is trixie-slim; the same Debian, as small as debootstrap makes it.
SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
IMAGE = "localhost/hearth:test"
_CERTIFICATES = Path("/usr/local/share/ca-certificates")
_BUILD_TIMEOUT_S = 1800
# Without layers that share anything each container is a copy of some 700 MB, made and taken away again.
_TIMEOUT_S = 300
_READY_S = 120.0


def problem() -> str | None:
    """Why the image cannot be built or run here, for people; None when it can."""
    if os.geteuid() != 0:
        return "building an image without a container engine takes root"
    missing = [name for name in ("buildah", "debootstrap") if shutil.which(name) is None]
    return f"not here: {', '.join(missing)} (apt-get install {' '.join(missing)})" if missing else None


class Store:
    """Images and containers in a folder of their own, forgotten as a whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._buildah = ["buildah", "--storage-driver", "vfs", "--root", f"{folder}/root", "--runroot", f"{folder}/run"]

    def argv(self, *words: str) -> list[str]:
        return [*self._buildah, *words]

    def buildah(self, *words: str, timeout_s: float = _TIMEOUT_S) -> str:
        """What buildah answers; an AssertionError with the end of what it said when it fails."""
        done = subprocess.run(
            self.argv(*words), cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"buildah {words[0]}: {(done.stdout + done.stderr)[-4000:]}"
        return done.stdout.strip()

    def has(self, image: str) -> bool:
        """Whether an image was built here before."""
        return image in self.buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines()

    def base(self) -> str:
        """A base image: a small Debian, with the certificates that this machine itself was told to trust."""
        system = self.folder / "base"
        argv = ["debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(system), MIRROR]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_BUILD_TIMEOUT_S, check=False)
        assert done.returncode == 0, f"debootstrap: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        for certificate in _CERTIFICATES.glob("*.crt"):
            shutil.copy(certificate, system / _CERTIFICATES.relative_to("/"))
        subprocess.run(["chroot", str(system), "update-ca-certificates"], check=True, capture_output=True, timeout=120)
        for leftover in (*(system / "var/cache/apt/archives").glob("*.deb"), *(system / "var/lib/apt/lists").iterdir()):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        packed = self.folder / "base.tar"
        subprocess.run(["tar", "-C", str(system), "-cf", str(packed), "."], check=True, timeout=300)
        shutil.rmtree(system)
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, str(packed), "/")
        packed.unlink()
        for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
            self.buildah("config", "--env", f"{name}=/etc/ssl/certs/ca-certificates.crt", container)
        self.buildah("commit", "--quiet", "--rm", container, "localhost/hearth-base")
        return "localhost/hearth-base"

    def build(self, base: str, **arguments: str) -> str:
        """The image of deploy/Dockerfile as it stands, on `base`."""
        given = [
            word for key, value in {"BASE": base, **arguments}.items() for word in ("--build-arg", f"{key}={value}")
        ]
        self.buildah(
            "bud", "--isolation", "chroot", "--network", "host", "--format", "docker", *given,
            "--ignorefile", "deploy/Dockerfile.dockerignore", "--file", "deploy/Dockerfile",
            "--tag", IMAGE, ".", timeout_s=_BUILD_TIMEOUT_S,
        )  # fmt: skip
        return IMAGE

    def config(self, image: str) -> dict[str, Any]:
        """What the image says of itself: user, entry point, labels, health check."""
        found: dict[str, Any] = json.loads(self.buildah("inspect", "--type", "image", image))
        config: dict[str, Any] = found["Docker"]["config"]
        return config

    def unpacked_bytes(self, container: str) -> int:
        """What a container of the image takes on disk, its volumes left out."""
        root = self.buildah("mount", container)
        done = subprocess.run(["du", "-sxb", root], capture_output=True, text=True, check=True, timeout=120)
        return int(done.stdout.split()[0])


@contextlib.contextmanager
def store(kept: Path | None = None) -> Iterator[Store]:
    """A store of images; nothing of it stays, unless it is to be kept in a folder."""
    folder = kept or Path(tempfile.mkdtemp(prefix="hearth-image-", dir="/var/tmp"))
    folder.mkdir(exist_ok=True)
    made = Store(folder)
    try:
        yield made
    finally:
        with contextlib.suppress(AssertionError, subprocess.SubprocessError):
            made.buildah("rm", "--all")  # and with the containers what is mounted for them
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


class Running:
    """A container of an image: its own entry point and command, as its own user, on a data folder that outlives it."""

    def __init__(self, store: Store, image: str, data: Path, media: Path) -> None:
        self._store = store
        self.config = store.config(image)
        self.data = data
        self.container = store.buildah("from", "--pull-never", image)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = data.parent / f"{data.name}.log"
        self._run = (
            "run", "--isolation", "chroot", "--network", "host", "--volume", f"{data}:/data",
            # Under its own name, so that the journeys' paths are right inside too.
            "--volume", f"{media}:{media}:ro", "--env", f"HEARTH_PORT={self.port}", "--env", "HEARTH_HOST=127.0.0.1",
        )  # fmt: skip
        self._removed = False
        self.start()

    def start(self) -> None:
        """Runs its own command, for the first time or again after `stop`; returns when the server is ready."""
        command = [*self.config["Entrypoint"], *self.config["Cmd"]]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                self._store.argv(*self._run, self.container, "--", *command),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            self._until_ready()
        except BaseException:
            self.remove()  # nobody else knows it yet, and it would run on when the tests have ended
            raise

    def _until_ready(self) -> None:
        deadline = time.monotonic() + _READY_S
        while not self._ready():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"not ready after {_READY_S:.0f} s: {self.said}"
            time.sleep(0.1)

    def _ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return plain.get(f"{self.address}/health/ready", timeout=5).status_code == 200
        return False

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")[-6000:]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command in the same container, as the image's user."""
        return subprocess.run(
            self._store.argv(*self._run, self.container, "--", *words),
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def processes(self) -> dict[int, str]:
        """What runs in the container, its init first; buildah's own processes left out."""
        return {pid: line for pid, line in descendants(self.process.pid).items() if "buildah" not in line.split(" ")[0]}

    def init(self) -> int:
        """The process that the entry point became, as the machine counts."""
        return next(pid for pid, line in self.processes().items() if line.startswith(self.config["Entrypoint"][0]))

    def stop(self) -> int:
        """As a container engine stops one: the image's signal to its init. The exit code."""
        if self.process.poll() is None:
            os.kill(self.init(), getattr(signal, self.config.get("StopSignal") or "SIGTERM"))
        return self.process.wait(60)

    def remove(self) -> None:
        """Ends it, however it is, and takes the container away; what lies in the data folder stays."""
        if self._removed:
            return
        self._removed = True
        if self.process.poll() is None:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait(30)
        self._store.buildah("rm", self.container)
        self.log.unlink(missing_ok=True)


def data_folder(config: dict[str, Any]) -> Path:
    """An empty folder that belongs to the image's user, as a named volume does."""
    folder = make_folder("hearth-volume-")
    user, _, group = config["User"].partition(":")
    os.chown(folder, int(user), int(group or user))
    folder.chmod(0o700)
    return folder


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
