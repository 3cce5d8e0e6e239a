"""Every setting of the server in one frozen value: defaults < hearth.toml < HEARTH_* < the command line.

`load` also remembers where each value came from, for `hearth config show`. A key that does not exist or a value that
does not fit stops the start and names the place (file and line, variable or option) and the nearest key that exists.
Over HTTP the few of `CHANGEABLE` can be set: programs, paths and addresses belong to whoever owns the machine.
"""

from __future__ import annotations

import difflib
import functools
import ipaddress
import os
import re
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import msgspec

from hearth.kit.errors import Invalid
from hearth.kit.logs import ROOMS

Port: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=256)]
ServerName: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
WholeHours: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=8760)]
Hours: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=8760)]
Loudness: TypeAlias = Literal["measured", "tags"]
_FILE = "hearth.toml"
_PREFIX = "HEARTH_"
# Variables of ours that are no settings: of the command line, of the build and of the tests.
_OTHER_VARIABLES = {"CONFIG", "DEBUG", "SHARED", "SKIP_UI", "NODE", "PROCESS"}
_OTHER_PREFIXES = ("TEST_", "BENCH_")
# Kubernetes describes a Service called "hearth" to every container by such variables.
_SERVICE_VARIABLE = re.compile(r"SERVICE_(HOST|PORT)(_.*)?|PORT_\d+_(TCP|UDP)(_.*)?")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings; each field is a key of hearth.toml, HEARTH_<KEY> in the environment."""

    server_name: ServerName = "Hearth"
    """What the server calls itself, in apps and in the browser's title."""
    data: Path
    """Where everything that must be kept lies: the database, artwork, logs."""
    cache: Path
    """Where what can be made again lies: transcoded segments, resized images. Default: `cache` in the data folder."""
    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for the whole network."""
    port: Port = 8096
    """The port to listen on; 0 takes any free one."""
    public_url: str | None = None
    """The address people use when a reverse proxy stands in front: https://media.example.org"""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-* headers are believed."""
    database_url: str | None = None
    """A PostgreSQL of your own (16 or newer) instead of the embedded one."""
    database_connections: Count = 10
    """Database connections per process, at most."""
    cache_url: str | None = None
    """A Valkey, Redis or Dragonfly of your own instead of the embedded one."""
    cache_memory_mb: Annotated[int, msgspec.Meta(ge=8, le=65536)] = 64
    """Memory of the embedded cache, at most."""
    engine_user: str | None = None
    """As root: the account that the embedded engines run as. Default: hearth where it exists, else nobody."""
    web_processes: Count = 1
    """Processes that answer requests."""
    worker_processes: Count = 1
    """Processes that run jobs."""
    concurrency: dict[str, Count] = {}
    """Jobs at once per queue and worker process, where it differs from the queue's own number."""
    encode_limit: Count = 3
    """Transcodes at once on this machine."""
    encode_limit_per_user: Count = 2
    """Transcodes at once for one user."""
    encode_threads: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    """Threads per transcode; 0 lets the encoder choose."""
    ffmpeg: Path | None = None
    """The ffmpeg to use instead of the one that comes with Hearth."""
    segment_cache_mb: Annotated[int, msgspec.Meta(ge=64)] = 10_240
    """Space for transcoded segments, at most."""
    allow_links: bool = False
    """Follow symbolic links that lead out of a library's folders."""
    scan_settle_s: Seconds = 5.0
    """How long a file must stay unchanged before it is read."""
    scan_every_h: Hours = 24.0
    """How often every library is scanned although nothing was noticed; 0 is never."""
    scan_network_every_h: Hours = 1.0
    """The same for libraries on network drives and where the system gives no watches: changes there tell nobody."""
    music_loudness: Loudness = "measured"
    """measured: the loudness of music without ReplayGain or R128 tags is measured in the background; tags: never."""
    upload_limit_mb: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 20
    """Size of an uploaded image or subtitle, at most."""
    body_limit_kb: Annotated[int, msgspec.Meta(ge=16, le=65536)] = 1024
    """Size of any other request body, at most."""
    backup_dir: Path | None = None
    """Where backups go; a relative path lies in the data folder. Default: `backups` there. Better another disk."""
    backup_every_h: WholeHours = 24
    """Hours between backups; 0 makes none by itself."""
    backup_keep: Count = 3
    """Backups by the clock, and before upgrades, that are kept of each."""
    backup_before_upgrade: bool = True
    """Whether a backup is made before an embedded database is upgraded."""
    shutdown_grace_s: Annotated[float, msgspec.Meta(ge=1, le=600)] = 25.0
    """How long running requests and jobs may finish when the server stops."""
    log_level: LogLevel = "info"
    log_format: Literal["auto", "human", "json"] = "auto"
    """auto: for people on a terminal, JSON elsewhere."""
    log_levels: dict[str, LogLevel] = {}
    """Other levels for rooms (ingest, playback, accounts, ...) or libraries: {ingest = "debug"}"""
    log_folder: Path | None = None
    """Write the log into files here too, one for each process. A relative path lies in the data folder."""
    log_file_mb: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 10
    """Size at which a log file is begun anew, which it is each day as well."""
    log_file_count: Count = 10
    """Old log files that are kept for each process, at most."""
    log_file_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 14
    """How long old log files are kept."""
    metrics_allow: tuple[str, ...] = ("127.0.0.0/8", "::1")
    """Addresses or networks that may read /metrics without an API key."""
    metrics_port: Port | None = None
    """A port on which a worker of its own (`hearth worker`) answers /metrics and /health to those addresses."""
    otlp_endpoint: str | None = None
    """Where traces go, an OpenTelemetry receiver that speaks OTLP over HTTP: http://collector:4318"""
    otlp_sampling: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    """The share of requests and jobs that are traced."""

    @property
    def embedded_database(self) -> bool:
        """Whether the database is one that we start."""
        return self.database_url is None

    @property
    def embedded_cache(self) -> bool:
        """Whether the cache is one that we start."""
        return self.cache_url is None


