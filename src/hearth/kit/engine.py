"""Programs that run beside us (PostgreSQL, the cache): who they run as, where their files may lie, start and stop.

Started by root they run as an unprivileged account, for PostgreSQL refuses root and a cache has no need of it. That
account must be able to reach the programs, the data folder and the socket; what it cannot reach is copied (programs)
or reported with what to do (data). We never change the mode of a folder we did not make.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from hearth.kit.errors import Invalid, Unavailable
from hearth.kit.process import guard, signal_group

SOCKET_PATH_LIMIT = 107
"""Bytes that fit into sockaddr_un's path, the closing NUL taken off."""
_LONGEST_SOCKET = ".s.PGSQL.5432.lock"
_LOG_LIMIT = 1_000_000
_POLL_S = 0.1


class Account(msgspec.Struct, frozen=True):
    """The system account that engines run as."""

    name: str
    uid: int
    gid: int


def engine_account(name: str | None = None) -> Account | None:
    """None when the engines run as ourselves; as root, `name`, else "hearth" where it exists, else "nobody"."""
    if os.geteuid() != 0:
        return None
    for candidate in [name] if name else ["hearth", "nobody"]:
        try:
            entry = pwd.getpwnam(candidate)
        except KeyError:
            continue
        if entry.pw_uid == 0:
            raise Invalid("engine_user must not be root: PostgreSQL refuses to run as root.")
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    wanted = f'There is no system user "{name}"' if name else 'There is no system user "hearth" or "nobody"'
    raise Invalid(
        f"{wanted}: make one (useradd --system hearth) or name another (engine_user), "
        "for PostgreSQL refuses to run as root."
    )


def blocked_at(path: Path, account: Account | None) -> Path | None:
    """The first folder on the way to `path` (itself included) that the account may not enter; None when it may."""
    resolved = path.resolve()
    for folder in [*reversed(resolved.parents), resolved]:
        if not folder.is_dir():
            continue
        if account is None:
            if not os.access(folder, os.X_OK):
                return folder
            continue
        found = folder.stat()
        owner, group = found.st_uid == account.uid, found.st_gid == account.gid
        needed = stat.S_IXUSR if owner else stat.S_IXGRP if group else stat.S_IXOTH
        if not found.st_mode & needed:
            return folder
    return None


def require_way(path: Path, account: Account | None) -> None:
    """Invalid, with what to do, when the account cannot reach the folder."""
    blocked = blocked_at(path, account)
    if blocked is None:
        return
    who = account.name if account else "this user"
    raise Invalid(
        f"The data folder {path} cannot be used: {who} may not enter {blocked}. Choose a folder elsewhere (--data), "
        f"or let others pass through that one: chmod o+x {blocked}"
    )


def own_folder(path: Path, account: Account | None, mode: int = 0o700) -> Path:
    """Makes the folder, for the account alone, or sets it right when it is there."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    if account is not None and path.stat().st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)
    return path


def socket_folder(run: Path, account: Account | None) -> Path:
    """A folder for sockets that the account alone may enter; short enough for the kernel.

    `run/sockets` where its path fits into 107 bytes, else a folder in XDG_RUNTIME_DIR or /tmp named after it.
    """
    wanted = run / "sockets"
    if _fits(wanted):
        return own_folder(wanted, account)
    uid = account.uid if account else os.geteuid()
    name = f"hearth-{uid}-{hashlib.sha256(os.fsencode(run.resolve())).hexdigest()[:12]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR") if account is None else None
    bases = [Path(base) for base in (runtime, tempfile.gettempdir(), "/tmp") if base]  # noqa: S108 - checked below
    folder = next(base / name for base in bases if base.is_dir() and _fits(base / name))
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    # /tmp is everybody's: what lies there under our name must be a folder of ours, or somebody waits for us.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.geteuid()}:
        raise Invalid(f"{folder} is in the way: it belongs to another user. Remove it, or use a shorter --data path.")
    return own_folder(folder, account)


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) + 1 + len(_LONGEST_SOCKET) <= SOCKET_PATH_LIMIT


def reachable_copy(root: Path, parts: Iterable[str], probe: str, copy: Path, account: Account | None) -> Path:
    """`root`, or `copy` holding its `parts` when the account cannot reach `root/probe`. Copied once, whole or not."""
    program = root / probe
    if blocked_at(program.parent, account) is None and (account is None or program.stat().st_mode & stat.S_IXOTH):
        return root
    if (copy / probe).exists():
        return copy
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=copy.parent, prefix=f".{copy.name}-"))
    try:
        for part in parts:
            source, target = root / part, fresh / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            elif source.exists():
                shutil.copy2(source, target)
        for folder, _, files in os.walk(fresh):
            Path(folder).chmod(0o755)
            for name in files:
                path = Path(folder, name)
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        fresh.replace(copy)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not (copy / probe).exists():
            raise
    return copy


def run_as(
    argv: Sequence[str], account: Account | None, *, cwd: Path, env: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Runs a short program as the account and waits; blocking, so call it from a thread that outlives it."""
    return subprocess.run(
        guard(argv),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


@contextlib.contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    """The file for a program's output, put aside when it has grown; it is closed here once the program has it."""
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_name(log.name + ".1"))
    with log.open("ab") as output:
        yield output


class Engine:
    """One running program: dies with us, can be waited for and stopped, and keeps its last words in a file."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path | None) -> None:
        self.name = name
        self.pid = process.pid
        self.log = log
        self.stdin = process.stdin
        self._process = process

    @classmethod
    def start(
        cls,
        name: str,
        argv: Sequence[str],
        account: Account | None = None,
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        log: Path | None = None,
        death: signal.Signals = signal.SIGKILL,
        stdin: int = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
    ) -> Engine:
        """Starts it in a session of its own, so that Ctrl-C in the terminal is ours to handle.

        Its output goes to the file `log`, or where ours goes when that is None.
        """
        with _output(log) as output:
            process = subprocess.Popen(
                guard(argv, death),
                cwd=cwd,
                env=dict(env),
                stdin=stdin,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=pass_fds,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        return cls(name, process, log)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def wait(self) -> int:
        """The exit code, once it ended; negative for a signal."""
        while self._process.poll() is None:
            try:
                # Woken by the end itself: looking now and then costs a server that nobody uses the most of its time.
                descriptor = os.pidfd_open(self.pid)
            except OSError:
                await asyncio.sleep(_POLL_S)
                continue
            ended, loop = asyncio.Event(), asyncio.get_running_loop()
            loop.add_reader(descriptor, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(descriptor)
                os.close(descriptor)
        return self._process.wait()

    async def stop(self, *steps: tuple[signal.Signals, float]) -> int:
        """Sends each signal in turn and waits its seconds for the end; KILL at last. Returns the exit code."""
        for number, grace_s in (*steps, (signal.SIGKILL, 10.0)):
            if not self.alive:
                break
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    await self.wait()
        if self.alive:
            raise Unavailable(f"{self.name} (process {self.pid}) does not end, not even when killed.")
        return self._process.wait()

    def kill(self) -> None:
        """Ends it and everything in its session at once."""
        signal_group(self.pid, signal.SIGKILL)

    def last_words(self, lines: int = 5) -> str:
        """The end of its output, for an error message."""
        if self.log is None:
            return ""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
        return ""


def wait_gone(pid: int, timeout_s: float) -> bool:
    """Whether a process that is not our child ended within the time."""
    deadline = time.monotonic() + timeout_s
    while _runs(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    """Whether it runs; one that ended and that nobody reaps, as in many containers, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}
