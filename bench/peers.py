"""Other programs that catalogue music, on the same files: seconds from asking until all is in, None when not installed.

mpd and minidlna are Debian packages; beets is `pip install beets` in an environment of its own (HEARTH_BENCH_BEET names
its `beet`). Each gets an empty database, watches nothing and plays nothing.
"""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

_PATIENCE_S = 600.0


def mpd(music: Path, files: int, folder: Path) -> float | None:
    """`update` of an mpd that runs already and finds the music in its folder."""
    program = shutil.which("mpd")
    if program is None:
        return None
    home = folder / "mpd"
    (home / "music").mkdir(parents=True)
    words = {
        "music_directory": home / "music", "db_file": home / "db", "log_file": home / "log",
        "state_file": home / "state",
        "bind_to_address": home / "socket", "auto_update": "no", "follow_outside_symlinks": "yes",
    }  # fmt: skip
    conf = home / "conf"
    conf.write_text(
        "".join(f'{name} "{value}"\n' for name, value in words.items()) + 'audio_output {\ntype "null"\nname "n"\n}\n'
    )
    with subprocess.Popen([program, "--no-daemon", str(conf)], stderr=subprocess.DEVNULL) as process:
        try:
            with _connected(home / "socket") as wire:
                _settled(wire)
                (home / "music" / "all").symlink_to(music)
                began = time.perf_counter()
                _ask(wire, "update")
                _settled(wire)
                seconds = time.perf_counter() - began
                songs = dict(line.split(": ", 1) for line in _ask(wire, "stats"))["songs"]
        finally:
            process.terminate()
    return seconds if int(songs) == files else None


def _connected(path: Path) -> socket.socket:
    deadline = time.monotonic() + 30
    while True:
        wire = socket.socket(socket.AF_UNIX)
        try:
            wire.connect(str(path))
        except OSError:
            wire.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
            continue
        wire.settimeout(30)
        wire.recv(100)
        return wire


def _ask(wire: socket.socket, command: str) -> list[str]:
    wire.sendall(command.encode() + b"\n")
    heard = b""
    while not heard.endswith(b"OK\n"):
        heard += wire.recv(65536)
        if heard.startswith(b"ACK"):
            raise SystemExit(f"mpd refused {command}: {heard.decode()}")
    return heard.decode().splitlines()[:-1]


def _settled(wire: socket.socket) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while any(line.startswith("updating_db") for line in _ask(wire, "status")):
        if time.monotonic() > deadline:
            raise SystemExit("mpd did not come to an end")
        time.sleep(0.005)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


def minidlna(music: Path, files: int, folder: Path) -> float | None:
    """From its start to the line in its log that says it has finished."""
    program = shutil.which("minidlnad") or shutil.which("minidlnad", path="/usr/sbin")
    if program is None:
        return None
    home = folder / "minidlna"
    home.mkdir()
    conf, log = home / "conf", home / "minidlna.log"
    conf.write_text(
        f"media_dir=A,{music}\ndb_dir={home}\nlog_dir={home}\nlog_level=general,scanner=warn\ninotify=no\n"
        f"network_interface=lo\nport={_free_port()}\nnotify_interval=36000\n"
    )
    began = time.perf_counter()
    with subprocess.Popen(
        [program, "-S", "-R", "-f", str(conf), "-P", str(home / "pid")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            while time.perf_counter() - began < _PATIENCE_S:
                if log.exists() and f"finished ({files} files)" in log.read_text(errors="replace"):
                    return time.perf_counter() - began
                if process.poll() is not None:
                    return None
                time.sleep(0.005)
        finally:
            process.terminate()
    return None


def beets(music: Path, files: int, folder: Path) -> float | None:
    """`beet import` with nothing looked up and nothing copied."""
    program = os.environ.get("HEARTH_BENCH_BEET") or shutil.which("beet")
    if program is None:
        return None
    home = folder / "beets"
    home.mkdir()
    (home / "config.yaml").write_text(
        f"directory: {home}\nlibrary: {home}/library.db\nimport:\n  copy: no\n  write: no\n"
    )
    environment = {**os.environ, "BEETSDIR": str(home)}
    environment.pop("PYTHONPATH", None)
    began = time.perf_counter()
    subprocess.run(
        [program, "import", "-A", "-C", "-q", str(music)],
        env=environment, check=True, timeout=_PATIENCE_S, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    listed = subprocess.run([program, "ls"], env=environment, check=True, timeout=60, capture_output=True, text=True)
    return seconds if len(listed.stdout.splitlines()) == files else None


ALL = (("mpd", mpd), ("minidlna", minidlna), ("beets", beets))