CHANGEABLE: Mapping[str, str] = {
    "server_name": "What the server calls itself, in apps and in the browser's title.",
    "encode_limit": "Transcodes at once on this machine.",
    "encode_limit_per_user": "Transcodes at once for one user.",
    "scan_every_h": "Hours between full scans of every library; 0 is never.",
    "scan_network_every_h": "The same for libraries on network drives, where changes tell nobody.",
    "music_loudness": "How loud music is: measured in the background where tags do not say, or as tags say alone.",
    "backup_every_h": "Hours between backups; 0 makes none by itself.",
    "backup_keep": "Backups by the clock that are kept.",
    "log_level": "How much the log says.",
}
"""What administrators may change while the server runs, with its words for them. Never what names a program, a path or
an address, nor what reaches an encoder's command line (ATTACKS, row 3)."""


def fixed(config: Config) -> frozenset[str]:
    """Those of `CHANGEABLE` that the machine's owner decided: they are not as they would be by themselves."""
    return frozenset(key for key in CHANGEABLE if getattr(config, key) != getattr(_DEFAULTS, key))


def changed(config: Config, values: Mapping[str, object]) -> Config:
    """The settings with some of `CHANGEABLE` changed; Invalid for any other, and when a value does not fit."""
    if unknown := sorted(values.keys() - CHANGEABLE.keys()):
        raise Invalid(f"{unknown[0]} cannot be changed while the server runs.", extra={"field": unknown[0]})
    taken = {key: _value(key, value, "Settings", strict=True) for key, value in values.items()}
    return msgspec.structs.replace(config, **taken)


_DEFAULTS = Config(data=Path(), cache=Path())


class Setting(msgspec.Struct, frozen=True):
    """One value and where it came from: "default", "hearth.toml line 3", "HEARTH_PORT", "--port"."""

    key: str
    value: object
    source: str


class Loaded(msgspec.Struct, frozen=True):
    """The settings together with the source of each."""

    config: Config
    settings: list[Setting]

    def shown(self) -> list[Setting]:
        """The settings as text or plain values, passwords in addresses hidden: what may be printed."""
        return [Setting(s.key, _shown(s.value), s.source) for s in self.settings]


def default_data() -> Path:
    """The platform's folder for our data; /var/lib/hearth for root."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/hearth")
    import platformdirs

    return platformdirs.user_data_path("hearth", appauthor=False)


def load(
    options: Mapping[str, object] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Puts the settings together. `options` are the command line's, None for those not given.

    `file` (else HEARTH_CONFIG, else hearth.toml in the data folder) must exist when it is named.
    Invalid with one sentence for a person when anything does not fit.
    """
    variables = os.environ if environment is None else environment
    found: dict[str, tuple[object, str]] = {}
    given = {key: value for key, value in (options or {}).items() if value is not None}
    from_environment = _read_environment(variables)
    named = file or (Path(variables["HEARTH_CONFIG"]) if variables.get("HEARTH_CONFIG") else None)
    data = given.get("data") or (from_environment["data"][0] if "data" in from_environment else None)
    toml = (named or Path(str(data or default_data())) / _FILE).expanduser()
    if named is not None and not toml.is_file():
        raise Invalid(f"The settings file {toml} does not exist.")
    found |= _read_file(toml)
    if named is None and "data" in found:
        raise Invalid(f"{found['data'][1]}: data cannot be set in a file that lies in the data folder; use --data.")
    found |= from_environment
    for key, value in given.items():
        option = f"--{key.replace('_', '-')}"
        found[key] = (_value(key, value, option, strict=False), option)
    return _complete(found)


def _complete(found: dict[str, tuple[object, str]]) -> Loaded:
    data, data_source = found.get("data", (default_data(), "default"))
    folder = Path(str(data)).expanduser().absolute()
    cache, cache_source = found.get("cache", (folder / "cache", "default"))
    found["data"] = (folder, data_source)
    found["cache"] = (Path(str(cache)).expanduser().absolute(), cache_source)
    config = Config(**{key: value for key, (value, _) in found.items()})  # type: ignore[arg-type] # each was converted
    settings = [Setting(key, getattr(config, key), found[key][1] if key in found else "default") for key in _types()]
    return Loaded(config, settings)


@functools.cache
def _types() -> dict[str, object]:
    return typing.get_type_hints(Config, include_extras=True)


def _read_environment(variables: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    found: dict[str, tuple[object, str]] = {}
    for name, text in variables.items():
        if not name.startswith(_PREFIX) or not text:
            continue
        rest = name.removeprefix(_PREFIX)
        if rest in _OTHER_VARIABLES or rest.startswith(_OTHER_PREFIXES) or _SERVICE_VARIABLE.fullmatch(rest):
            continue
        if rest == "PORT" and "://" in text:
            continue  # Kubernetes again: HEARTH_PORT=tcp://10.0.0.1:8096
        key = rest.lower()
        if key not in _types():
            near = _nearest(key)
            raise Invalid(f"{name} is no setting." + (f" Did you mean {_PREFIX}{near.upper()}?" if near else ""))
        found[key] = (_value(key, text, name, strict=False), name)
    return found


def _read_file(path: Path) -> dict[str, tuple[object, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"The settings file {path} cannot be read: {error}") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"The settings file {path} is not valid TOML: {error}") from error
    found: dict[str, tuple[object, str]] = {}
    for key, value in content.items():
        line = _line_of(text, key)
        if key not in _types():
            near = _nearest(key)
            raise Invalid(f'{path}, line {line}: "{key}" is no setting.' + (f' Did you mean "{near}"?' if near else ""))
        found[key] = (_value(key, value, f"{path}, line {line}", strict=True), f"{path.name} line {line}")
    return found


def _line_of(text: str, key: str) -> int:
    """The line of a top-level key or table; tomllib does not tell."""
    name = re.escape(key)
    pattern = re.compile(rf"""^\s*(?:\[\[?\s*)?(?:{name}|"{name}"|'{name}')\s*[=.\]]""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _nearest(key: str) -> str | None:
    return next(iter(difflib.get_close_matches(key, _types(), n=1, cutoff=0.5)), None)


def _value(key: str, value: object, place: str, *, strict: bool) -> object:
    """The value in its field's type; Invalid naming the place when it does not fit."""
    if key not in _types():
        raise Invalid(f"{place} is no setting.")
    if isinstance(value, str) and not strict:
        value = _split(key, value, place)
    try:
        converted = msgspec.convert(value, _types()[key], strict=strict, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise Invalid(f"{place}: {key} is wrong: {error}.") from error
    _check(key, converted, place)
    return converted


def _split(key: str, text: str, place: str) -> object:
    """Lists and tables in one word: "a,b" and "scan=2,encode=1"."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if key in _NETWORKS:
        return words
    if key in _TABLES:
        pairs = [word.partition("=") for word in words]
        if not all(equals for _, equals, _ in pairs):
            raise Invalid(f"{place}: {key} is wrong: write it as {_TABLES[key]}.")
        return {name.strip(): number.strip() for name, _, number in pairs}
    return text


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, (str, os.PathLike)):
        return Path(value)
    raise NotImplementedError(f"{kind} from {type(value)}")


_SCHEMES: dict[str, set[str]] = {
    "database_url": {"postgresql", "postgres"},
    "cache_url": {"redis", "rediss", "valkey", "valkeys", "unix"},
    "public_url": {"http", "https"},
    "otlp_endpoint": {"http", "https"},
}
_NETWORKS = {"trusted_proxies", "metrics_allow"}
_TABLES = {"concurrency": "queue=number,queue=number", "log_levels": "room=level,room=level"}


def _check(key: str, value: object, place: str) -> None:
    """What a type cannot say."""
    if key in _SCHEMES and isinstance(value, str) and value.partition("://")[0] not in _SCHEMES[key]:
        schemes = " or ".join(f"{scheme}://" for scheme in sorted(_SCHEMES[key]))
        raise Invalid(f"{place}: {key} is wrong: it starts with {schemes}.")
    if key in _NETWORKS and isinstance(value, tuple):
        for network in value:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError as error:
                raise Invalid(f"{place}: {key} is wrong: {error}.") from error
    if key == "log_levels" and isinstance(value, dict):
        for name in value.keys() - ROOMS:
            if near := difflib.get_close_matches(name, ROOMS, n=1, cutoff=0.7):
                raise Invalid(f'{place}: log_levels is wrong: there is no room "{name}". Did you mean "{near[0]}"?')


def _shown(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, str) and "://" in value:
        return _without_password(value)
    return value


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return "(hidden)"
    query = re.sub(r"(?i)((?:password|passfile|sslpassword)=)[^&]*", r"\1(hidden)", parts.query)
    place = parts.netloc
    if password is not None:
        user, _, host = place.rpartition("@")
        place = f"{user.partition(':')[0]}:(hidden)@{host}"
    return urlunsplit(parts._replace(netloc=place, query=query))
